//! `friction check`: may this be committed?

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use globset::{Glob, GlobSetBuilder};

use crate::check::{self, BASELINE, Baseline, Options, RuleSet, Setting};
use crate::config::{CheckConfig, Config, OverBudget};
use crate::git::{self, Staging};
use crate::model::{Checked, Severity};
use crate::patterns;
use crate::report::{self, Past, Terminal, counted, to_stdout};
use crate::rules::user::{self, QueryRule};
use crate::rules::{CATALOGUE, Rule, rule};
use crate::when;

use super::{Global, Outcome};

/// Check what is about to be committed for mistakes that the real tools refuse
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction check                        what is staged, against HEAD\n  friction check --all --scope file     every finding in the work tree\n  friction check --diff main...HEAD     what a branch brings\n\nSilence a finding where it stands: friction-ignore[rule-id]: the reason\nWhy a rule is there: friction explain RULE"
)]
pub struct Arguments {
    /// Files or folders of the work tree, instead of what is staged
    paths: Vec<PathBuf>,
    /// What is staged; this is the default
    #[arg(long, conflicts_with_all = ["paths", "all", "diff", "stdin"])]
    staged: bool,
    /// Every file of the work tree
    #[arg(long, conflicts_with_all = ["paths", "diff", "stdin"])]
    all: bool,
    /// What differs between two revisions: A..B, or A...B from where they parted
    #[arg(long, value_name = "REV..REV", conflicts_with_all = ["paths", "stdin"])]
    diff: Option<String>,
    /// One file's text from standard input
    #[arg(long, requires = "stdin_filename", conflicts_with = "paths")]
    stdin: bool,
    /// The path that the text on standard input belongs to
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Which findings of a changed file to tell
    #[arg(long, value_enum, default_value_t = Scope::New)]
    scope: Scope,
    /// How to print the findings [default: agent if an agent asks, full at a terminal, else concise]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the report to FILE
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Exit with 0 though there are findings
    #[arg(long)]
    exit_zero: bool,
    /// Fail on findings of this severity and above
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    fail_on: FailOn,
    /// Stop after this long, e.g. 500ms or 2s, and name the files that are left
    #[arg(long, value_name = "TIME", value_parser = when::span)]
    budget: Option<Duration>,
    /// Mend what can be mended safely, in the work tree
    #[arg(long, conflicts_with_all = ["diff", "stdin"])]
    fix: bool,
    /// Also make mends that may change what the code means
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,
    /// Take every finding of the work tree as known, in .friction/baseline.json
    #[arg(long, requires = "all")]
    update_baseline: bool,
    /// Drop what is gone from the baseline; nothing is added
    #[arg(long, requires = "all", conflicts_with = "update_baseline")]
    prune_baseline: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    /// Those that it did not have before
    New,
    /// Those on changed lines
    Lines,
    /// All
    File,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the code, the reason and the mend
    Full,
    /// A line for each finding
    Concise,
    /// Short, capped lines for an agent's context
    Agent,
    /// One document, `friction.findings/1`
    Json,
    /// A JSON value a line
    Jsonl,
    /// Workflow commands that annotate a pull request
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML
    Junit,
}

/// Columns of a report in a file.
const FILE_WIDTH: usize = 100;

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let staging = staging(global, &arguments)?;
    let config = Config::read(&staging.root)?.check;
    let own = user::load(&staging.root)?;
    known(&config, &own)?;
    let own_rules: Vec<&Rule> = own.iter().map(|own| own.rule).collect();
    let rules = RuleSet::new(own, |id| setting(&config, id));
    let options = options(&config, &staging.root, &arguments)?;
    let check = if global.no_cache { check::check } else { check::cached_check };
    let mut checked = check(&staging, &rules, &options);
    if arguments.update_baseline || arguments.prune_baseline {
        return baseline(global, &staging, &checked, &arguments);
    }
    let mut mended = false;
    if arguments.fix {
        let fixed =
            check::apply_fixes(&checked.findings, &*staging.files, &staging.root, arguments.unsafe_fixes);
        checked.warnings.extend(fixed.left);
        mended = !fixed.files.is_empty();
        if mended {
            let told: Vec<String> =
                fixed.files.iter().map(|(path, count)| format!("{path} ({count})")).collect();
            say(global, &format!("mended {}; stage what you want to commit", told.join(", ")));
            let again = work_tree_of(&staging, fixed.files.keys())?;
            let left = check(&again, &rules, &options);
            checked.findings.retain(|finding| !fixed.files.contains_key(&finding.path));
            checked.findings.extend(left.findings);
            checked.findings.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
            checked.recount();
        }
    }
    print(global, &arguments, &Report { staging: &staging, checked: &checked, own: &own_rules })?;
    let least = match arguments.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
    };
    let over_budget = config.over_budget == OverBudget::Fail && !checked.summary.unchecked.is_empty();
    // What is staged still holds the mistakes that were mended on disk.
    let staged = !arguments.all && arguments.paths.is_empty();
    let fails =
        over_budget || mended && staged || checked.findings.iter().any(|finding| finding.severity >= least);
    Ok(if fails && !arguments.exit_zero { Outcome::Findings } else { Outcome::Fine })
}

/// What is to be checked, as the words on the command line name it.
fn staging(global: &Global, arguments: &Arguments) -> Result<Staging> {
    let dir = &global.dir;
    if let Some(range) = &arguments.diff {
        return Ok(git::range(dir, range)?);
    }
    if let (true, Some(path)) = (arguments.stdin, &arguments.stdin_filename) {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        return Ok(git::unsaved(dir, path, &bytes)?);
    }
    if arguments.all || !arguments.paths.is_empty() {
        return Ok(git::work_tree(dir, &arguments.paths)?);
    }
    Ok(git::staged(dir)?)
}

/// The files that were mended, as they are on disk now, against the same base.
fn work_tree_of<'p>(staging: &Staging, paths: impl Iterator<Item = &'p String>) -> Result<Staging> {
    let paths: Vec<PathBuf> = paths.map(PathBuf::from).collect();
    let mut mended = git::work_tree(&staging.root, &paths)?;
    mended.base = staging.base.clone();
    for change in &mut mended.changes {
        let known = staging.changes.iter().find(|known| known.path == change.path);
        change.base = known.and_then(|known| known.base.clone());
    }
    Ok(mended)
}

fn options(config: &CheckConfig, root: &Path, arguments: &Arguments) -> Result<Options> {
    let whole = arguments.update_baseline || arguments.prune_baseline;
    let scope = match arguments.scope {
        _ if whole => check::Scope::File,
        Scope::New => check::Scope::New,
        Scope::Lines => check::Scope::Lines,
        Scope::File => check::Scope::File,
    };
    let mut exclude = GlobSetBuilder::new();
    for pattern in &config.exclude {
        exclude.add(Glob::new(pattern).context("in friction.toml, [check] exclude")?);
    }
    let exclude = if config.exclude.is_empty() { None } else { Some(exclude.build()?) };
    let baseline = if whole { None } else { Baseline::read(root)? };
    // A baseline of half a project would be none.
    let budget = arguments.budget.or(config.budget).filter(|_| !whole);
    Ok(Options { scope, budget, exclude, baseline })
}

fn setting(config: &CheckConfig, id: &str) -> Option<Setting> {
    if config.disable.iter().any(|off| off == id) {
        return Some(Setting::Off);
    }
    config.severity.get(id).map(|&severity| Setting::Severity(severity))
}

/// A rule that is named in the configuration must be there.
fn known(config: &CheckConfig, own: &[QueryRule]) -> Result<()> {
    for id in config.disable.iter().chain(config.severity.keys()) {
        if rule(id).is_none() && !own.iter().any(|own| own.rule.id == id) {
            bail!(
                "friction.toml: [check] names the rule `{}`, which is not there; `friction rules list` names all",
                report::clean(id)
            );
        }
    }
    if let Some(twin) = own.iter().find(|own| CATALOGUE.iter().any(|rule| rule.id == own.rule.id)) {
        let id = twin.rule.id;
        bail!("{}/{id}.md: a built-in rule has the id `{id}`; give yours another", user::FOLDER);
    }
    Ok(())
}

fn baseline(global: &Global, staging: &Staging, checked: &Checked, arguments: &Arguments) -> Result<Outcome> {
    let path = staging.root.join(BASELINE);
    let told = if arguments.update_baseline {
        let baseline = Baseline::of(&checked.findings);
        write(&path, &baseline)?;
        format!("{BASELINE} knows {} now", counted(baseline.len(), "finding"))
    } else {
        let Some(mut baseline) = Baseline::read(&staging.root)? else {
            bail!("there is no {BASELINE}; write one with friction check --all --update-baseline");
        };
        let gone = baseline.prune(&checked.findings, &|path| staging.files.is_file(path));
        write(&path, &baseline)?;
        format!("dropped {} from {BASELINE}; {} left", counted(gone, "finding"), baseline.len())
    };
    say(global, &told);
    Ok(Outcome::Fine)
}

fn write(path: &Path, baseline: &Baseline) -> Result<()> {
    patterns::write_atomically(path, baseline.render().as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A line beside the report.
fn say(global: &Global, text: &str) {
    if !global.quiet {
        let _ = writeln!(io::stderr(), "friction: {}", report::clean(text));
    }
}

/// What there is to print.
struct Report<'r> {
    staging: &'r Staging,
    checked: &'r Checked,
    /// The project's own rules.
    own: &'r [&'static Rule],
}

fn print(global: &Global, arguments: &Arguments, report: &Report) -> Result<()> {
    let format = arguments.format.unwrap_or_else(|| match arguments.output.is_none() {
        true if super::agent_is_at_work() => Format::Agent,
        true if io::stdout().is_terminal() => Format::Full,
        _ => Format::Concise,
    });
    match &arguments.output {
        Some(path) => {
            let context = || format!("cannot write the report to {}", path.display());
            let mut file = BufWriter::new(File::create(path).with_context(context)?);
            let terminal = Terminal::plain(FILE_WIDTH);
            report.draw(format, &terminal, &mut file).and_then(|()| file.flush()).with_context(context)
        }
        None => to_stdout(|out| report.draw(format, &global.terminal(), out))
            .context("cannot write to standard output"),
    }
}

impl Report<'_> {
    fn draw(&self, format: Format, terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
        let Report { staging, checked, own } = self;
        match format {
            Format::Full => {
                // Findings come by path: a file is read once for all of its.
                let read = RefCell::new((String::new(), Vec::new()));
                let line = |path: &str, number: usize| {
                    let mut read = read.borrow_mut();
                    if read.0 != path {
                        let text = staging.files.text(path)?;
                        *read = (path.to_owned(), text.lines().map(str::to_owned).collect());
                    }
                    read.1.get(number - 1).cloned()
                };
                let past = if checked.findings.is_empty() { HashMap::new() } else { past(&staging.root) };
                report::full(checked, &line, &past, terminal, out)
            }
            Format::Concise => report::concise(checked, out),
            Format::Agent => report::agent(checked, out),
            Format::Json => report::json(checked, out),
            Format::Jsonl => report::findings_jsonl(checked, out),
            Format::Github => report::github(checked, out),
            Format::Gitlab => report::gitlab(checked, out),
            Format::Sarif => report::sarif(checked, own, out),
            Format::Junit => report::junit(checked, out),
        }
    }
}

/// What the project's history says of each rule, where `friction learn` has written it down. It is an
/// ornament: a file that cannot be read gives none.
fn past(root: &Path) -> HashMap<String, Past> {
    let mut past: HashMap<String, Past> = HashMap::new();
    let Ok(file) = patterns::file::read(&root.join("friction_patterns.json")) else { return past };
    for pattern in &file.patterns {
        for rule in &pattern.rules {
            let entry = past.entry(rule.clone()).or_default();
            entry.corrections += pattern.counts.corrections;
            entry.minutes += pattern.cost.minutes;
        }
    }
    past
}
