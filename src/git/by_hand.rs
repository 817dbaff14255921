//! What is staged, read from git's files without git: a tenth of the time, where the repository is of the
//! usual kind.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::{ObjectType, Odb};

use super::against_head::differences;
use super::blobs::Blobs;
use super::changes::{Changed, changed};
use super::index::Index;
use super::listing::StoredFiles;
use super::name::ObjectName;
use super::place::Place;
use super::repository::configure_libgit2;
use super::{Identity, Staging};

/// What `git commit` would commit now; none where git itself must be asked, for what is odd as for what is
/// wrong.
pub fn staged_by_hand(dir: &Path) -> Option<Staging> {
    let place = Place::find(dir)?;
    let head = place.head()?;
    let index = Arc::new(Index::parse(fs::read(&place.index).ok()?)?);
    let odb = database(&place.objects)?;
    let tree = tree_of(&odb, head)?;
    let differences = differences(&index, tree, &odb)?;
    let blobs = Arc::new(Blobs::of_database(odb));
    let Changed { changes, deleted, warnings } = changed(&differences, &blobs);
    let identity = Identity { name: format!("{tree} {differences:?}"), cache: place.cache() };
    let listed = Arc::clone(&index);
    let base = move || {
        let before: Vec<_> = differences.iter().map(|one| (one.path.clone(), one.old_file())).collect();
        index.listing().patched(&before)
    };
    let files = StoredFiles::new(Arc::clone(&blobs), move || listed.listing()).lying_in(&place.root);
    Some(Staging {
        root: place.root,
        files: Arc::new(files),
        base: Arc::new(StoredFiles::new(blobs, base)),
        changes,
        deleted,
        warnings,
        identity: Some(identity),
    })
}

fn database(folders: &[PathBuf]) -> Option<Odb<'static>> {
    configure_libgit2();
    let odb = Odb::new().ok()?;
    for folder in folders {
        odb.add_disk_alternate(folder.to_str()?).ok()?;
    }
    Some(odb)
}

/// A commit begins with `tree` and the tree's name.
fn tree_of(odb: &Odb, commit: ObjectName) -> Option<ObjectName> {
    let object = odb.read(commit.oid()?).ok()?;
    let name = object.data().strip_prefix(b"tree ")?.get(..40)?;
    (object.kind() == ObjectType::Commit).then(|| ObjectName::from_hex(name))?
}
