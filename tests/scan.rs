mod support;
use support::*;

#[test]
fn explore() {
    let (repo, origin) = with_mistake();
    let fix = repair(&repo);
    println!("{}", repo.friction(&["scan", "--format", "json"]).ok());
    println!("{}", repo.friction(&["scan"]).ok());
    let scan = repo.scan(&[]);
    assert_eq!(support::origin(&scan, &fix), origin);
}
