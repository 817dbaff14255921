//! `friction scan`: what keeps going wrong here?

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::config::ScanConfig;
use crate::git::RefFilter;
use crate::report::{self, to_stdout};
use crate::scan::{ScanOptions, cached_scan, scan};
use crate::when;

use super::{Global, Outcome};

/// Find the commits that corrected earlier ones, and what they corrected
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction scan                                 every branch, worktree and reflog\n  friction scan --head-only --since '90 days'   the last quarter of this branch\n  friction scan main..HEAD --format markdown    a comment for a pull request"
)]
pub struct Arguments {
    #[command(flatten)]
    select: Select,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Screen)]
    format: Format,
}

/// Which commits to judge; `learn` takes the same.
#[derive(Args, Default)]
pub struct Select {
    /// A..B, or one revision: judge what it reaches
    range: Option<String>,
    /// Only what HEAD reaches: no other branches, pull requests, worktrees or reflogs
    #[arg(long, conflicts_with_all = ["refs", "range"])]
    head_only: bool,
    /// Only refs that fit GLOB, e.g. 'refs/heads/agent/*'
    #[arg(long, value_name = "GLOB", conflicts_with = "range")]
    refs: Option<String>,
    /// Only commits since WHEN: a date, or a time such as '2 weeks'
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only commits until WHEN
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only the newest N commits
    #[arg(long, value_name = "N")]
    max_commits: Option<usize>,
    /// Only commits whose author's name or address contains TEXT
    #[arg(long, value_name = "TEXT")]
    author: Option<String>,
    /// Judge exactly the commits listed in FILE, one a line (`-` for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["range", "head_only", "refs"])]
    commits_from: Option<PathBuf>,
    /// Leave out corrections that are less likely than P (0 to 1) [default: 0.5]
    #[arg(long, value_name = "P")]
    min_confidence: Option<f64>,
    /// Only commits that touch these files or folders
    #[arg(last = true, value_name = "PATHS")]
    paths: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A page for people
    Screen,
    /// One document, `friction.scan/1`
    Json,
    /// A record a line
    Jsonl,
    /// A comment for a pull request
    Markdown,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let repo = global.repo()?;
    let options = arguments.select.options(&global.config(&repo)?.scan)?;
    let terminal = global.terminal();
    let bar = global.progress(&terminal);
    let found =
        if global.no_cache { scan(&repo, &options, &bar)? } else { cached_scan(&repo, &options, &bar)? };
    drop(bar);
    to_stdout(|out| match arguments.format {
        Format::Screen => out.write_all(report::screen(&found, &terminal).as_bytes()),
        Format::Json => report::json(&found, out),
        Format::Jsonl => report::jsonl(&found, out),
        Format::Markdown => out.write_all(report::markdown(&found).as_bytes()),
    })
    .context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}

impl Select {
    /// The options typed, over those of the configuration.
    pub fn options(self, config: &ScanConfig) -> Result<ScanOptions> {
        let typed_refs = self.head_only || self.refs.is_some() || self.range.is_some();
        let refs = match (self.head_only, self.refs) {
            (true, _) => RefFilter::HeadOnly,
            (false, Some(glob)) => RefFilter::Glob(glob),
            (false, None) if typed_refs => RefFilter::Everything,
            (false, None) => match (&config.head_only, &config.refs) {
                (Some(true), _) => RefFilter::HeadOnly,
                (_, Some(glob)) => RefFilter::Glob(glob.clone()),
                _ => RefFilter::Everything,
            },
        };
        let min_confidence = self.min_confidence.or(config.min_confidence).unwrap_or(0.5);
        if !(0.0..=1.0).contains(&min_confidence) {
            bail!("--min-confidence {min_confidence} is not a probability; give a number from 0 to 1");
        }
        let moment = |text: Option<String>| text.map(|text| when::parse(&text)).transpose();
        Ok(ScanOptions {
            refs,
            since: moment(self.since)?.or(config.since),
            until: moment(self.until)?,
            max_commits: self.max_commits.or(config.max_commits),
            range: self.range,
            author: self.author,
            paths: self.paths,
            commits_from: self.commits_from.map(|file| read_names(&file)).transpose()?,
            min_confidence,
            follow_mentions: true,
        })
    }
}

/// One name a line; blank lines and what follows a name are passed over.
fn read_names(file: &std::path::Path) -> Result<Vec<String>> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("cannot read commit names from standard input")?
    } else {
        std::fs::read_to_string(file)
            .with_context(|| format!("cannot read commit names from {}", file.display()))?
    };
    Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}
