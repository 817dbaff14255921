//! Where a path of the repository really is: links are followed, but never out of the repository or
//! into git's own directory, where a written file could be run.

use std::io;
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

/// Why a path must not be written.
#[derive(Debug, Error)]
pub(super) enum PlaceError {
    #[error("it leads out of the repository by a symbolic link; replace the link by a file")]
    Outside,
    #[error("it leads into git's own directory by a symbolic link; replace the link by a file")]
    Git,
    #[error("a symbolic link on its way leads nowhere; remove or repair the link")]
    Broken,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The real place of `relative` under `root`, which must be canonical. The file and its last
/// directories need not exist.
pub(super) fn resolve(root: &Path, relative: &str) -> Result<PathBuf, PlaceError> {
    let mut place = root.to_path_buf();
    for part in Path::new(relative).components() {
        let Component::Normal(part) = part else { return Err(PlaceError::Outside) };
        place.push(part);
        match place.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => {
                place = place.canonicalize().map_err(|_| PlaceError::Broken)?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let inside = place.strip_prefix(root).map_err(|_| PlaceError::Outside)?;
        if inside.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
            return Err(PlaceError::Git);
        }
    }
    Ok(place)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_inside_of_the_repository_only() {
        let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        fs::write(root.join("AGENTS.md"), "").unwrap();
        symlink("AGENTS.md", root.join("CLAUDE.md")).unwrap();
        symlink(other.path().join("x.md"), root.join("GEMINI.md")).unwrap();
        symlink(other.path(), root.join(".github")).unwrap();
        symlink(".git/hooks", root.join(".claude")).unwrap();
        assert_eq!(resolve(&root, "CLAUDE.md").unwrap(), root.join("AGENTS.md"));
        assert_eq!(resolve(&root, "new/dir/a.md").unwrap(), root.join("new/dir/a.md"));
        assert!(matches!(resolve(&root, "GEMINI.md"), Err(PlaceError::Broken)));
        assert!(matches!(resolve(&root, ".github/copilot-instructions.md"), Err(PlaceError::Outside)));
        assert!(matches!(resolve(&root, ".claude/pre-commit"), Err(PlaceError::Git)));
        assert!(matches!(resolve(&root, "../a.md"), Err(PlaceError::Outside)));
    }
}
