//! Temporary folders that do not outlive whoever made them for long. Each holds a lock while its maker
//! lives; what one that was killed left behind is removed by the next that sweeps.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What the names of such folders begin with.
const PREFIX: &str = "friction-tmp-";

/// The file in it that is locked.
const LOCK: &str = "maker";

/// Younger folders without a lock may be about to get one.
const YOUNG: Duration = Duration::from_secs(60);

/// A folder of our own below the system's folder for temporary files.
pub struct Scratch {
    folder: PathBuf,
    /// Held as long as the folder is in use; the system frees it when we are killed.
    _lock: File,
}

impl Scratch {
    /// With a name that nobody has.
    pub fn new() -> io::Result<Scratch> {
        // Somebody who sweeps may take the lock of one that is just being made.
        for _ in 0..8 {
            let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(root())?;
            if let Some(lock) = lock(made.path())? {
                return Ok(Scratch { folder: made.keep(), _lock: lock });
            }
        }
        Err(io::Error::other("every new folder was taken away at once"))
    }

    /// With a name that is the same each time, unless it is taken: tools find again what they keep by path.
    pub fn named(name: &str) -> io::Result<Scratch> {
        let folder = root().join(format!("{PREFIX}{name}"));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        if builder.create(&folder).is_ok()
            && let Some(lock) = lock(&folder)?
        {
            return Ok(Scratch { folder, _lock: lock });
        }
        Scratch::new()
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Gives the folder up at once; a process of its own removes it, since that may take longer than
    /// anybody wants to wait.
    pub fn give_up(self) {
        // The name is free for the next one.
        let gone = root().join(format!("{PREFIX}gone-{:x}-{}", now(), std::process::id()));
        match fs::rename(&self.folder, &gone) {
            Ok(()) => discard(&[gone]),
            Err(_) => drop(self),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is swept later.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Removes, in the background, the folders whose makers are gone.
pub fn sweep() {
    let entries = fs::read_dir(root()).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    let left: Vec<PathBuf> = ours.map(|entry| entry.path()).filter(|path| is_left(path)).collect();
    discard(&left);
}

fn is_left(folder: &Path) -> bool {
    let Ok(data) = folder.symlink_metadata() else { return false };
    if !data.is_dir() || !is_own(&data) {
        return false;
    }
    match File::options().read(true).write(true).open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => data.modified().is_ok_and(|made| made.elapsed().is_ok_and(|age| age > YOUNG)),
    }
}

#[cfg(unix)]
fn is_own(data: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(data) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> bool {
    true
}

fn root() -> PathBuf {
    let temp = std::env::temp_dir();
    temp.canonicalize().unwrap_or(temp)
}

fn now() -> u128 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos())
}

/// The lock of a new folder; none where somebody else has it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = match File::create_new(folder.join(LOCK)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // A file system without locks: nothing there is ever swept, which costs room only.
        Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// Hands folders over to a process that removes them; does it here where none can be started.
fn discard(folders: &[PathBuf]) {
    if folders.is_empty() {
        return;
    }
    let mut command = Command::new("rm");
    command.args(["-rf", "--"]).args(folders);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    if command.spawn().is_err() {
        for folder in folders {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_left_only_once_its_maker_is_gone() {
        let scratch = Scratch::new().unwrap();
        fs::write(scratch.path().join("x"), "").unwrap();
        assert!(!is_left(scratch.path()));
        let Scratch { folder, _lock } = &scratch;
        _lock.unlock().unwrap();
        assert!(is_left(folder));
    }

    #[test]
    fn a_name_that_is_taken_is_not_shared() {
        let name = format!("test-{}", std::process::id());
        let (one, other) = (Scratch::named(&name).unwrap(), Scratch::named(&name).unwrap());
        assert!(one.path().ends_with(format!("{PREFIX}{name}")) && one.path() != other.path());
        let folder = one.path().to_owned();
        drop(one);
        assert!(!folder.exists());
        let again = Scratch::named(&name).unwrap();
        again.give_up();
        assert!(!folder.exists(), "the name is free at once");
    }

    #[test]
    fn a_link_and_a_young_folder_without_a_lock_are_left_alone() {
        let made = tempfile::tempdir().unwrap();
        assert!(!is_left(made.path()));
        #[cfg(unix)]
        {
            let link = made.path().join("link");
            std::os::unix::fs::symlink("/", &link).unwrap();
            assert!(!is_left(&link));
        }
    }
}
