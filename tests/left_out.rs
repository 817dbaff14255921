//! What is not judged or cannot be read: bots, generated files, binaries, odd bytes.

mod support;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use support::*;

// ---- authors ----

#[test]
fn bots_are_left_out_by_their_whole_name_and_people_with_such_names_are_not() {
    let (repo, mistake) = with_mistake();
    repo.author("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com");
    let by_bot = repo.edit("src/cart.ts", "let sum = 0;", "let sum = 0.0;").commit("fix: a number");
    repo.author("Claude", "claude@example.com");
    let by_person = repair(&repo);
    repo.author("Anna Renovate", "anna@example.com");
    let by_anna =
        repo.edit("src/cart.ts", "cart.items)", "cart.items.slice())").commit("fix: the wrong items");
    let scan = repo.scan(&[]);
    assert!(find(&scan, &by_bot).is_none());
    assert_eq!(skipped(&scan, "bot"), 1);
    assert_eq!(origin(&scan, &by_person), mistake);
    assert!(find(&scan, &by_anna).is_some());
}

#[test]
fn a_trailer_that_names_an_agent_or_a_bot_leaves_nobody_out() {
    let (repo, mistake) = with_mistake();
    repo.edit("src/cart.ts", "cart.itmes", "cart.items");
    let fix = repo.commit(
        "fix: sum the items\n\nGenerated with an agent\n\n\
         Co-Authored-By: Claude <noreply@anthropic.com>\n\
         Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
    );
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(skipped(&scan, "bot"), 0);
}

#[test]
fn two_addresses_of_one_person_are_one_by_the_mailmap() {
    let (repo, _) = with_mistake();
    repo.write(".mailmap", "Ada Lovelace <ada@example.com> <countess@example.org>\n")
        .commit("chore: mailmap");
    repo.author("A. Lovelace", "countess@example.org");
    let fix = repair(&repo);
    assert_eq!(correction(&repo.scan(&[]), &fix).fix.author, "Ada Lovelace");
}

// ---- files that nobody writes by hand ----

#[test]
fn lock_generated_vendored_minified_and_snapshot_files_are_not_judged() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let paths = [
        "package-lock.json",
        "pnpm-lock.yaml",
        "uv.lock",
        "src/api.generated.ts",
        "src/schema.gen.ts",
        "src/__generated__/types.ts",
        "app/service_pb2.py",
        "vendor/lib/index.js",
        "node_modules/left-pad/index.js",
        "third_party/x/y.py",
        "dist/main.js",
        "web/app.min.js",
        "web/app.bundle.js",
        "src/__snapshots__/cart.test.ts.snap",
    ];
    for path in paths {
        repo.write(path, CART);
    }
    repo.commit("feat: add a cart");
    for path in paths {
        repo.edit(path, "cart.itmes", "cart.items");
    }
    repo.commit("fix: sum the items of a cart");
    let scan = repo.scan(&[]);
    assert!(scan.corrections.is_empty(), "{:#?}", scan.corrections);
    assert_eq!(skipped(&scan, "no-code"), 2);
}

#[test]
fn a_module_whose_name_ends_in_lock_is_code() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let mistake = repo.write("src/file-lock.ts", CART).commit("feat: add a lock");
    let fix = repo.edit("src/file-lock.ts", "cart.itmes", "cart.items").commit("fix: the items");
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn a_committed_bundle_is_not_judged_whatever_its_name() {
    let repo = TestRepo::new();
    let bundle =
        |name: &str| format!("var a=1;{}\n", format!("function f(){{return {name}.items}};").repeat(1000));
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    repo.write("public/app.js", bundle("crat")).commit("feat: add a bundle");
    repo.write("public/app.js", bundle("cart")).commit("fix: the wrong bundle");
    let scan = repo.scan(&[]);
    assert!(scan.corrections.is_empty());
    assert_eq!(warned(&scan, "minified-file"), 2);
}

#[test]
fn large_binary_and_lfs_files_are_warnings_that_name_one_and_the_rest_is_judged() {
    let (repo, mistake) = with_mistake();
    repo.write("src/large.ts", "export const line = 1;\n".repeat(60_000))
        .write("src/binary.ts", b"export const x = '\0';\n")
        .write(
            "src/model.py",
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935\nsize 12345\n",
        )
        .commit("feat: add odd files");
    let fix = repair(&repo);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    for (kind, path) in
        [("large-file", "src/large.ts"), ("binary-file", "src/binary.ts"), ("lfs-pointer", "src/model.py")]
    {
        assert_eq!(warned(&scan, kind), 1, "{kind}");
        let warning = scan.warnings.iter().find(|warning| warning.kind == kind).unwrap();
        assert!(warning.message.contains(path), "{}", warning.message);
    }
}

#[test]
fn submodules_and_symbolic_links_are_passed_over() {
    let library = TestRepo::new();
    library.write("index.ts", CART).commit("Initial commit");
    let (repo, mistake) = with_mistake();
    repo.git(&["submodule", "--quiet", "add", library.root().to_str().unwrap(), "library.ts"]);
    std::os::unix::fs::symlink("cart.ts", repo.path("src/link.ts")).unwrap();
    repo.commit("feat: a library and a link");
    fs::remove_file(repo.path("src/link.ts")).unwrap();
    std::os::unix::fs::symlink("money.ts", repo.path("src/link.ts")).unwrap();
    repo.commit("fix: the wrong link");
    let fix = repair(&repo);
    let scan = repo.scan(&[]);
    assert_eq!(scan.corrections.len(), 1);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(scan.warnings.len(), 1);
    assert_eq!(warned(&scan, "submodule"), 1);
    assert!(scan.warnings[0].message.contains("library.ts"), "{}", scan.warnings[0].message);
}

#[test]
fn a_file_that_takes_the_place_of_a_folder_and_back_is_read() {
    let (repo, _) = with_mistake();
    let mistake = repo.write("src/part/index.ts", CART).commit("feat: a folder");
    fs::remove_dir_all(repo.path("src/part")).unwrap();
    repo.write("src/part", "no longer a folder\n").commit("refactor: a file");
    repo.remove("src/part").write("src/part/index.ts", CART).commit("refactor: a folder again");
    let fix = repo.edit("src/part/index.ts", "cart.itmes", "cart.items").commit("fix: the items");
    let scan = repo.scan(&[]);
    assert_ne!(origin(&scan, &fix), "");
    assert_ne!(mistake, fix);
    assert_eq!(scan.warnings, []);
}

#[test]
fn a_few_trees_that_name_a_million_files_are_read_in_part_and_a_warning() {
    let (repo, mistake) = with_mistake();
    let mut below = format!("100644 blob {}", repo.git(&["hash-object", "-w", "src/cart.ts"]));
    for level in ["f.ts", "e", "d", "c", "b", "a"] {
        let entries: String = (0..10).map(|at| format!("{below}\t{at}{level}\n")).collect();
        let tree = repo.git_with(repo.root(), &["mktree"], entries.as_bytes());
        below = format!("040000 tree {tree}");
    }
    repo.git(&["read-tree", "--empty"]);
    let root = repo.git_with(repo.root(), &["mktree"], format!("{below}\tz\n").as_bytes());
    let bomb = repo.git(&["commit-tree", &root, "-p", &mistake, "-m", "feat: a million files"]);
    repo.git(&["branch", "bomb", &bomb]);
    let started = std::time::Instant::now();
    let scan = repo.scan(&[]);
    assert_eq!(warned(&scan, "large-commit"), 1);
    assert!(scan.warnings[0].message.contains("z/0a/"), "{}", scan.warnings[0].message);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

// ---- odd bytes ----

#[test]
fn a_path_that_is_not_utf8_is_shown_lossily() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let path = repo.root().join(OsStr::from_bytes(b"src/caf\xe9.ts"));
    fs::write(&path, CART).unwrap();
    let mistake = repo.commit("feat: add a cart");
    fs::write(&path, CART.replace("itmes", "items")).unwrap();
    let fix = repo.commit("fix: sum the items");
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(correction(&scan, &fix).hunks[0].path, "src/caf\u{fffd}.ts");
    assert_eq!(scan.warnings.len(), 1);
    assert_eq!(warned(&scan, "non-utf8-path"), 2);
    assert!(scan.warnings[0].message.contains("src/caf\u{fffd}.ts"), "{}", scan.warnings[0].message);
    repo.friction(&["scan"]).ok();
    repo.friction(&["show", &fix]).ok();
}

#[test]
fn a_latin1_message_is_read_by_its_encoding_header_and_wild_bytes_lossily() {
    let (repo, _) = with_mistake();
    let headers = [
        ("encoding ISO-8859-1\n", "fix: Größe"),
        ("encoding latin-1\n", "fix: Größe"),
        ("encoding cp1252\n", "fix: Größe"),
        ("", "fix: Gr\u{fffd}\u{fffd}e"),
    ];
    let mut name = "cart.itmes".to_owned();
    for (at, (header, subject)) in headers.into_iter().enumerate() {
        let next = format!("cart.items{at}");
        repo.edit("src/cart.ts", &name, &next).minutes(10).git(&["add", "-A"]);
        name = next;
        let (tree, parent, now) = (repo.git(&["write-tree"]), repo.head(), repo.now());
        let person = format!("Ada Lovelace <ada@example.com> {now} +0000");
        let mut commit =
            format!("tree {tree}\nparent {parent}\nauthor {person}\ncommitter {person}\n{header}\n")
                .into_bytes();
        commit.extend_from_slice(b"fix: Gr\xf6\xdfe\n");
        let words = ["hash-object", "-t", "commit", "-w", "--literally", "--stdin"];
        let sha = repo.git_with(repo.root(), &words, &commit);
        repo.git(&["reset", "-q", "--hard", &sha]);
        let scan = repo.scan(&[]);
        assert_eq!(correction(&scan, &sha).fix.subject, subject, "{header}");
        assert_eq!(warned(&scan, "non-utf8-message"), usize::from(header.is_empty()));
    }
}

#[test]
fn line_ends_of_windows_are_kept_apart_from_edits() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let mistake = repo.write("src/cart.ts", CART.replace('\n', "\r\n")).commit("feat: add a cart");
    let fix = repair(&repo);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(correction(&scan, &fix).hunks.len(), 1);
    assert_eq!(correction(&scan, &fix).hunks[0].old_lines, 1);
}

#[test]
fn a_change_of_line_ends_is_no_correction_and_lines_are_traced_through_it() {
    let (repo, mistake) = with_mistake();
    let ends = repo.write("src/cart.ts", CART.replace('\n', "\r\n")).commit("fix: wrong line ends");
    let fix = repair(&repo);
    let scan = repo.scan(&[]);
    assert!(find(&scan, &ends).is_none());
    assert_eq!(origin(&scan, &fix), mistake);
}

#[test]
fn what_a_terminal_would_obey_is_never_printed() {
    let repo = TestRepo::new();
    repo.author("\u{1b}]0;owned\u{7}Eve", "eve@example.com");
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let hostile = "src/\u{1b}[31mred\u{202e}.ts";
    repo.write(hostile, CART).commit("feat: \u{1b}[2J add a cart");
    let fix = repo.edit(hostile, "cart.itmes", "cart.items /* \u{1b}[5m */").commit("fix: \u{9b}5m items");
    let runs: [&[&str]; 7] = [
        &["scan"],
        &["scan", "--format", "json"],
        &["scan", "--format", "jsonl"],
        &["scan", "--format", "markdown"],
        &["show", &fix],
        &["show", "--json", &fix],
        &["learn", "--dry-run"],
    ];
    for words in runs {
        let told = repo.friction(words).ok();
        let control = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!told.contains(control), "{words:?} printed {told:?}");
    }
    let told = repo.friction(&["show", "\u{1b}[31mnothing"]).refused();
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn times_out_of_every_calendar_are_no_crash() {
    let (repo, _) = with_mistake();
    let mut name = "cart.itmes".to_owned();
    let times = [
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "253402300800",
        "-1",
        "soon",
        "",
    ];
    for (at, time) in times.into_iter().enumerate() {
        let next = format!("cart.items{at}");
        repo.edit("src/cart.ts", &name, &next).git(&["add", "-A"]);
        name = next;
        let (tree, parent) = (repo.git(&["write-tree"]), repo.head());
        let person = format!("Ada Lovelace <ada@example.com> {time} +0000");
        let commit = format!(
            "tree {tree}\nparent {parent}\nauthor {person}\ncommitter {person}\n\nfix: the items, {at}\n"
        );
        let words = ["hash-object", "-t", "commit", "-w", "--literally", "--stdin"];
        let sha = repo.git_with(repo.root(), &words, commit.as_bytes());
        repo.git(&["update-ref", "refs/heads/main", &sha]);
    }
    let fix = repo.edit("src/cart.ts", &name, "cart.items").commit("fix: sum the items of a cart");
    let scan = repo.scan(&["--min-confidence", "0"]);
    assert_eq!(scan.repository.commits, 10);
    assert!(find(&scan, &fix).is_some());
    for words in [
        &["scan"][..],
        &["scan", "--format", "markdown"],
        &["show", "HEAD"],
        &["show", "HEAD~1"],
        &["learn", "--dry-run"],
    ] {
        repo.friction(words).ok();
    }
}

#[test]
fn a_folder_thousands_of_levels_deep_is_no_crash() {
    let (repo, mistake) = with_mistake();
    let deep = "a/".repeat(20_000);
    let text = "export const deep = 1;\n";
    let stream = format!(
        "commit refs/heads/deep\ncommitter A <a@b.c> {START} +0000\ndata 4\ndeep\n\
         M 100644 inline {deep}x.ts\ndata {}\n{text}\n",
        text.len()
    );
    repo.git_with(repo.root(), &["fast-import", "--quiet"], stream.as_bytes());
    let fix = repair(&repo);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    repo.friction(&["show", "deep"]).ok();
}

#[test]
fn code_nested_thousands_of_levels_deep_is_no_crash() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let nested = |name: &str, open: &str, close: &str| {
        // A line each, or it would pass for a bundle.
        let (open, close) = (format!("{open}\n"), format!("{close}\n"));
        format!("x = {}{name}.items\n{}", open.repeat(20_000), close.repeat(20_000))
    };
    let files = |name: &str| {
        repo.write("src/brackets.ts", nested(name, "[", "]"))
            .write("src/calls.test.ts", nested(name, "vi.mock(", ")"))
            .write("app/parentheses.py", nested(name, "(", ")"))
            .write("tests/test_calls.py", nested(name, "patch(", ")"))
            .write("src/blocks.tsx", nested(name, "{", "}"));
    };
    files("crat");
    repo.commit("feat: nest");
    files("cart");
    let fix = repo.commit("fix: the wrong name in mocks");
    let scan = repo.scan(&[]);
    assert_eq!(correction(&scan, &fix).hunks.len(), 5);
    repo.friction(&["show", &fix]).ok();
}
