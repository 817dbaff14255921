//! Repositories with objects that were cut short or overwritten, as a full disk or a lost power leaves
//! them: what can be read is judged, the rest is a warning, and no command waits for ever.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use support::*;

/// What happens to a file.
type Damage = fn(&[u8]) -> Vec<u8>;

const DAMAGES: [(&str, Damage); 6] = [
    ("cut in the middle", |bytes| bytes[..bytes.len() / 2].to_vec()),
    ("cut by its last byte", |bytes| bytes[..bytes.len() - 1].to_vec()),
    ("cut in its header", |bytes| bytes[..4].to_vec()),
    ("empty", |_| Vec::new()),
    ("of zeros", |bytes| vec![0; bytes.len()]),
    ("of other bytes", |bytes| b"not what it was ".iter().copied().cycle().take(bytes.len()).collect()),
];

fn loose(repo: &TestRepo, object: &str) -> PathBuf {
    repo.path(&format!(".git/objects/{}/{}", &object[..2], &object[2..]))
}

/// Git writes its objects read-only.
fn damage(path: &Path, damage: Damage) {
    let whole = fs::read(path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, damage(&whole)).unwrap();
}

/// A mistake and its repair, and a side branch whose last commit changes another file.
fn with_side_branch() -> (TestRepo, String, String) {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    repo.branch("side")
        .write("lib/other.ts", CART.to_owned() + "export const other = 1;\n")
        .commit("feat: another cart");
    repo.edit("lib/other.ts", "cart.itmes", "cart.items").commit("fix: sum the items of the other cart");
    repo.checkout("main");
    (repo, mistake, fix)
}

#[test]
fn a_damaged_loose_blob_or_tree_is_a_warning_and_the_rest_is_judged() {
    for (name, harm) in DAMAGES {
        for object in ["side:lib/other.ts", "side:lib", "side^{tree}"] {
            let (repo, mistake, fix) = with_side_branch();
            damage(&loose(&repo, &repo.sha(object)), harm);
            let scan = repo.scan(&[]);
            assert_eq!(origin(&scan, &fix), mistake, "{object} {name}");
            assert_eq!(warned(&scan, "damaged-object"), 1, "{object} {name}: {:?}", scan.warnings);
            assert_eq!(scan.warnings.len(), 1, "{:?}", scan.warnings);
            repo.friction(&["show", "side"]).ok();
        }
    }
}

#[test]
fn history_ends_at_a_damaged_loose_commit() {
    for (name, harm) in DAMAGES {
        let (repo, mistake, fix) = with_side_branch();
        let side = repo.sha("side");
        damage(&loose(&repo, &repo.sha("side~1")), harm);
        let scan = repo.scan(&[]);
        assert_eq!(origin(&scan, &fix), mistake, "{name}");
        assert_eq!(warned(&scan, "damaged-commit"), 1, "{name}: {:?}", scan.warnings);
        assert_eq!(skipped(&scan, "history-cut-off"), 1);
        assert!(find(&scan, &side).is_none());
        assert!(repo.friction(&["scan", "side~1"]).ok().contains("damaged"), "{name}");
        assert!(repo.friction(&["show", "side~1"]).refused().contains("side~1"), "{name}");
        assert!(repo.friction(&["scan", "side~2..side"]).refused().contains("side~2"), "{name}");
    }
}

#[test]
fn a_damaged_head_leaves_the_other_branches() {
    for (name, harm) in DAMAGES {
        let (repo, _, _) = with_side_branch();
        let side = repo.checkout("side").head();
        repo.checkout("main").write("src/late.ts", CART).commit("feat: one more");
        damage(&loose(&repo, &repo.head()), harm);
        let scan = repo.scan(&[]);
        assert!(find(&scan, &side).is_some(), "{name}");
        assert_eq!(warned(&scan, "damaged-commit"), 1, "{name}: {:?}", scan.warnings);
        repo.friction(&["learn", "--dry-run"]).ok();
        repo.friction(&["show", "HEAD"]).refused();
    }
}

#[test]
fn a_damaged_tag_names_nothing() {
    for (name, harm) in DAMAGES {
        let (repo, mistake, fix) = with_side_branch();
        repo.git(&["tag", "-a", "v1", "-m", "first"]);
        damage(&loose(&repo, &repo.sha("v1")), harm);
        assert_eq!(origin(&repo.scan(&[]), &fix), mistake, "{name}");
        let scan = repo.scan(&["--refs", "refs/*"]);
        assert_eq!(origin(&scan, &fix), mistake, "{name}");
        assert!(warned(&scan, "damaged-commit") <= 1, "{name}: {:?}", scan.warnings);
        repo.friction(&["show", "v1"]).refused();
    }
}

#[test]
fn a_damaged_object_is_read_again_once_it_is_whole() {
    let (repo, _, _) = with_side_branch();
    let path = loose(&repo, &repo.sha("side:lib/other.ts"));
    let whole = fs::read(&path).unwrap();
    damage(&path, |bytes| bytes[..20].to_vec());
    assert_eq!(repo.scan(&[]).warnings.len(), 1);
    // As git mends it: written beside, and renamed.
    let beside = path.with_extension("new");
    fs::write(&beside, whole).unwrap();
    fs::rename(beside, &path).unwrap();
    assert_eq!(repo.scan(&[]).warnings, []);
}

#[test]
fn a_damaged_copy_gives_way_to_a_whole_one_in_a_store_that_is_borrowed_from() {
    let (repo, mistake, fix) = with_side_branch();
    let other = repo.beside("other");
    repo.git(&["clone", "-q", "--shared", "--bare", ".", other.to_str().unwrap()]);
    let blob = repo.sha("side:lib/other.ts");
    let copy = other.join(format!("objects/{}", &blob[..2]));
    fs::create_dir_all(&copy).unwrap();
    fs::write(copy.join(&blob[2..]), b"x\x9c").unwrap();
    let scan = friction_in(&other, &["scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(scan.warnings, []);
}

#[test]
fn damaged_packs_and_indexes_are_warnings_whatever_is_left_of_them() {
    for ending in ["pack", "idx"] {
        for (name, harm) in DAMAGES {
            let (repo, mistake, fix) = with_side_branch();
            repo.git(&["repack", "-q", "-d", "main"]);
            repo.git(&["repack", "-q", "-a", "-d", "-f", "--no-write-bitmap-index"]);
            let late = repo.write("src/late.ts", CART).commit("feat: one more");
            for entry in fs::read_dir(repo.path(".git/objects/pack")).unwrap().flatten() {
                if entry.path().extension().is_some_and(|found| found == ending) {
                    damage(&entry.path(), harm);
                }
            }
            let scan = repo.scan(&[]);
            let told: usize = scan.warnings.iter().map(|warning| warning.count).sum();
            let whole = find(&scan, &fix).is_some_and(|found| found.origins[0].sha == mistake);
            assert!(told > 0 || whole, "{ending} {name}: {:?}", scan.warnings);
            repo.friction(&["show", &late]);
        }
    }
}
