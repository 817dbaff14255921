//! The files around a file: packages and their versions, modules, and what an import means.

use std::sync::Arc;

use crate::git::Files;

/// One state of a project, as rules ask about it. Everything is read when it is first asked for, and kept.
/// Shared by threads.
pub struct Project {
    files: Arc<dyn Files>,
}

impl Project {
    pub fn new(files: Arc<dyn Files>) -> Project {
        Project { files }
    }

    /// The files themselves.
    pub fn files(&self) -> &dyn Files {
        &*self.files
    }
}
