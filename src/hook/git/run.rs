//! What happens when git runs a hook.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::config::{Before, Config};
use crate::gate::{Memory, trailer};
use crate::git::{Git, Places, Snapshot};

/// Asks this program itself about what is staged, in words for whoever commits; true where it may go on.
pub fn pre_commit(places: &Places) -> Result<bool> {
    let config = Config::read(&places.root)?;
    let words: &[&str] = match config.hook.git.unwrap_or(Before::Check) {
        Before::Nothing => return Ok(true),
        Before::Check => &["check"],
        Before::Quick => &["gate", "--staged", "--quick"],
        Before::Gate => &["gate", "--staged"],
    };
    let own = std::env::current_exe().context("cannot find friction's own program")?;
    let mut command = Command::new(own);
    command.arg("-C").arg(&places.root).args(words).stdin(Stdio::null()).stderr(Stdio::piped());
    let output = command.output_to_terminal().context("cannot start friction's own program")?;
    let told = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => {
            eprint!("{}", crate::report::clean(told.trim_end()).replace("\\n", "\n"));
            Ok(false)
        }
        _ => bail!(
            "{}",
            told.lines()
                .find(|line| !line.is_empty())
                .unwrap_or(if output.status.code() == Some(2) { "see above" } else { "it was ended" })
                .trim_start_matches("friction: ")
        ),
    }
}

trait OutputToTerminal {
    fn output_to_terminal(&mut self) -> io::Result<std::process::Output>;
}

impl OutputToTerminal for Command {
    /// Standard output goes where ours goes.
    fn output_to_terminal(&mut self) -> io::Result<std::process::Output> {
        self.stdout(Stdio::inherit()).spawn()?.wait_with_output()
    }
}

/// Adds the gate's trailer to a message, if what is staged passed the gate.
pub fn commit_message(places: &Places, message: &Path) -> Result<()> {
    let memory = Memory::new(&places.own());
    if memory.is_empty() {
        return Ok(());
    }
    let tree = Snapshot::of_index(places, None)?.tree;
    let Some(gated) = memory.green(&tree) else { return Ok(()) };
    let trailer = trailer(&gated);
    let file = message.to_string_lossy();
    let words =
        ["interpret-trailers", "--in-place", "--if-exists", "replace", "--trailer", &trailer, "--", &file];
    Git::at(&std::env::current_dir()?).output("add the gate's trailer to the message", &words)?;
    Ok(())
}

/// Hands over to the hook that was there before, if there is one; returns only if there is none.
pub fn after(then: &Path, arguments: &[String]) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::process::CommandExt;
        let runs = then.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0);
        if runs {
            return Err(Command::new(then).args(arguments).exec());
        }
    }
    #[cfg(not(unix))]
    if then.is_file() {
        let status = Command::new("sh").arg(then).args(arguments).status()?;
        std::process::exit(status.code().unwrap_or(1));
    }
    Ok(())
}
