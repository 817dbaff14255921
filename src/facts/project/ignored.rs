//! Paths that the project's `.gitignore` files keep out: what stands there is built, not written.

use std::sync::{Arc, PoisonError};

use fast_glob::glob_match;

use super::{Project, folders, join};

/// A line of a `.gitignore`.
pub(super) struct Line {
    glob: String,
    keeps: bool,
}

impl Project {
    /// True if a `.gitignore` around a path excludes it or a folder it stands in. `info/exclude` and the
    /// user's own excludes are not seen.
    pub fn is_ignored(&self, path: &str) -> bool {
        let files: Vec<(&str, Arc<[Line]>)> =
            folders(path).map(|folder| (folder, self.ignore_lines(folder))).collect();
        let holds = |path: &str| {
            // The innermost file decides, in it the last line.
            files.iter().find_map(|(folder, lines)| {
                let inside = path.strip_prefix(*folder)?.trim_start_matches('/');
                lines.iter().rev().find(|line| glob_match(&line.glob, inside)).map(|line| !line.keeps)
            })
        };
        let parts = path.match_indices('/').map(|(at, _)| &path[..at]);
        parts.chain([path]).any(|part| holds(part) == Some(true))
    }

    /// The lines of a folder's `.gitignore`, read once.
    fn ignore_lines(&self, folder: &str) -> Arc<[Line]> {
        let mut known = self.ignores.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let text = self.files().text(&join(folder, ".gitignore")).unwrap_or_default();
            text.lines().filter_map(line).collect()
        };
        known.entry(folder.to_owned()).or_insert_with(read).clone()
    }
}

fn line(text: &str) -> Option<Line> {
    let text = text.trim_end();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let (keeps, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
    let text = text.trim_end_matches('/');
    let anchored = text.contains('/');
    let text = text.trim_start_matches('/');
    let glob = if anchored { text.to_owned() } else { format!("**/{text}") };
    Some(Line { glob, keeps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::MemoryFiles;

    #[test]
    fn a_folder_that_is_ignored_hides_what_stands_in_it_and_the_innermost_file_decides() {
        let mut files = MemoryFiles::default();
        files.insert(".gitignore", "# built\n/gen/\n*.log\n");
        files.insert("web/.gitignore", "gen\n!kept.log\n");
        let project = Project::new(Arc::new(files));
        assert!(project.is_ignored("gen/a.ts") && project.is_ignored("web/src/gen/b.ts"));
        assert!(!project.is_ignored("src/gen/a.ts"), "anchored to the root");
        assert!(project.is_ignored("web/x.log") && !project.is_ignored("web/kept.log"));
    }
}
