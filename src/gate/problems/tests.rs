use std::path::Path;

use super::*;

/// `path:line:column code | message | test`, one a line.
fn told(tool: Tool, output: &str) -> String {
    let line = |problem: &Problem| {
        let at = |number: Option<usize>| number.map_or(String::new(), |number| format!(":{number}"));
        let test = problem.test.as_ref().map(|test| format!(" | {test}")).unwrap_or_default();
        let place = format!("{}{}{}", problem.path, at(problem.line), at(problem.column));
        format!("{place} {} | {}{test}\n", problem.code, problem.message)
    };
    read(tool, output, Path::new("/p"), "").iter().map(line).collect()
}

#[test]
fn tsc_tells_place_code_and_message() {
    let output = "src/a.ts(3,5): error TS2339: Property 'x' does not exist on type 'Y'.\n  more\nerror TS5083: Cannot read file 'b.json'.\n";
    insta::assert_snapshot!(told(Tool::Tsc, output), @r"
    src/a.ts:3:5 TS2339 | Property 'x' does not exist on type 'Y'.
     TS5083 | Cannot read file 'b.json'.
    ");
}

#[test]
fn vitest_tells_failed_tests_and_failed_suites() {
    let output = "
⎯⎯⎯⎯⎯⎯ Failed Suites 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  src/b.test.ts [ src/b.test.ts ]
ReferenceError: Cannot access 'x' before initialization
 ❯ src/b.test.ts:4:20
      2|

⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  src/a.test.ts > cart > adds
AssertionError: expected 1 to be 2 // Object.is equality

- Expected
+ Received

 ❯ Proxy.<anonymous> node_modules/x/y.js:1:2
 ❯ src/a.test.ts:5:19
⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/2]⎯

 FAIL  |unit| src/c.test.ts > one
 FAIL  |unit| src/c.test.ts > two
TypeError: f is not a function
 ❯ src/c.ts:1:2
⎯⎯⎯⎯[2/2]⎯
";
    insta::assert_snapshot!(told(Tool::Vitest, output), @r"
    src/b.test.ts:4:20 ReferenceError | Cannot access 'x' before initialization
    src/a.test.ts:5:19 AssertionError | expected 1 to be 2 // Object.is equality | cart > adds
    src/c.test.ts  | fails as the next one | one
    src/c.ts:1:2 TypeError | f is not a function | two
    ");
}

#[test]
fn jest_tells_failed_tests_and_suites_that_do_not_load() {
    let output = "FAIL src/a.test.js (5.1 s)
  cart
    ✕ adds (3 ms)

  ● cart › adds

    expect(received).toBe(expected) // Object.is equality

    Expected: 2

      at Object.toBe (src/a.test.js:5:13)

FAIL src/b.test.js
  ● Test suite failed to run

    Cannot find module './c' from 'src/b.js'

      at Resolver._throw (node_modules/jest-resolve/build/resolver.js:427:11)
      at Object.require (src/b.js:1:1)

Test Suites: 2 failed, 2 total
";
    insta::assert_snapshot!(told(Tool::Jest, output), @r"
    src/a.test.js:5:13  | expect(received).toBe(expected) // Object.is equality | cart › adds
    src/b.js:1:1  | Cannot find module './c' from 'src/b.js' | Test suite failed to run
    ");
}

#[test]
fn pytest_tells_failures_errors_and_what_cannot_be_collected() {
    let output = "
==================================== ERRORS ====================================
____________________ ERROR collecting tests/test_b.py ____________________
tests/test_b.py:1: in <module>
    from shop.cart import totl
E   ImportError: cannot import name 'totl' from 'shop.cart' (/p/shop/cart.py)
=================================== FAILURES ===================================
_________________________________ test_total __________________________________

    def test_total():
>       assert total([1, 2]) == 4
E       assert 3 == 4
E        +  where 3 = total([1, 2])

tests/test_a.py:5: AssertionError
_________________________________ TestCart.test_none __________________________________

    def f():
>       return x.y
E       AttributeError: 'NoneType' object has no attribute 'y'

shop/cart.py:9: AttributeError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_total - assert 3 == 4
FAILED tests/test_a.py::TestCart::test_none - AttributeError: 'NoneType' object has no attribute 'y'
FAILED tests/test_c.py::test_quiet - ValueError: no
ERROR tests/test_b.py
2 failed in 0.02s
";
    insta::assert_snapshot!(told(Tool::Pytest, output), @r"
    tests/test_b.py:1 ImportError | cannot import name 'totl' from 'shop.cart' (/p/shop/cart.py)
    tests/test_a.py:5 AssertionError | assert 3 == 4 | test_total
    shop/cart.py:9 AttributeError | 'NoneType' object has no attribute 'y' | TestCart.test_none
    tests/test_c.py ValueError | no | test_quiet
    ");
}

#[test]
fn unittest_tells_the_innermost_place_of_the_project() {
    let output = "ERROR: test_x (tests.test_a.T.test_x)
----------------------------------------------------------------------
Traceback (most recent call last):
  File \"/p/tests/test_a.py\", line 7, in test_x
    f()
  File \"/usr/lib/python3.11/json/__init__.py\", line 1, in loads
ValueError: no
";
    insta::assert_snapshot!(told(Tool::Pytest, output), @"tests/test_a.py:7 ValueError | no | test_x");
}

#[test]
fn cargo_tells_errors_and_panics() {
    let output = "src/a.rs:3:5: error[E0308]: mismatched types: expected `u8`
error: could not compile `x` (lib) due to 1 previous error
thread 'a::tests::it_adds' (77) panicked at src/a.rs:10:9:
assertion `left == right` failed
";
    insta::assert_snapshot!(told(Tool::Cargo, output), @r"
    src/a.rs:3:5 E0308 | mismatched types: expected `u8`
    src/a.rs:10:9 panic | assertion `left == right` failed | a::tests::it_adds
    ");
}

#[test]
fn go_eslint_mypy_and_pyright_are_read() {
    insta::assert_snapshot!(told(Tool::Go, "./a.go:3:5: undefined: x\n--- FAIL: TestX (0.00s)\n    a_test.go:9: got 1\n"), @r"
    a.go:3:5  | undefined: x
    a_test.go:9  | got 1 | TestX
    ");
    let output = "/p/src/a.js\n  3:5  error  'x' is not defined  no-undef\n  4:1  warning  no  y\n\nb.py:4: error: Missing return  [return]\n  /p/c.py:7:5 - error: \"y\" is not defined (reportUndefinedVariable)\n";
    insta::assert_snapshot!(told(Tool::Other, output), @r#"
    src/a.js:3:5 no-undef | 'x' is not defined
    b.py:4 return | Missing return
    c.py:7:5 reportUndefinedVariable | "y" is not defined
    "#);
}

#[test]
fn of_many_problems_the_first_are_kept_and_endless_messages_are_cut() {
    let line = |n: usize| format!("a.ts({n},1): error TS1: {}\n", "x".repeat(1000));
    let output: String = (1..200).map(line).collect();
    let problems = read(Tool::Tsc, &output, Path::new("/p"), "packages/a");
    assert_eq!((problems.len(), problems[0].message.chars().count()), (50, 301));
    assert_eq!(problems[0].path, "packages/a/a.ts");
}
