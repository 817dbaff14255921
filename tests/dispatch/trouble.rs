//! Bad input and bad surroundings: a clear error, and nothing lost.

use std::fs;

use crate::stage::*;
use crate::support::*;

fn refused(stage: &Stage) -> String {
    let told = friction_in(stage.repo.root(), &["dispatch"]).refused();
    assert!(!stage.repo.path(".git/friction/dispatch/attempts").exists(), "something was started");
    told
}

#[test]
fn malformed_tasks_are_refused_before_anything_starts() {
    let stage = Stage::new(&["T-1"]);
    stage.repo.write("tasks/b.md", "---\nid: T-2\ntimeout: soon\n---\ngo\n");
    let told = refused(&stage);
    assert!(told.contains("tasks/b.md:3:") && told.contains("soon"), "{told}");
    stage.repo.write("tasks/b.md", "---\nid: T-1\n---\ngo\n");
    assert!(
        refused(&stage).contains("the id `T-1` is used by tasks/T-1.md and by tasks/b.md")
            || refused(&stage).contains("T-1")
    );
    stage.repo.write("tasks/b.md", "---\nid: T-2\ndepends_on: [T-3]\n---\ngo\n");
    assert!(refused(&stage).contains("T-2 needs T-3"));
    stage.repo.write("tasks/c.md", "---\nid: T-3\ndepends_on: [T-2]\n---\ngo\n");
    assert!(refused(&stage).contains("T-2 → T-3 → T-2"));
    stage.repo.remove("tasks/c.md").write("tasks/b.md", "---\nid: T-2\nagent: nobody\n---\ngo\n");
    assert!(refused(&stage).contains("no agent `nobody`"));
    stage.repo.write("tasks/b.md", "---\nid: T-2\nbase: nowhere\n---\ngo\n");
    assert!(refused(&stage).contains("no branch `nowhere`"));
}

#[test]
fn a_task_full_of_shell_characters_is_only_text() {
    let stage = Stage::new(&[]);
    let hostile = "$(touch /tmp/pwned-by-friction) `id`; rm -rf / \u{1b}[31m {session} '\"\\";
    stage.repo.write(
        "tasks/a b;c.md",
        format!("---\nid: T-1\ntitle: \"{}\"\n---\n{hostile}\n", "x $(id) \\u001b[31m"),
    );
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(stage.prompt("T-1", 1).contains(hostile), "{}", stage.prompt("T-1", 1));
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    assert!(!std::path::Path::new("/tmp/pwned-by-friction").exists());
}

#[test]
fn a_base_with_uncommitted_changes_is_refused_with_their_names() {
    let stage = Stage::new(&["T-1"]);
    stage.repo.write("a.txt", "changed\n");
    let told = refused(&stage);
    assert!(
        told.contains("main is checked out") && told.contains("a.txt") && told.contains("--allow-dirty"),
        "{told}"
    );
}

#[test]
fn a_journal_that_cannot_be_written_stops_everything_before_it_happens() {
    let stage = Stage::new(&["T-1", "T-2", "T-3"]);
    // No file may grow beyond this many blocks of 512 bytes: some record is the one that does not fit any more.
    for blocks in 1..6 {
        let mut full = std::process::Command::new("sh");
        full.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"]);
        full.args([env!("CARGO_BIN_EXE_friction"), "dispatch", "--allow-dirty"])
            .current_dir(stage.repo.root());
        isolate(&mut full);
        let ran = Ran::of(full);
        assert_eq!(ran.code, 2, "{blocks}: {}", ran.stdout);
        assert!(
            ran.stderr.contains("journal.jsonl") && ran.stderr.contains("nothing is lost"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1", "do T-2", "do T-3"]);
    assert_eq!((stage.calls("T-1"), stage.calls("T-2"), stage.calls("T-3")), (1, 1, 1));
    stage.assert_clean();
}

#[test]
fn a_disk_that_is_full_at_any_record_stops_the_run_and_nothing_is_lost() {
    for event in crate::kill::EVENTS {
        let stage = Stage::new(&["T-1", "T-2"]);
        stage.play("T-1", 1, "commit bad");
        let full = crate::kill::run_with(&stage, &format!("disk@at:{event}"));
        assert_eq!(full.code, 2, "{event}: {}", full.stdout);
        assert!(
            full.stderr.contains("cannot write") && full.stderr.contains("nothing is lost"),
            "{event}: {}",
            full.stderr
        );
        let again = stage.dispatch(&[]);
        assert_eq!((again.code, again.stderr.as_str()), (0, ""), "{event}: {}", again.stdout);
        assert_eq!(stage.landed(), ["do T-1", "do T-2"], "{event}");
        assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (2, 1), "{event}: run twice");
        stage.assert_clean();
    }
}

#[test]
fn a_git_directory_that_cannot_be_written_is_named() {
    let stage = Stage::new(&["T-1"]);
    fs::write(stage.repo.path(".git/friction"), "in the way").unwrap();
    let told = refused(&stage);
    assert!(told.contains(".git/friction"), "{told}");
}

#[test]
fn a_damaged_journal_is_named_and_nothing_runs() {
    let stage = Stage::new(&["T-1", "T-2"]);
    assert_eq!(stage.dispatch(&[]).code, 0);
    let journal = stage.repo.path(".git/friction/dispatch/journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text.replacen("\"order\":0", "\"order\":7", 1)).unwrap();
    let told = stage.dispatch(&[]).refused();
    assert!(told.contains("damaged at line 1"), "{told}");
    fs::write(&journal, &text[..text.len() - 5]).unwrap();
    assert_eq!(stage.dispatch(&[]).code, 0, "a torn end is taken back");
    assert_eq!(stage.calls("T-1"), 1);
}

#[test]
fn a_worker_that_floods_its_output_or_breaks_its_worktree_harms_only_itself() {
    let stage = Stage::new(&["T-1", "T-2"]);
    stage.play("T-1", 1, "head -c 30000000 /dev/zero | tr '\\0' 'x'; yes | head -c 3000000; commit");
    stage.play("T-2", 1, "commit; rm -f .git; git checkout -q main 2>/dev/null; exit 0");
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(stage.landed(), ["do T-1", "do T-2"]);
    stage.assert_clean();
}

#[test]
fn a_detached_head_needs_a_base() {
    let stage = Stage::new(&["T-1"]);
    stage.repo.git(&["checkout", "-q", "--detach"]);
    assert!(refused(&stage).contains("--base"));
    assert_eq!(stage.dispatch(&["--base", "main"]).code, 0);
    assert_eq!(stage.landed(), ["do T-1"]);
}
