//! Small corrections and the claims that they must, or must not, give rise to.

use crate::classify::story::commit;

fn claims(subject: &str, path: &str, before: &str, after: &str) -> Vec<String> {
    commit(subject, path, before, after).claims()
}

#[test]
fn every_pattern_of_the_catalogue_gives_advice() {
    for pattern in crate::classify::patterns() {
        for text in [&pattern.sentence, &pattern.always, &pattern.never] {
            assert!(text.ends_with('.') && text.len() > 20, "{}: {text}", pattern.name);
        }
        assert!(pattern.name.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()));
    }
}

mod imports {
    use super::*;

    #[test]
    fn an_import_of_a_name_that_was_read_but_unbound_was_missing() {
        let body = "def f():\n    return os.getcwd()\n";
        let after = format!("import os\n\n\n{body}");
        assert_eq!(claims("noop", "a.py", body, &after), ["name-not-imported"]);
    }

    #[test]
    fn an_import_that_comes_with_its_first_use_was_not_missing() {
        let before = "def f():\n    return 1\n";
        let after = "import os\n\n\ndef f():\n    return os.getcwd()\n";
        assert!(claims("use the folder", "a.py", before, after).is_empty());
    }

    #[test]
    fn an_import_of_a_name_that_was_bound_otherwise_was_not_missing() {
        let before = "def f(os):\n    return os.getcwd()\n";
        let after = format!("import os\n\n\n{before}");
        assert!(claims("fix it", "a.py", before, &after).is_empty());
    }

    #[test]
    fn a_module_that_does_not_exist_was_the_wrong_one() {
        let story = commit(
            "fix tests",
            "tests/test_a.py",
            "from pkg.shapes import Circle\nCircle()\n",
            "from pkg.round import Circle\nCircle()\n",
        );
        let story = story.with("pkg/__init__.py", "").with("pkg/round.py", "class Circle: pass\n");
        assert_eq!(story.claims(), ["import-module-wrong"]);
    }

    #[test]
    fn a_module_that_the_commit_itself_moves_was_not_wrong() {
        let story = commit(
            "move shapes",
            "a.py",
            "from pkg.shapes import Circle\nCircle()\n",
            "from pkg.round import Circle\nCircle()\n",
        )
        .and("pkg/shapes.py", "class Circle: pass\n", "")
        .and("pkg/round.py", "", "class Circle: pass\n")
        .with("pkg/__init__.py", "");
        assert!(story.claims().is_empty());
    }

    #[test]
    fn an_optional_import_is_guarded_only_by_a_handler_that_goes_on() {
        let before = "import sound\n\n\ndef f():\n    sound.play()\n";
        let body = "\n\n\ndef f():\n    sound.play()\n";
        let goes_on = format!("try:\n    import sound\nexcept ImportError:\n    sound = None{body}");
        let raises = format!("try:\n    import sound\nexcept ImportError:\n    raise SystemExit('no'){body}");
        assert_eq!(claims("fix import", "a.py", before, &goes_on), ["optional-import-unguarded"]);
        assert!(claims("fix import", "a.py", before, &raises).is_empty());
    }

    #[test]
    fn an_import_moved_into_a_function_broke_a_cycle_if_the_commit_is_a_repair() {
        let before = "from b import B\n\n\ndef f():\n    return B()\n";
        let after = "def f():\n    from b import B\n    return B()\n";
        assert_eq!(claims("fix circular import", "a.py", before, after), ["import-cycle-deferred"]);
        assert!(claims("start faster", "a.py", before, after).is_empty());
    }

    #[test]
    fn an_import_of_the_same_module_in_another_style_is_not_an_unused_one() {
        let (before, after) = ("from . import panel\n\npanel.f()\n", "import panel\n\npanel.f()\n");
        let found = claims("Fix a circular import", "pkg/a.py", before, after);
        assert!(found.contains(&"import-cycle-deferred".to_owned()), "{found:?}");
    }

    #[test]
    fn a_bare_name_put_behind_its_module_had_not_been_imported() {
        let before = "import types\n\n\ndef f():\n    return Ping(1)\n";
        let after = "import types\n\n\ndef f():\n    return types.Ping(1)\n";
        assert_eq!(claims("noop", "a.py", before, after), ["name-not-imported"]);
    }

    #[test]
    fn a_call_through_a_module_that_is_not_imported_went_through_an_undefined_alias() {
        let before = "from pkg import edits\n\nedits.f()\nutils.run(1)\n";
        let after = "from pkg import edits\n\nedits.f()\nedits.run(1)\n";
        assert_eq!(claims("after merge", "a.py", before, after), ["module-alias-undefined"]);
    }
}

mod mocks {
    use super::*;

    const TEST: &str = "tests/test_a.py";

    fn test(body: &str) -> String {
        format!("from unittest.mock import AsyncMock, MagicMock, patch\n\n\ndef test_a():\n{body}")
    }

    #[test]
    fn a_patch_that_moves_to_another_module_was_not_where_the_name_is_used() {
        let before = test("    with patch('pkg.store.Store') as m:\n        run()\n");
        let after = test("    with patch('pkg.main.Store') as m:\n        run()\n");
        assert_eq!(claims("fix test", TEST, &before, &after), ["patch-where-used"]);
    }

    #[test]
    fn a_patch_without_a_dot_has_no_target() {
        let before = test("    with patch('sound') as m:\n        run(m)\n");
        let after =
            test("    m = MagicMock()\n    with patch.dict('sys.modules', {'sound': m}):\n        run(m)\n");
        assert!(claims("fix test", TEST, &before, &after).contains(&"patch-target-undotted".to_owned()));
    }

    #[test]
    fn a_patched_member_by_another_name_did_not_exist() {
        let before = test("    with patch.object(Thing, 'check', new=1):\n        run()\n");
        let after = test("    with patch.object(Thing, 'check_all', new=1):\n        run()\n");
        assert_eq!(claims("fix fixture", TEST, &before, &after), ["patch-target-nonexistent"]);
    }

    #[test]
    fn a_patch_that_joins_a_standing_test_was_missing() {
        let before = test("    run()\n    assert done()\n");
        let after = test("    with patch('pkg.main.send'):\n        run()\n    assert done()\n");
        assert_eq!(claims("fix test", TEST, &before, &after), ["patch-missing"]);
    }

    #[test]
    fn mocks_of_a_new_test_were_not_missing() {
        let before = test("    run()\n");
        let more = "\n\ndef test_b():\n    with patch('pkg.main.send') as m:\n        m.return_value = 1\n        run()\n";
        let after = format!("{before}{more}");
        assert!(claims("fix: test sending", TEST, &before, &after).is_empty());
    }

    #[test]
    fn mocks_that_follow_the_product_were_not_wrong() {
        let before = test("    with patch('pkg.store.Store') as m:\n        run()\n");
        let after = test("    with patch('pkg.main.Store') as m:\n        run()\n");
        let product = ("def run():\n    return 1\n", "def run():\n    return 2\n");
        let story = commit("fix run", TEST, &before, &after).and("pkg/main.py", product.0, product.1);
        assert!(story.claims().is_empty());
    }

    #[test]
    fn a_plain_mock_of_something_awaited_had_to_be_an_async_one() {
        let before = test("    m = MagicMock(return_value=1)\n    run(m)\n");
        let after = test("    m = AsyncMock(return_value=1)\n    run(m)\n");
        assert_eq!(claims("fix test", TEST, &before, &after), ["async-mock-needed"]);
    }

    #[test]
    fn a_mock_that_returns_another_shape_returned_the_wrong_one() {
        let before = test("    with patch.object(x, 'send', return_value=reply):\n        run()\n");
        let after = test("    with patch.object(x, 'send', return_value=(None, reply)):\n        run()\n");
        assert_eq!(claims("fix mock", TEST, &before, &after), ["mock-value-shape"]);
    }

    #[test]
    fn a_mock_that_gets_an_attribute_lacked_it() {
        let before = test("    thing = MagicMock()\n    run(thing)\n");
        let after = test("    thing = MagicMock()\n    thing.size = 1\n    run(thing)\n");
        assert_eq!(claims("fix test", TEST, &before, &after), ["mock-missing-attributes"]);
    }

    #[test]
    fn a_real_object_that_gets_an_attribute_is_no_mock() {
        let before = test("    thing = Thing()\n    run(thing)\n");
        let after = test("    thing = Thing()\n    thing.size = 1\n    run(thing)\n");
        assert!(claims("fix test", TEST, &before, &after).is_empty());
    }

    #[test]
    fn patch_decorators_in_another_order_stood_in_the_wrong_one() {
        let test = |first: &str, second: &str| {
            format!("@patch('pkg.{first}')\n@patch('pkg.{second}')\ndef test_a(mock_b, mock_a):\n    run()\n")
        };
        assert_eq!(claims("fix", TEST, &test("b", "a"), &test("a", "b")), ["patch-decorator-order"]);
    }

    #[test]
    fn a_spec_that_a_mock_gets_was_missing() {
        let before = test("    m = MagicMock()\n    run(m)\n");
        let after = test("    m = MagicMock(spec=Thing)\n    run(m)\n");
        assert_eq!(claims("fix test", TEST, &before, &after), ["mock-spec-missing"]);
    }

    #[test]
    fn a_variable_that_a_test_set_for_good_leaked() {
        let before = test("    os.environ['KEY'] = 'x'\n    run()\n");
        let after = test("    with patch.dict(os.environ, {'KEY': 'x'}):\n        run()\n");
        assert_eq!(claims("fix test", TEST, &before, &after), ["environment-leak"]);
    }

    #[test]
    fn a_doubled_patch_decorator_gives_more_than_the_test_takes() {
        let one = "@patch('pkg.a')\ndef test_a(mock_a):\n    run()\n";
        let two = format!("@patch('pkg.a')\n{one}");
        assert_eq!(claims("fix TypeError in test", TEST, &two, one), ["patch-argument-missing"]);
    }

    #[test]
    fn a_repair_of_a_mock_by_its_words_must_touch_a_mock() {
        let (before, after) = (test("    fake_run(1)\n"), test("    fake_run(1, block=True)\n"));
        let other = (test("    run(1)\n"), test("    run(1, block=True)\n"));
        let (told, more) = ("Fix mock of run", test("    fake_walk(1)\n"));
        assert_eq!(claims(told, TEST, &more, &before), ["mock-behaviour-wrong"]);
        assert!(claims(told, TEST, &other.0, &other.1).is_empty());
        assert!(claims("More tests", TEST, &before, &after).is_empty());
    }

    #[test]
    fn a_product_that_implements_mocks_is_not_corrected_in_its_mocks() {
        let before = "class Mock:\n    def patch(self):\n        return patch('a.b')\n";
        let after = "class Mock:\n    def patch(self):\n        return patch('a.c')\n";
        assert!(claims("fix patching", "src/mocklib.py", before, after).is_empty());
    }
}

mod narrowing {
    use super::*;

    fn function(body: &str) -> String {
        format!("def f(self, thing):\n{body}")
    }

    #[test]
    fn a_guard_in_front_of_a_standing_use_was_missing() {
        let before = function("    log()\n    return thing.name\n");
        let after = function("    log()\n    if thing is None:\n        return ''\n    return thing.name\n");
        assert_eq!(claims("fix crash", "a.py", &before, &after), ["none-guard-added"]);
    }

    #[test]
    fn a_guard_around_standing_code_was_missing() {
        let before = function("    thing.run()\n    thing.stop()\n");
        let after = function("    if thing is not None:\n        thing.run()\n        thing.stop()\n");
        assert_eq!(claims("fix crash", "a.py", &before, &after), ["none-guard-added"]);
    }

    #[test]
    fn a_conditional_expression_around_a_standing_one_was_missing() {
        let before = function("    return str(thing.gate)\n");
        let after = function("    return str(thing.gate) if thing.gate is not None else None\n");
        assert_eq!(claims("fix gate", "a.py", &before, &after), ["none-guard-added"]);
    }

    #[test]
    fn a_condition_that_asks_for_more_than_presence_is_behaviour() {
        let before = function("    log()\n    return thing.name\n");
        let after = function(
            "    log()\n    if thing is None and not self.open:\n        return ''\n    return thing.name\n",
        );
        assert!(claims("fix naming", "a.py", &before, &after).is_empty());
    }

    #[test]
    fn a_check_of_a_new_option_guards_nothing() {
        let before = function("    return thing.name\n");
        let after = function("    if self.prefix is not None:\n        log(1)\n    return thing.name\n");
        assert!(claims("add a prefix", "a.py", &before, &after).is_empty());
    }

    #[test]
    fn a_check_that_only_changes_its_form_was_there_before() {
        let before = function("    if not thing:\n        return ''\n    return thing.name\n");
        let after = function("    if thing is None:\n        return ''\n    return thing.name\n");
        assert!(claims("fix style", "a.py", &before, &after).is_empty());
    }

    #[test]
    fn a_result_bound_to_a_local_name_and_checked_was_used_unchecked() {
        let before = function("    lines = self.io.read(thing).splitlines()\n    return lines\n");
        let after = function(
            "    lines = self.io.read(thing)\n    if lines is not None:\n        lines = lines.splitlines()\n    return lines\n",
        );
        assert_eq!(claims("fixes #1", "a.py", &before, &after), ["none-guard-on-local"]);
    }

    #[test]
    fn casts_and_assertions_count_where_the_commit_speaks_of_types() {
        let before = function("    return thing.size\n");
        let asserted = function("    assert thing is not None\n    return thing.size\n");
        let cast = "def f(self, thing):\n    return cast(int, thing.size)\n";
        assert_eq!(claims("fix mypy", "a.py", &before, &asserted), ["assert-narrows"]);
        assert_eq!(claims("fix mypy", "a.py", &before, cast), ["cast-added"]);
        assert!(claims("rework sizes", "a.py", &before, cast).is_empty());
    }

    #[test]
    fn a_default_for_a_standing_value_was_missing() {
        let before = function("    return thing.get('names').items()\n");
        let after = function("    return (thing.get('names') or {}).items()\n");
        assert_eq!(claims("fix crash", "a.py", &before, &after), ["none-default-added"]);
        let before = function("    return thing.get('names', {}).items()\n");
        assert_eq!(claims("fix crash", "a.py", &before, &after), ["none-default-added"]);
    }
}

mod attributes {
    use super::*;

    #[test]
    fn a_member_that_its_class_lacks_was_renamed() {
        let class = "class A:\n    def raw_run(self):\n        pass\n\n    def go(self):\n";
        let before = format!("{class}        self.run_raw()\n");
        let after = format!("{class}        self.raw_run()\n");
        assert_eq!(claims("follow the rename", "a.py", &before, &after), ["member-renamed"]);
    }

    #[test]
    fn a_member_that_the_commit_itself_renames_was_not_wrong() {
        let class = |name: &str| {
            format!(
                "class A:\n    def {name}(self):\n        pass\n\n    def go(self):\n        self.{name}()\n"
            )
        };
        assert!(claims("fix name", "a.py", &class("udpate"), &class("update")).is_empty());
    }

    #[test]
    fn a_method_one_letter_off_was_misspelt() {
        let before = "def f(text):\n    return text.strartswith('a')\n";
        let after = "def f(text):\n    return text.startswith('a')\n";
        assert_eq!(claims("fix typo", "a.py", before, after), ["member-misspelt"]);
    }

    #[test]
    fn log_levels_and_standard_functions_are_exchanged_for_what_they_do() {
        let pairs = [("log.info('x')", "log.error('x')"), ("time.time()", "time.monotonic()")];
        for (old, new) in pairs {
            let (before, after) = (format!("def f():\n    {old}\n"), format!("def f():\n    {new}\n"));
            assert!(claims("fix it", "a.py", &before, &after).is_empty(), "{old}");
        }
    }

    #[test]
    fn a_function_that_its_module_lacks_did_not_exist() {
        let story = commit(
            "open notes",
            "pkg/main.py",
            "from pkg import tools\n\n\ndef f():\n    tools.open_it(1)\n",
            "from pkg import tools\n\n\ndef f():\n    tools.open(1)\n",
        );
        let story = story.with("pkg/__init__.py", "").with("pkg/tools.py", "def open(x):\n    pass\n");
        assert_eq!(story.claims(), ["member-nonexistent"]);
    }

    #[test]
    fn a_test_that_calls_a_method_by_its_old_name_is_told_by_the_class_it_imports() {
        let test =
            |name: &str| format!("from pkg.coder import Coder\n\n\ndef test_a():\n    Coder().{name}()\n");
        let (before, after) = (test("update_files"), test("apply_updates"));
        let story = commit("tests follow", "tests/test_a.py", &before, &after).with("pkg/__init__.py", "");
        let gone = story.with("pkg/coder.py", "class Coder:\n    def apply_updates(self):\n        pass\n");
        assert_eq!(gone.claims(), ["member-renamed"]);
        let both =
            commit("tests follow", "tests/test_a.py", &before, &after).with("pkg/__init__.py", "").with(
                "pkg/coder.py",
                "class Coder:\n    def apply_updates(self): pass\n    def update_files(self): pass\n",
            );
        assert!(both.claims().is_empty());
    }

    #[test]
    fn a_bare_logger_that_nothing_defines_lacked_its_self() {
        let class = "class A:\n    def __init__(self):\n        self.logger = make()\n\n    def go(self):\n";
        let (before, after) =
            (format!("{class}        logger.info(1)\n"), format!("{class}        self.logger.info(1)\n"));
        assert_eq!(claims("log", "a.py", &before, &after), ["self-missing"]);
    }

    #[test]
    fn a_local_name_made_an_attribute_is_behaviour() {
        let before = "class A:\n    def go(self, names):\n        for n in names:\n            use(n)\n";
        let after = "class A:\n    def go(self, names):\n        for n in self.names:\n            use(n)\n";
        assert!(claims("loop over the attribute", "a.py", before, after).is_empty());
    }

    #[test]
    fn a_wrong_keyword_is_one_that_a_repair_puts_right() {
        let (before, after) = ("make(\n    agent_name='x',\n)\n", "make(\n    llm_type='x',\n)\n");
        assert_eq!(claims("fix call", "a.py", before, after), ["keyword-argument-wrong"]);
        assert!(claims("more options", "a.py", before, after).is_empty());
    }
}

mod others {
    use super::*;

    #[test]
    fn a_name_that_nothing_bound_was_undeclared() {
        let before = "def f(size):\n    return sizes + 1\n";
        let after = "def f(size):\n    return size + 1\n";
        assert_eq!(claims("noop", "a.py", before, after), ["name-undeclared"]);
    }

    #[test]
    fn an_annotation_counts_where_the_commit_speaks_of_types() {
        let before = "def f(x: bytearray) -> int:\n    return len(x)\n";
        let after = "def f(x: bytes) -> int:\n    return len(x)\n";
        assert_eq!(claims("fix type annotations", "a.py", before, after), ["annotation-wrong"]);
        assert!(claims("read bytes", "a.py", before, after).is_empty());
    }

    #[test]
    fn an_await_before_a_standing_call_was_missing() {
        let before = "async def f(x):\n    x.load()\n    return 1\n";
        let after = "async def f(x):\n    await x.load()\n    return 1\n";
        assert_eq!(claims("fix load", "a.py", before, after), ["coroutine-not-awaited"]);
    }

    #[test]
    fn an_await_that_follows_a_function_made_async_was_not_missing() {
        let before = "def g():\n    pass\n\n\nasync def f():\n    g()\n";
        let after = "async def g():\n    pass\n\n\nasync def f():\n    await g()\n";
        assert!(claims("fix g", "a.py", before, after).is_empty());
    }

    #[test]
    fn a_value_that_changes_in_an_assertion_was_expected_wrongly() {
        let test = |value: &str| format!("def test_a():\n    assert f() == {value}\n");
        let (before, after) = (test("1"), test("2"));
        assert_eq!(claims("fix test", "tests/test_a.py", &before, &after), ["asserted-value-wrong"]);
        let product = commit("f gives 2", "tests/test_a.py", &before, &after).and(
            "a.py",
            "def f():\n    return 1\n",
            "def f():\n    return 2\n",
        );
        assert!(product.claims().is_empty());
    }

    #[test]
    fn a_comma_between_strings_is_no_layout() {
        let (before, after) = ("NAMES = [\n    'a'\n    'b',\n]\n", "NAMES = [\n    'a',\n    'b',\n]\n");
        assert!(claims("Fix typo", "a.py", before, after).is_empty());
    }

    #[test]
    fn layout_unused_imports_and_prose_are_told_from_what_runs() {
        let before = "import os\nimport re\n\n\ndef f(a, b):\n    return re.sub(a, 'x', b)\n";
        let unused = before.replace("import os\n", "");
        let layout = before.replace(
            "    return re.sub(a, 'x', b)",
            "    return re.sub(\n        a,\n        \"x\",\n        b,\n    )",
        );
        let prose = before.replace("def f(a, b):\n", "def f(a, b):\n    # as ever\n");
        assert_eq!(claims("clean", "a.py", before, &unused), ["import-unused"]);
        assert_eq!(claims("black", "a.py", before, &layout), ["formatting"]);
        assert_eq!(claims("say more", "a.py", before, &prose), ["prose-only"]);
        assert!(claims("say more", "a.py", before, &before.replace("'x'", "'y'")).is_empty());
    }

    #[test]
    fn code_that_is_taken_back_or_not_part_of_a_correction_is_not_judged() {
        let body = "def f():\n    return os.getcwd()\n";
        let after = format!("import os\n\n\n{body}");
        assert!(claims("Revert \"drop os\"", "a.py", body, &after).is_empty());
    }
}
