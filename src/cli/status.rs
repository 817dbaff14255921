//! `friction status`: how the queue is, from any terminal.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::dispatch::{self, Options};
use crate::report::{self, to_stdout};

use super::{Global, Outcome};

/// Show how the queue of `friction dispatch` is
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction status             once\n  friction status --watch     again and again\n  friction status --json      friction.dispatch/1, for programs"
)]
pub struct Arguments {
    /// One document, `friction.dispatch/1`
    #[arg(long)]
    json: bool,
    /// Draw it again every second; with --json, a document a line
    #[arg(long)]
    watch: bool,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<Outcome> {
    let repo = global.repo()?;
    let options = Options {
        config: global.config(&repo)?.dispatch,
        program: std::env::current_exe()?,
        no_wait: false,
        allow_dirty: false,
    };
    let terminal = global.terminal();
    loop {
        let status = dispatch::status(repo.common_dir(), &options)?;
        let page = match (arguments.json, arguments.watch) {
            (true, false) => serde_json::to_string_pretty(&status)? + "\n",
            (true, true) => serde_json::to_string(&status)? + "\n",
            (false, _) => {
                let live = match status.dispatcher {
                    Some(_) => report::dispatch_live(&status, &terminal).join("\n") + "\n",
                    None => "no dispatcher is running\n".to_owned(),
                };
                format!("{}\n{live}", report::dispatch_report(&status, &terminal))
            }
        };
        let clear = arguments.watch && !arguments.json && std::io::stdout().is_terminal();
        to_stdout(|out| {
            if clear {
                out.write_all(b"\x1b[H\x1b[J")?;
            }
            out.write_all(page.as_bytes())
        })?;
        if !arguments.watch {
            return Ok(Outcome::Fine);
        }
        std::io::stdout().flush()?;
        std::thread::sleep(Duration::from_secs(1));
    }
}
