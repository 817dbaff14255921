//! Before and after of small changes → the patterns claimed with at least even odds.

use crate::classify::story::commit;
use crate::classify::{pattern_info, patterns};

/// A commit to be judged: subject, and path, before and after of each file.
struct Commit<'a> {
    subject: &'a str,
    files: &'a [(&'a str, &'a str, &'a str)],
    /// Other files, the same on both sides.
    others: &'a [(&'a str, &'a str)],
}

fn judged(told: &Commit) -> Vec<String> {
    let [(path, before, after), rest @ ..] = told.files else { panic!("a commit changes some file") };
    let first = commit(told.subject, path, before, after);
    let all = rest.iter().fold(first, |story, (path, before, after)| story.and(path, before, after));
    told.others.iter().fold(all, |story, (path, text)| story.with(path, text)).claims()
}

/// One file changed.
fn one(subject: &str, path: &str, before: &str, after: &str) -> Vec<String> {
    judged(&Commit { subject, files: &[(path, before, after)], others: &[] })
}

fn has(found: &[String], pattern: &str) {
    assert!(found.iter().any(|name| name == pattern), "{pattern} is missing in {found:?}");
}

fn lacks(found: &[String], family: &str) {
    let of_family = |name: &&String| pattern_info(name).is_some_and(|info| info.family.name() == family);
    assert_eq!(found.iter().find(of_family), None);
}

#[test]
fn every_pattern_has_a_name_of_its_own_and_kebab_case() {
    let mut names: Vec<_> = patterns().iter().map(|pattern| pattern.name.as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(
        names
            .iter()
            .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
    );
}

const FACTORY: &str = "import { vi } from 'vitest';\nvi.mock('./store', () => ({\n  load: vi.fn(),\n}));\n";

#[test]
fn an_export_added_to_a_factory_was_missing() {
    let after = FACTORY.replace("load: vi.fn(),\n", "load: vi.fn(),\n  save: vi.fn(),\n");
    has(&one("fix store test", "a.test.ts", FACTORY, &after), "mock-factory-missing-export");
}

#[test]
fn an_export_that_the_same_commit_brings_in_was_not_missing() {
    let after = FACTORY.replace("load: vi.fn(),\n", "load: vi.fn(),\n  save: vi.fn(),\n");
    let product = "import { load } from './store';\nload();\n";
    let grown = "import { load, save } from './store';\nload();\nif (dirty) {\n  save();\n  tell();\n}\n";
    let files = [("a.test.ts", FACTORY, after.as_str()), ("a.ts", product, grown)];
    lacks(&judged(&Commit { subject: "feat: save", files: &files, others: &[] }), "mock_setup");
    lacks(&judged(&Commit { subject: "fix: save what is dirty", files: &files, others: &[] }), "mock_setup");
}

#[test]
fn a_product_that_implements_mocks_is_not_a_test() {
    let before = "export const mocks = {\n  fn: vi.fn(),\n};\n";
    let after = "export const mocks = {\n  fn: vi.fn(),\n  spy: vi.fn(),\n};\n";
    lacks(&one("fix: mocks lack spy", "src/mocker.ts", before, after), "mock_setup");
}

#[test]
fn a_new_test_with_its_mocks_is_no_correction() {
    let before = "describe('a', () => {\n});\n";
    let after = "describe('a', () => {\n  it('runs', () => {\n    const run = vi.fn();\n    \
                 vi.mocked(read).mockReturnValue(1);\n    expect(run(read())).toBe(1);\n  });\n});\n";
    lacks(&one("test: cover run", "a.test.ts", before, after), "mock_setup");
}

#[test]
fn a_member_added_to_a_mock_object_was_missing() {
    let before = "const config = createMockConfig({\n  isOpen: () => false,\n  close: vi.fn(),\n});\n";
    let after = before.replace("  close", "  getTools: vi.fn(),\n  close");
    has(&one("test: fix missing getTools mock", "a.test.ts", before, &after), "mock-object-missing-member");
}

#[test]
fn a_result_of_another_shape_was_wrong_but_a_layout_was_not() {
    let before = "beforeEach(() => {\n  vi.mocked(isTrusted).mockReturnValue(true);\n});\n";
    let after = "beforeEach(() => {\n  vi.mocked(isTrusted).mockReturnValue({ trusted: true });\n});\n";
    has(&one("fix isTrusted mocks", "a.test.ts", before, after), "mock-return-shape");
    let laid_out = "beforeEach(() => {\n  vi.mocked(isTrusted).mockReturnValue(\n    true,\n  );\n});\n";
    lacks(&one("fix isTrusted mocks", "a.test.ts", before, laid_out), "mock_setup");
}

#[test]
fn a_bare_double_lacked_its_result() {
    let before = "vi.mock('./use', () => ({\n  useStream: vi.fn(),\n}));\n";
    let after = "vi.mock('./use', () => ({\n  useStream: vi.fn(() => ({ state: 'idle' })),\n}));\n";
    has(&one("fix tests of App", "App.test.tsx", before, after), "mock-default-return-missing");
}

#[test]
fn a_plain_value_where_a_promise_was_awaited() {
    let before = "beforeEach(() => {\n  load.mockReturnValue('a');\n});\n";
    let after = "beforeEach(() => {\n  load.mockResolvedValue('a');\n});\n";
    has(&one("fix load mock", "a.test.ts", before, after), "mock-return-not-a-promise");
}

#[test]
fn do_mock_gave_way_to_a_hoisted_mock() {
    let before = "const run = vi.fn();\nbeforeEach(() => {\n  vi.doMock('./a', () => ({ run }));\n});\n";
    let after = "const { run } = vi.hoisted(() => ({ run: vi.fn() }));\nvi.mock('./a', () => ({ run }));\n";
    let found = one("Fix test timeout", "a.test.ts", before, after);
    has(&found, "vi-domock-to-mock");
    has(&found, "vi-hoisted-added");
}

#[test]
fn a_mock_path_is_corrected_unless_the_import_follows() {
    let before = "import { cwd } from 'node:process';\nvi.mock('process', () => ({ cwd: vi.fn() }));\n";
    let after = before.replace("vi.mock('process'", "vi.mock('node:process'");
    has(&one("fix trust tests", "a.test.ts", before, &after), "mock-path-wrong");
    let before = "import { cwd } from '@old/core';\nvi.mock('@old/core', () => ({ cwd: vi.fn() }));\n";
    let after = before.replace("@old", "@new");
    lacks(&one("fix: remaining package names", "a.test.ts", before, &after), "mock_setup");
}

#[test]
fn the_actual_module_was_missing_in_a_factory() {
    let before = "vi.mock('./core', () => ({\n  run: vi.fn(),\n}));\n";
    let after = "vi.mock('./core', async (importOriginal) => ({\n  ...(await importOriginal<typeof import('./core')>()),\n  run: vi.fn(),\n}));\n";
    has(&one("fix core mock", "a.test.ts", before, after), "mock-import-actual-missing");
}

#[test]
fn a_factory_lacked_what_is_no_double_itself() {
    let after = FACTORY.replace("  load", "  Tooltip: ({ children }) => <b>{children}</b>,\n  load");
    has(&one("fix: Tooltip in tests", "a.test.tsx", FACTORY, &after), "mock-factory-missing-export");
    let after = FACTORY.replace("  load", "  ...realStore,\n  load");
    has(
        &one("test: keep the other exports in the mock", "a.test.ts", FACTORY, &after),
        "mock-import-actual-missing",
    );
}

#[test]
fn an_automatic_mock_had_no_behaviour() {
    let before = "jest.mock('mutex');\nrun();\n";
    let after = "jest.mock('mutex', () => ({ acquire: jest.fn() }));\nrun();\n";
    has(&one("fix mutex mock", "a.test.ts", before, after), "mock-factory-added");
}

#[test]
fn vi_is_no_namespace_of_types_but_jest_is() {
    let before = "(run as vi.Mock).mockClear();\n";
    has(&one("fix types", "a.test.ts", before, "(run as Mock).mockClear();\n"), "vi-namespace-as-type");
    let before = "(run as jest.Mock).mockClear();\n";
    lacks(&one("migrate to vitest", "a.test.ts", before, "(run as Mock).mockClear();\n"), "mock_setup");
}

#[test]
fn a_weaker_reset_keeps_implementations() {
    let before = "beforeEach(() => {\n  vi.resetAllMocks();\n});\n";
    let after = "beforeEach(() => {\n  vi.clearAllMocks();\n});\n";
    has(&one("fix failing mocks", "a.test.ts", before, after), "mock-reset-cleared-implementation");
}

#[test]
fn an_environment_assigned_in_a_test_leaked() {
    let before = "beforeEach(() => {\n  process.env['HOME'] = '/tmp';\n});\n";
    let after = "beforeEach(() => {\n  vi.stubEnv('HOME', '/tmp');\n});\n";
    has(&one("fix leaking env in tests", "a.test.ts", before, after), "env-stub-leak");
}

#[test]
fn a_name_used_before_it_was_imported() {
    let before = "import { a } from './m.js';\na();\nb();\n";
    let after = "import { a, b } from './m.js';\na();\nb();\n";
    has(&one("fix build", "src/x.ts", before, after), "import-missing");
    let typed = "import { a } from './m.js';\nlet x: T = a();\n";
    let found = one("fix types", "src/x.ts", typed, &typed.replace("{ a }", "{ a, type T }"));
    has(&found, "import-type-missing");
}

#[test]
fn an_import_that_comes_with_its_first_use_was_not_missing() {
    let before = "import { a } from './m.js';\na();\n";
    let after = "import { a, b } from './m.js';\na();\nb();\n";
    lacks(&one("fix: also run b", "src/x.ts", before, after), "import_path");
    let local = "import { a } from './m.js';\nfunction b() {}\na();\nb();\n";
    let shared = "import { a, b } from './m.js';\na();\nb();\n";
    lacks(&one("fix: share b", "src/x.ts", local, shared), "import_path");
}

#[test]
fn a_specifier_that_led_nowhere_was_wrong() {
    let before = "import { a } from './util/a.js';\na();\n";
    let after = "import { a } from '../util/a.js';\na();\n";
    let others = [("util/a.ts", "export function a() {}\n")];
    let files = [("src/x.ts", before, after)];
    has(&judged(&Commit { subject: "fix import", files: &files, others: &others }), "import-specifier-wrong");
}

#[test]
fn importers_that_follow_a_moved_module_correct_nothing() {
    let before = "import { a } from './a.js';\na();\n";
    let after = "import { a } from './util/a.js';\na();\n";
    let module = "export function a() {}\n";
    let files = [("src/x.ts", before, after), ("src/a.ts", module, ""), ("src/util/a.ts", "", module)];
    lacks(&judged(&Commit { subject: "fix: move a", files: &files, others: &[] }), "import_path");
}

#[test]
fn an_extension_was_missing() {
    let before = "import { a } from './a';\na();\n";
    has(
        &one("fix import", "src/x.ts", before, "import { a } from './a.js';\na();\n"),
        "import-extension-missing",
    );
}

#[test]
fn a_module_does_not_hold_what_was_imported_from_it() {
    let before = "import { a, gone } from './a';\na();\n";
    let others = [("src/a.ts", "export function a() {}\n")];
    let files = [("src/x.ts", before, "import { a } from './a';\na();\n")];
    has(&judged(&Commit { subject: "fix imports", files: &files, others: &others }), "import-name-unknown");
}

#[test]
fn a_member_renamed_in_place_was_wrong() {
    let before = "class A {\n  go(x: X) {\n    return x.fileName;\n  }\n}\nshow(a.filePath);\n";
    let after = before.replace("fileName", "filePath");
    has(&one("fix: use full paths", "src/a.ts", before, &after), "member-renamed-in-place");
    let before = "emit(client.recieveMessage);\n";
    has(&one("fix typo", "src/a.ts", before, "emit(client.receiveMessage);\n"), "member-misspelled");
}

#[test]
fn a_rename_of_the_declaration_too_is_no_mistake() {
    let before = "class A {\n  private fileName = '';\n  go() {\n    return this.fileName;\n  }\n}\n";
    lacks(&one("fix naming", "src/a.ts", before, &before.replace("fileName", "filePath")), "attribute_name");
}

#[test]
fn another_method_of_a_list_is_other_behaviour() {
    lacks(
        &one("fix: find all", "src/a.ts", "return xs.find(ok);\n", "return xs.filter(ok);\n"),
        "attribute_name",
    );
}

#[test]
fn a_logger_was_reached_by_the_wrong_receiver() {
    let before = "class A {\n  go() {\n    logger.info('x');\n  }\n}\n";
    let after = before.replace("logger.info", "this.logger.info");
    has(&one("fix: logger is not defined", "src/a.ts", before, &after), "logger-receiver-wrong");
}

#[test]
fn a_caught_value_is_unknown() {
    let before = "try {\n  go();\n} catch (error) {\n  show(error.message);\n}\n";
    let after = before.replace("error.message", "error instanceof Error ? error.message : String(error)");
    has(&one("fix typescript errors", "src/a.ts", before, &after), "catch-unknown-narrowed");
}

#[test]
fn narrowing_is_claimed_where_the_commit_speaks_of_types() {
    let (before, after) = ("show(user.name);\n", "show(user?.name);\n");
    has(&one("fix: user may be undefined", "src/a.ts", before, after), "optional-chain-added");
    lacks(&one("feat: show guests", "src/a.ts", before, after), "type_narrowing");
    let after = "show(user!.name);\n";
    has(&one("fix type errors", "src/a.ts", before, after), "non-null-assertion-added");
    has(&one("fix type errors", "src/a.ts", "go(a.b);\n", "go(a.b ?? 'x');\n"), "default-fallback-added");
}

#[test]
fn a_condition_that_checks_more_is_a_guard() {
    let before = "if (value !== null) {\n  go(value);\n}\n";
    let after = "if (value !== null && value !== undefined) {\n  go(value);\n}\n";
    has(&one("fix type errors", "src/a.ts", before, after), "guard-added");
    let (before, after) = ("return <Day of={at} />;\n", "return at ? <Day of={at} /> : null;\n");
    has(&one("fix type check", "src/a.tsx", before, after), "guard-added");
}

#[test]
fn a_commit_that_breaks_a_cycle_says_so() {
    let before = "import { id } from './main.js';\nid();\n";
    let after = "import { id } from './id.js';\nid();\n";
    let files = [("src/x.ts", before, after), ("src/id.ts", "", "export function id() {}\n")];
    has(&judged(&Commit { subject: "fix: circular dependency", files: &files, others: &[] }), "import-cycle");
}

#[test]
fn a_check_narrows_only_what_is_evaluated_once() {
    let before = "const t = {\n  ...r.result.task,\n  a: r.result.task.a,\n};\n";
    let after = "const task = r.result?.task;\nif (!task) throw new Error('none');\nconst t = {\n  ...task,\n  a: task.a,\n};\n";
    has(&one("fix: validate the task first", "src/a.js", before, after), "extracted-to-const");
}

#[test]
fn a_cast_gave_way_to_a_check() {
    let before = "const a = server.address() as AddressInfo;\nuse(a.port);\n";
    let after = "const a = server.address();\nif (isAddressInfo(a)) {\n  use(a.port);\n}\n";
    has(&one("fix unsafe type assertion", "src/a.ts", before, after), "cast-to-guard");
}

#[test]
fn a_name_declared_in_try_is_unknown_in_catch() {
    let before = "try {\n  const timer = start();\n  go();\n} catch {\n  stop(timer);\n}\n";
    let after = "let timer;\ntry {\n  timer = start();\n  go();\n} catch {\n  stop(timer);\n}\n";
    has(&one("fix: timer is not defined", "src/a.js", before, after), "undeclared-identifier");
}

#[test]
fn what_the_platform_provides_is_no_undeclared_name() {
    let before = "export function load(url) {\n  return fetchPage(url);\n}\n";
    let after = before.replace("fetchPage", "client.get");
    has(&one("fix: undefined function", "src/a.js", before, &after), "undeclared-identifier");
    let before = before.replace("fetchPage", "fetch");
    let found = one("fix: undefined function", "src/a.js", &before, &after);
    assert!(!found.iter().any(|name| name == "undeclared-identifier"), "{found:?}");
}

#[test]
fn a_literal_in_a_matcher_was_expected_wrongly() {
    let before = "it('adds', () => {\n  expect(add(1, 2)).toBe(4);\n});\n";
    let after = before.replace("toBe(4)", "toBe(3)");
    has(&one("fix add test", "a.test.ts", before, &after), "expected-value-wrong");
    let files = [("a.test.ts", before, after.as_str()), ("a.ts", "return a - b;\n", "return a + b;\n")];
    lacks(&judged(&Commit { subject: "fix add", files: &files, others: &[] }), "test_expectation");
}

#[test]
fn a_missing_await_is_told_from_a_function_that_became_asynchronous() {
    let before = "it('saves', async () => {\n  store.save();\n  expect(read()).toBe(1);\n});\n";
    has(
        &one("fix flaky test", "a.test.ts", before, &before.replace("store", "await store")),
        "await-missing",
    );
    let before = "export function go() {\n  save();\n}\n";
    let after = "export async function go() {\n  await save();\n}\n";
    lacks(&one("fix: save in time", "src/a.ts", before, after), "async_timing");
}

#[test]
fn layout_and_comments_say_nothing_to_a_compiler() {
    let (before, after) = ("go(a, b, 'c');\n", "go(\n  a,\n  b,\n  \"c\",\n);\n");
    assert_eq!(one("format", "src/a.ts", before, after), ["layout-only"]);
    let (before, after) = ("// sends\ngo();\n", "// Sends it.\ngo();\n");
    assert_eq!(one("docs: comment", "src/a.ts", before, after), ["comment-corrected"]);
}

#[test]
fn a_wait_put_before_a_standing_assertion_was_missing_and_a_new_test_that_waits_proves_nothing() {
    let before = "it('saves', async () => {\n  save();\n  expect(stored).toBe(1);\n});\n";
    let after = "it('saves', async () => {\n  save();\n  await waitFor(() => expect(stored).toBe(1));\n});\n";
    has(&one("fix: flaky test", "src/a.test.ts", before, after), "wait-for-added");
    let other = "it('keeps', async () => {\n  await waitFor(() => expect(shown).toBeTruthy());\n  expect(stored).not.toBe(2);\n});\n";
    lacks(&one("fix: keep what is stored", "src/a.test.ts", before, other), "async_timing");
}

#[test]
fn only_a_number_that_a_timer_waits_is_a_delay() {
    let text = |size: &str, delay: &str| {
        format!(
            "it('waits', async () => {{\n  load({size}); await new Promise((done) => setTimeout(done, {delay}));\n}});\n"
        )
    };
    has(&one("fix: flaky test", "src/a.test.ts", &text("1", "10"), &text("1", "500")), "fixed-sleep");
    lacks(&one("fix: flaky test", "src/a.test.ts", &text("1", "10"), &text("9", "10")), "async_timing");
}
