//! What the query language means here, and how it fails.

use proptest::prelude::*;

use super::*;

fn matches(
    language: Language,
    query: &str,
    text: &str,
    ranges: &[Range<usize>],
) -> Vec<Vec<(String, String)>> {
    let query = Query::new(language, query).unwrap();
    let source = Source::parse(language, text.as_bytes()).unwrap();
    let found = query.run(&source, ranges);
    let texts = |one: &Match| {
        let captures = one.captures.iter();
        captures.map(|(name, node)| ((*name).to_owned(), source.text_of(*node).into_owned())).collect()
    };
    found.iter().map(texts).collect()
}

/// The text of the first capture of each match.
fn first(language: Language, query: &str, text: &str, ranges: &[Range<usize>]) -> Vec<String> {
    matches(language, query, text, ranges).into_iter().map(|captures| captures[0].1.clone()).collect()
}

fn error(query: &str) -> (usize, usize, String) {
    let error = Query::new(Language::Python, query).err().expect(query);
    (error.line, error.column, error.message)
}

#[test]
fn an_error_tells_line_column_and_name() {
    assert_eq!(error("; one\n(call (foo))"), (2, 8, "no node is named `foo`".into()));
    assert_eq!(error("(call foo: (identifier))"), (1, 7, "no field is named `foo`".into()));
    assert_eq!(error("(call !foo)"), (1, 8, "no field is named `foo`".into()));
    assert_eq!(error("(call \"foo\")"), (1, 7, "no token is written \"foo\"".into()));
    assert_eq!(error("((call) @a (#eq? @b \"x\"))"), (1, 12, "@b is not captured by this pattern".into()));
    assert_eq!(error("((call) @a\n (#near? @a \"x\"))"), (2, 4, "no predicate is named `#near?`".into()));
    assert_eq!(error("(call"), (1, 6, "the query ends inside a pattern".into()));
    assert_eq!(error("(call))"), (1, 7, "expected a pattern".into()));
    assert_eq!(error("(\"in"), (1, 2, "the string is not closed".into()));
    assert_eq!(error("[]"), (1, 1, "an alternation needs a branch".into()));
    assert_eq!(error("((call)? (list)*)+"), (1, 18, "what repeats must not match nothing".into()));
    assert_eq!(error("\n (call)?"), (2, 2, "a pattern must not match nothing".into()));
    let (line, column, message) = error("((call) @a (#match? @a \"(\"))");
    assert_eq!((line, column), (1, 14));
    assert!(message.starts_with("not a regular expression"), "{message}");
}

#[test]
fn a_capture_of_another_pattern_is_not_bound_in_this_one() {
    assert_eq!(error("(list) @a\n((call) @b (#eq? @a \"x\"))").0, 2);
}

#[test]
fn a_predicate_with_wrong_arguments_is_an_error() {
    for arguments in ["@a", "\"x\" @a", "@a \"x\" \"y\"", ""] {
        assert!(error(&format!("((call) @a (#eq? {arguments}))")).2.contains("#eq?"));
    }
}

#[test]
fn supertypes_and_error_nodes_are_left_to_the_library() {
    for query in ["(expression) @e", "(ERROR) @e", "(MISSING) @e", "(call)+? @c"] {
        assert_eq!(Query::new(Language::Python, query).unwrap().engine(), Engine::Library, "{query}");
    }
    assert_eq!(first(Language::Python, "(ERROR) @e", "x = = 1\n", &[]), ["="]);
    let unknown = Query::new(Language::Python, "(list)\n(ERROR (_) @e\n (#near? @e \"x\"))");
    assert_eq!(unknown.err().map(|error| error.line), Some(2));
}

#[test]
fn error_nodes_match_no_wildcard() {
    assert_eq!(first(Language::Python, "(module (_) @child)", "x = = 1\n", &[]), ["x = = 1"]);
    assert!(first(Language::Python, "(assignment (_) @any \"=\" . (_) @next)", "x = = 1\n", &[]).is_empty());
}

#[test]
fn siblings_are_matched_in_every_combination_in_order() {
    let pairs = matches(Language::Python, "(list (_) @a (_) @b)", "[1, 2, 3]", &[]);
    let pairs: Vec<_> = pairs.iter().map(|pair| format!("{}{}", pair[0].1, pair[1].1)).collect();
    assert_eq!(pairs, ["12", "13", "23"]);
}

#[test]
fn a_repetition_takes_all_it_can_but_leaps_over_nothing() {
    let query = "(module (expression_statement (integer) @n)+)";
    let rows = matches(Language::Python, query, "1\n2\nx = 1\n3\n", &[]);
    let rows: Vec<Vec<_>> =
        rows.iter().map(|row| row.iter().map(|(_, text)| text.as_str()).collect()).collect();
    assert_eq!(rows, [vec!["1", "2"], vec!["3"]]);
}

#[test]
fn a_negated_field_excludes_nodes_that_have_it() {
    let text = "import { a, b as c } from 'x';";
    assert_eq!(first(Language::TypeScript, "(import_specifier !alias) @i", text, &[]), ["a"]);
}

#[test]
fn an_any_predicate_wants_one_node_and_a_plain_one_wants_all() {
    let query = |predicate| format!("(list (integer) @n \",\" (integer) @n ({predicate} @n \"2\"))");
    let all = |predicate| matches(Language::Python, &query(predicate), "[1, 2]\n[2, 2]\n[3, 3]", &[]).len();
    assert_eq!([all("#any-eq?"), all("#eq?"), all("#not-eq?")], [2, 1, 1]);
}

#[test]
fn a_match_counts_when_its_root_touches_a_range() {
    let text = "a = 1\nb = 2\nc = 3\n";
    let touched = |ranges: &[(usize, usize)]| {
        let ranges: Vec<_> = ranges.iter().map(|(start, end)| *start..*end).collect();
        first(Language::Python, "(assignment left: (identifier) @name)", text, &ranges)
    };
    assert_eq!(touched(&[(10, 13)]), ["b", "c"]);
    assert_eq!(touched(&[(5, 6)]), [""; 0], "the newline belongs to none");
    assert_eq!(touched(&[(12, 17), (13, 14), (0, 1)]), ["a", "c"], "once, however often it is touched");
    assert_eq!(touched(&[(8, 8)]), ["b"], "an empty range lies within");
    assert_eq!(touched(&[(6, 6), (0, 0)]), [""; 0], "an empty range at an edge touches nothing");
}

/// For each pattern, sets of texts of which a match holds one each.
fn literals(query: &Query) -> Vec<Vec<Vec<&str>>> {
    let Compiled::Own(matcher) = &query.compiled else { panic!("not compiled here") };
    let texts = |set: &Vec<usize>| set.iter().map(|&index| &*matcher.literals.texts[index]).collect();
    matcher.literals.needs.iter().map(|sets| sets.iter().map(texts).collect()).collect()
}

#[test]
fn literals_come_from_required_captures_and_keywords() {
    let query = r#"
        (call function: (identifier) @f (#any-of? @f "patch" "mock"))
        (function_definition "async" name: (identifier) @n (#match? @n "^(setup|teardown)"))
        (call arguments: (argument_list (string)? @s (#eq? @s "'x'")))
        (call function: [(identifier) @f (attribute)] (#eq? @f "patch"))
        (call function: [(identifier) (attribute)] @f (#not-eq? @f "patch"))
        (call function: [(identifier) (attribute)] @f (#eq? @f "patch"))
    "#;
    let query = Query::new(Language::Python, query).unwrap();
    let none: Vec<Vec<&str>> = vec![];
    let expected = [
        vec![vec!["patch", "mock"]],
        vec![vec!["async"], vec!["setup", "teardown"]],
        none.clone(),
        none.clone(),
        none,
        vec![vec!["patch"]],
    ];
    assert_eq!(literals(&query), expected);
}

#[test]
fn a_text_without_the_literals_cannot_match() {
    let query = r#"((call function: (identifier) @f) @c (#eq? @f "patch"))"#;
    let query = Query::new(Language::Python, query).unwrap();
    assert!(query.could_match(b"x = patch()"));
    assert!(!query.could_match(b"x = batch()"));
}

#[test]
fn an_impossible_pattern_is_found_by_the_library_only() {
    assert!(Query::new(Language::Python, "(identifier (call))").is_ok());
    assert!(library::compile(Language::Python, "(identifier (call))").is_err());
}

#[test]
fn compiling_is_many_times_faster_than_the_library() {
    let source = include_str!("../../../tests/fixtures/queries/python.scm");
    let time = |run: &dyn Fn()| {
        let start = std::time::Instant::now();
        run();
        start.elapsed()
    };
    let own = (0..5).map(|_| time(&|| drop(Query::new(Language::Python, source)))).min().unwrap();
    let library = time(&|| drop(library::compile(Language::Python, source)));
    // About 400 times when optimised, and 30 when not.
    assert!(own * 5 < library, "own {own:?}, library {library:?}");
}

/// The fragments that queries are made of, put together at random.
fn shuffled_query() -> impl Strategy<Value = String> {
    let fragments = prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "(_)",
        "_",
        "(call ",
        "(identifier)",
        "(block ",
        "name: ",
        "!name ",
        "@a ",
        "@b.c ",
        "? ",
        "* ",
        "+ ",
        ". ",
        "\"in\" ",
        "\"",
        "(#eq? @a \"x\")",
        "(#match? @a \"^x\")",
        "(#set! a b)",
        "; note\n",
        "((",
        "))",
        "\\",
        "é",
        "\n",
    ]);
    prop::collection::vec(fragments, 0..24).prop_map(|fragments| fragments.concat())
}

/// One of the shipped patterns with a part cut out or doubled.
fn mutated_query() -> impl Strategy<Value = String> {
    let all = include_str!("../../../tests/fixtures/queries/python.scm");
    let patterns: Vec<&str> = all.split("\n\n").collect();
    (prop::sample::select(patterns), any::<(u16, u16, bool)>()).prop_map(
        |(pattern, (at, length, doubled))| {
            let at = at as usize % pattern.len();
            let end = (at + 1 + length as usize % 12).min(pattern.len());
            let (at, end) = (pattern.floor_char_boundary(at), pattern.floor_char_boundary(end));
            let middle = if doubled { pattern[at..end].repeat(2) } else { String::new() };
            [&pattern[..at], &middle, &pattern[end..]].concat()
        },
    )
}

/// Compiles, and runs what compiles; an error must point into the text.
fn survives(query: &str) {
    let text = "class A(B):\n    def f(self, x=1): return g(x, [1, 2], key=3) in y\n";
    match Matcher::new(Language::Python, query) {
        Ok(matcher) => {
            let source = Source::parse(Language::Python, text.as_bytes()).unwrap();
            matcher.run(&source, &[], |_, _| ());
        }
        Err(Stop::Unsupported) => {}
        Err(Stop::Error(error)) => {
            let line = query.split('\n').nth(error.line - 1).expect("the line exists");
            assert!(error.column <= line.chars().count() + 1, "{error} in {query:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_compiles_or_gives_an_error_with_a_position(query in "\\PC{0,60}") {
        survives(&query);
    }

    #[test]
    fn any_row_of_fragments_compiles_or_gives_an_error_with_a_position(query in shuffled_query()) {
        survives(&query);
    }

    #[test]
    fn any_mutated_query_compiles_or_gives_an_error_with_a_position(query in mutated_query()) {
        survives(&query);
    }
}
