//! Files as they are on disk, committed or not, against HEAD.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blobs::Blobs;
use super::by_git::{head_files, work_tree_root};
use super::changes::{Change, File};
use super::command::Git;
use super::folder::{Folder, walk};
use super::name::ObjectName;
use super::renames::renames;
use super::{Files, MemoryFiles, Overlay, Staging, StagingError};

/// The work tree that `dir` is in: tracked files and untracked ones that are not ignored. Below no
/// repository, every file of `dir`, but installed and built ones, against nothing.
///
/// Every file counts as changed, if it differs from HEAD or not; with `paths`, which are relative to `dir`,
/// those of them and those below them. A file that is named is checked though git ignores it.
pub fn work_tree(dir: &Path, paths: &[PathBuf]) -> Result<Staging, StagingError> {
    let mut project = Project::find(dir)?;
    let chosen: Vec<String> =
        paths.iter().map(|path| project.relative(dir, path)).collect::<Result<_, _>>()?;
    for path in &chosen {
        if project.root.join(path).is_file() {
            project.paths.insert(path.clone());
        }
    }
    let Project { root, paths: inside, base, mut warnings } = project;
    let files = Folder::new(&root, inside);
    let is_chosen = |path: &str| chosen.is_empty() || chosen.iter().any(|chosen| is_below(path, chosen));
    let listed = files.paths();
    let empty: Vec<&String> =
        chosen.iter().filter(|chosen| !listed.iter().any(|path| is_below(path, chosen))).collect();
    if !empty.is_empty() && empty.len() == chosen.len() && !empty.iter().any(|path| root.join(path).exists())
    {
        let named: Vec<String> = paths.iter().map(|path| format!("{path:?}")).collect();
        return Err(StagingError::NoFile { named: named.join(", "), root });
    }
    warnings.extend(empty.iter().map(|path| format!("there is no file to check at {}", path.escape_debug())));
    let (changes, deleted) = against(&files, &listed, &*base, is_chosen);
    Ok(Staging { root, files: Arc::new(files), base, changes, deleted, warnings, identity: None })
}

/// The work tree with one file's text replaced, or a new file, as an editor holds it unsaved: the only
/// change.
pub fn unsaved(dir: &Path, path: &Path, bytes: &[u8]) -> Result<Staging, StagingError> {
    let project = Project::find(dir)?;
    let path = project.relative(dir, path)?;
    let Project { root, paths, base, warnings } = project;
    let files = Overlay::new(Arc::new(Folder::new(&root, paths)), &path, bytes);
    let same = base.is_file(&path).then(|| path.clone());
    let changes = vec![Change { path, base: same }];
    Ok(Staging { root, files: Arc::new(files), base, changes, deleted: Vec::new(), warnings, identity: None })
}

/// A work tree, or a folder below no repository.
struct Project {
    root: PathBuf,
    /// What may be checked.
    paths: BTreeSet<String>,
    base: Arc<dyn Files>,
    warnings: Vec<String>,
}

impl Project {
    fn find(dir: &Path) -> Result<Project, StagingError> {
        let git = Git::new(dir);
        let mut warnings = Vec::new();
        let root = match work_tree_root(&git) {
            Ok(root) => canonical(&root)?,
            Err(StagingError::NotFound { .. }) => {
                let root = canonical(dir)?;
                let paths = walk(&root, &mut |sentence| warnings.push(sentence));
                return Ok(Project { root, paths, base: Arc::new(MemoryFiles::default()), warnings });
            }
            Err(error) => return Err(error),
        };
        let words =
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", "--", ":/"];
        let printed = git.output("list the files of the work tree", &words)?;
        let mut paths = BTreeSet::new();
        for path in printed.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
            match std::str::from_utf8(path) {
                // A path that ends in `/` is a repository in its own right.
                Ok(path) if !path.ends_with('/') => drop(paths.insert(path.to_owned())),
                Ok(_) => {}
                Err(_) => {
                    let path = path.escape_ascii();
                    warnings.push(format!("{path} is not checked: its name is not UTF-8"));
                }
            }
        }
        let base = head_files(&git, Arc::new(Blobs::of_git(git.clone())))?;
        Ok(Project { root, paths, base: Arc::new(base), warnings })
    }

    /// A path that is given from `dir`, as one from the root. It need not exist, but its folder does.
    fn relative(&self, dir: &Path, path: &Path) -> Result<String, StagingError> {
        let given = dir.join(path);
        let found = match (fs::canonicalize(&given), given.parent(), given.file_name()) {
            (Ok(found), ..) => found,
            (Err(_), Some(folder), Some(name)) => canonical(folder)?.join(name),
            (Err(error), ..) => return Err(unreadable(&given, &error)),
        };
        let outside = || StagingError::Outside { path: given.clone(), root: self.root.clone() };
        let inside = found.strip_prefix(&self.root).map_err(|_| outside())?;
        let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
        let message = "its name is not UTF-8".to_owned();
        Ok(parts.ok_or(StagingError::Unreadable { path: given.clone(), message })?.join("/"))
    }
}

fn canonical(path: &Path) -> Result<PathBuf, StagingError> {
    fs::canonicalize(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> StagingError {
    StagingError::Unreadable { path: path.to_owned(), message: error.to_string() }
}

/// True if a path is another, or in it; all are in the empty one.
fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// The chosen files with what they were in the base state, and the files that are only there.
fn against(
    files: &dyn Files,
    listed: &[String],
    base: &dyn Files,
    is_chosen: impl Fn(&str) -> bool,
) -> (Vec<Change>, Vec<String>) {
    let name = |files: &dyn Files, path: &str| ObjectName::from_hex(files.id(path)?.as_bytes());
    let file =
        |files: &dyn Files, path: String| -> Option<File> { Some((path.clone(), name(files, &path)?)) };
    let gone = base.paths().into_iter().filter(|path| !files.is_file(path));
    let mut removed: Vec<File> = gone.filter_map(|path| file(base, path)).collect();
    let come = listed.iter().filter(|path| !base.is_file(path));
    let (mut added, mut known) = (Vec::new(), Vec::new());
    if !removed.is_empty() {
        added = come.filter_map(|path| file(files, path.clone())).collect();
    }
    for (old, new) in
        renames(&mut removed, &mut added, &|(path, _)| files.read(path).or_else(|| base.read(path)))
    {
        known.push((new, old));
    }
    known.sort();
    let of = |path: &String| {
        let moved = known.binary_search_by(|(new, _)| new.cmp(path)).ok().map(|at| known[at].1.clone());
        let base = base.is_file(path).then(|| path.clone()).or(moved);
        Change { path: path.clone(), base }
    };
    let changes = listed.iter().filter(|path| is_chosen(path)).map(of).collect();
    (changes, removed.into_iter().map(|(path, _)| path).collect())
}
