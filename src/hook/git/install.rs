//! Installs, removes and looks at git's hooks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::git::{GitError, Places};
use crate::patterns::write_atomically;

use super::HOOKS;
use super::lefthook;
use super::place::Place;
use super::script::{self, FORMER};

/// Why hooks cannot be installed or removed.
#[derive(Debug, Error)]
pub enum HookError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "core.hooksPath points at {}, which other repositories use too; give this one a hooks folder of its own \
         with `git config core.hooksPath PATH`, or install there with --shared",
        path.display()
    )]
    Shared { path: PathBuf },
    #[error("{} is kept from an earlier install, and {} is not friction's; look at both and remove one", former.display(), hook.display())]
    Twice { former: PathBuf, hook: PathBuf },
}

/// What a hook is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Absent,
    /// Somebody else's alone.
    Foreign,
    /// friction's, and whatever was there before behind it.
    Installed,
    /// friction's, but its program is not where the hook looks.
    Stale,
    /// It is there, but git does not run a file that is not executable.
    Disabled,
}

/// One hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub hook: &'static str,
    pub path: PathBuf,
    pub state: State,
    /// What is run after friction, by its maker's name where that is known.
    pub chained: Option<String>,
}

/// Puts friction in front of what is there. Installing twice changes nothing.
pub fn install(places: &Places, program: &Path, shared: bool) -> Result<Vec<Report>, HookError> {
    let place = Place::find(places)?;
    if let (Place::Shared(path), false) = (&place, shared) {
        return Err(HookError::Shared { path: path.clone() });
    }
    let known = places.own().join("program");
    write_atomically(&known, program.to_string_lossy().as_bytes()).map_err(io("cannot write", &known))?;
    let named = name_in_lefthook(&places.root)?;
    for hook in HOOKS {
        let path = place.folder().join(hook);
        let text = read(&path)?;
        if named.contains(&hook) && text.as_deref().is_some_and(is_lefthooks) {
            continue;
        }
        let shell = text.as_deref().is_none_or(script::is_shell);
        match (&place, shell) {
            // What is not executable stays so: git has not run it, or whoever runs it needs no permission.
            (Place::Project(_), true) if text.is_some() => {
                write_kept(&path, &script::with_block(text.as_deref(), hook))?;
            }
            (Place::Project(_), true) => write(&path, &script::with_block(None, hook))?,
            // pre-commit and prek run the hook that they found as this one.
            _ if read(&legacy(&path))?.is_some_and(|text| script::is_whole(&text)) => {
                write(&legacy(&path), &script::whole(hook, program))?;
            }
            _ => replace(&path, &script::whole(hook, program), text.as_deref())?,
        }
    }
    status(places)
}

/// Names friction in lefthook's configuration, so that it stays when lefthook writes its hooks; for which.
fn name_in_lefthook(root: &Path) -> Result<Vec<&'static str>, HookError> {
    let Some(file) = lefthook::file(root) else { return Ok(Vec::new()) };
    let text = read(&file)?.unwrap_or_default();
    let mut named = Vec::new();
    let mut with = text.clone();
    for hook in HOOKS {
        if let Some(more) = lefthook::with_entry(&with, hook) {
            with = more;
            named.push(hook);
        }
    }
    if with != text {
        write_kept(&file, &with)?;
    }
    Ok(named)
}

fn is_lefthooks(text: &str) -> bool {
    !script::is_whole(text) && maker(text) == "lefthook"
}

/// Writes friction's script in a hook's place and keeps what was there.
fn replace(path: &Path, script: &str, before: Option<&str>) -> Result<(), HookError> {
    if before.is_some_and(|text| !script::is_whole(text)) {
        let former = former(path);
        if former.symlink_metadata().is_ok() {
            return Err(HookError::Twice { former, hook: path.to_owned() });
        }
        fs::rename(path, &former).map_err(io("cannot keep", path))?;
    }
    write(path, script)
}

/// Takes friction away and puts back what was there, byte for byte.
pub fn uninstall(places: &Places) -> Result<Vec<Report>, HookError> {
    let place = Place::find(places)?;
    for hook in HOOKS {
        let path = place.folder().join(hook);
        let Some(text) = read(&path)? else {
            take_away_copies(&path)?;
            continue;
        };
        if read(&legacy(&path))?.is_some_and(|text| script::is_whole(&text)) {
            fs::remove_file(legacy(&path)).map_err(io("cannot remove", &legacy(&path)))?;
            // The one that friction had found is by now in the hook's place again.
            if read(&former(&path))?.is_some_and(|former| former == text) {
                fs::remove_file(former(&path)).map_err(io("cannot remove", &former(&path)))?;
            }
        } else if script::is_whole(&text) {
            fs::remove_file(&path).map_err(io("cannot remove", &path))?;
            let former = former(&path);
            if former.symlink_metadata().is_ok() {
                fs::rename(&former, &path).map_err(io("cannot put back", &former))?;
            }
        } else if script::has_block(&text) {
            match script::without_block(&text) {
                bare if script::is_bare(&bare) => {
                    fs::remove_file(&path).map_err(io("cannot remove", &path))?
                }
                rest => write_kept(&path, &rest)?,
            }
        }
        take_away_copies(&path)?;
    }
    for file in lefthook::all(&places.root) {
        let text = read(&file)?.unwrap_or_default();
        let without = lefthook::without_entries(&text);
        if without != text {
            write_kept(&file, &without)?;
        }
    }
    let _ = fs::remove_file(places.own().join("program"));
    status(places)
}

/// What others made of friction's script, or put in its place without asking: lefthook keeps what it finds as
/// `.old`, and `pre-commit install -f` writes the former hook anew.
fn take_away_copies(path: &Path) -> Result<(), HookError> {
    let old = beside(path, ".old");
    if read(&old)?.is_some_and(|text| script::is_whole(&text)) {
        fs::remove_file(&old).map_err(io("cannot remove", &old))?;
    }
    let former = former(path);
    let kept = read(&former)?;
    if kept.is_some() && kept == read(path)? {
        fs::remove_file(&former).map_err(io("cannot remove", &former))?;
    }
    Ok(())
}

/// What each hook is like.
pub fn status(places: &Places) -> Result<Vec<Report>, HookError> {
    let place = Place::find(places)?;
    HOOKS.into_iter().map(|hook| report(places, &place, hook)).collect()
}

fn report(places: &Places, place: &Place, hook: &'static str) -> Result<Report, HookError> {
    let path = place.folder().join(hook);
    let text = read(&path)?;
    let (whole, block) =
        (text.as_deref().is_some_and(script::is_whole), text.as_deref().is_some_and(script::has_block));
    let former = read(&former(&path))?;
    let by_lefthook = text.as_deref().is_some_and(is_lefthooks)
        && lefthook::all(&places.root).any(|file| {
            read(&file).is_ok_and(|text| text.is_some_and(|text| lefthook::has_entry(&text, hook)))
        });
    let called = by_lefthook || read(&legacy(&path))?.is_some_and(|text| script::is_whole(&text));
    let behind = match (whole, block) {
        (true, _) => former.as_deref().map(maker),
        (_, true) => text
            .as_deref()
            .map(script::without_block)
            .filter(|rest| !script::is_bare(rest))
            .map(|rest| maker(&rest)),
        _ => text.as_deref().map(maker),
    };
    let program = fs::read_to_string(places.own().join("program")).unwrap_or_default();
    let state = match text {
        None => State::Absent,
        Some(_) if !whole && !block && !called => State::Foreign,
        // husky starts its scripts by `sh`.
        Some(_) if !is_executable(&path) && !path.parent().is_some_and(|dir| dir.ends_with(".husky")) => {
            State::Disabled
        }
        Some(_) if !is_executable(Path::new(program.trim())) => State::Stale,
        Some(_) => State::Installed,
    };
    Ok(Report { hook, path, state, chained: behind.map(str::to_owned) })
}

/// Whose a hook is, by its text.
fn maker(text: &str) -> &'static str {
    let known = [
        ("File generated by prek", "prek"),
        ("File generated by pre-commit", "pre-commit"),
        ("lefthook", "lefthook"),
        ("husky", "husky"),
        ("lint-staged", "lint-staged"),
    ];
    known.iter().find(|(word, _)| text.contains(word)).map_or("a hook of your own", |(_, name)| name)
}

/// Where pre-commit and prek keep the hook that they found, and run it from.
fn legacy(path: &Path) -> PathBuf {
    beside(path, ".legacy")
}

fn former(path: &Path) -> PathBuf {
    beside(path, FORMER)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Programs that are no text are read as text all the same: only marks are looked for.
fn read(path: &Path) -> Result<Option<String>, HookError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(HookError::Io { doing: "cannot read", path: path.to_owned(), source }),
    }
}

fn write(path: &Path, text: &str) -> Result<(), HookError> {
    write_kept(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().map_or(0o644, |data| data.permissions().mode());
        fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o111))
            .map_err(io("cannot make executable", path))?;
    }
    Ok(())
}

/// With the permissions that it has.
fn write_kept(path: &Path, text: &str) -> Result<(), HookError> {
    // A link is followed, so that what it leads to is changed and the link stays.
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    write_atomically(&place, text.as_bytes()).map_err(io("cannot write", path))
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HookError {
    let path = path.to_owned();
    move |source| HookError::Io { doing, path, source }
}

fn is_executable(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    path.is_file()
}
