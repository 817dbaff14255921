//! Where this repository's hooks are, and whose they are.

use std::path::{Path, PathBuf};

use crate::git::{Git, GitError, Places};

/// How a hook can be put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Files of this clone only.
    Own(PathBuf),
    /// Files of the work tree, which others get too.
    Project(PathBuf),
    /// A folder that other repositories use as well.
    Shared(PathBuf),
}

impl Place {
    pub(super) fn find(places: &Places) -> Result<Place, GitError> {
        let hooks = normal(&places.hooks()?);
        // husky 9 points git at `.husky/_`, whose scripts run those of `.husky`.
        if hooks.ends_with(".husky/_") {
            return Ok(Place::Project(hooks.parent().unwrap_or(&hooks).to_owned()));
        }
        let inside = |folder: &Path| hooks.starts_with(normal(folder));
        if inside(&places.common_dir) || inside(&places.git_dir) {
            return Ok(Place::Own(hooks));
        }
        if inside(&places.root) {
            return Ok(Place::Project(hooks));
        }
        let local = Git::at(&places.root)
            .text("read core.hooksPath", &["config", "--local", "--get", "core.hooksPath"]);
        Ok(if local.is_ok() { Place::Own(hooks) } else { Place::Shared(hooks) })
    }

    pub(super) fn folder(&self) -> &Path {
        match self {
            Place::Own(folder) | Place::Project(folder) | Place::Shared(folder) => folder,
        }
    }
}

/// Links followed where the path is there.
fn normal(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
