//! friction among the commands of a project that uses lefthook: `lefthook install` writes every hook anew, so
//! only what its configuration names stays.
//!
//! The entry stands between two comments, at the place that the configuration's own layout asks for, and
//! goes without a trace.

use std::path::{Path, PathBuf};

use super::script::{BEGIN, END, FIND};

/// Configurations that lefthook reads, the one of this clone alone first.
const FILES: [&str; 8] = [
    "lefthook-local.yml",
    "lefthook-local.yaml",
    ".lefthook-local.yml",
    ".lefthook-local.yaml",
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
];

/// Where the line in front of the entry had no end.
const BEGIN_JOINED: &str = "# friction:begin, joined (`friction hook uninstall` takes this away)";

/// The configuration that an entry goes into, if the project uses lefthook and writes YAML.
pub(super) fn file(root: &Path) -> Option<PathBuf> {
    all(root).next()
}

/// Every configuration there is.
pub(super) fn all(root: &Path) -> impl Iterator<Item = PathBuf> {
    FILES.iter().map(|name| root.join(name)).filter(|path| path.is_file())
}

pub(super) fn has_entry(text: &str, hook: &str) -> bool {
    text.contains(END) && text.contains(&format!("hook run {hook}"))
}

/// The configuration with an entry for a hook; none where its layout is too odd to write into.
pub(super) fn with_entry(text: &str, hook: &str) -> Option<String> {
    if has_entry(text, hook) {
        return Some(text.to_owned());
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let key = format!("{hook}:");
    let Some(top) = lines.iter().position(|line| line.starts_with(&key)) else {
        let entry = format!("{key}\n  commands:\n{}", command(hook, "    "));
        return Some(insert(&lines, lines.len(), &entry, ""));
    };
    // `pre-commit: {}` and anchors are for people.
    if !is_bare(lines[top], &key) {
        return None;
    }
    let inside = children(&lines, top);
    let first = inside.first().copied()?;
    let indent = indent(lines[first]);
    for (name, list) in [("commands:", false), ("jobs:", true)] {
        let Some(&at) = inside.iter().find(|&&at| lines[at].trim_start().starts_with(name)) else { continue };
        if !is_bare(lines[at].trim_start(), name) {
            return None;
        }
        let inner = children(&lines, at).first().map(|&line| self::indent(lines[line]).to_owned());
        let inner = inner.or_else(|| list.then(|| items(&lines, at)).flatten());
        let inner = inner.unwrap_or_else(|| format!("{indent}  "));
        let entry = if list { job(hook, &inner) } else { command(hook, &inner) };
        return Some(insert(&lines, at + 1, &entry, &inner));
    }
    let entry = format!("{indent}commands:\n{}", command(hook, &format!("{indent}  ")));
    Some(insert(&lines, top + 1, &entry, indent))
}

/// The configuration as it was.
pub(super) fn without_entries(text: &str) -> String {
    let mut text = text.to_owned();
    for (begin, joined) in [(BEGIN, false), (BEGIN_JOINED, true)] {
        while let Some(mark) = text.find(begin) {
            let start = text[..mark].rfind('\n').map_or(0, |at| at + 1);
            let Some(end) = text[mark..].find(END).map(|at| mark + at + END.len()) else { break };
            let end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
            let start = if joined { start.saturating_sub(1) } else { start };
            text.replace_range(start..end, "");
        }
    }
    text
}

/// Lines put in front of the line `at`, between the marks.
fn insert(lines: &[&str], at: usize, entry: &str, indent: &str) -> String {
    let (above, below) = (lines[..at].concat(), lines[at..].concat());
    let joined = !above.is_empty() && !above.ends_with('\n');
    let (gap, begin) = if joined { ("\n", BEGIN_JOINED) } else { ("", BEGIN) };
    format!("{above}{gap}{indent}{begin}\n{entry}{indent}{END}\n{below}")
}

/// True for a key that has its value on the lines below it.
fn is_bare(line: &str, key: &str) -> bool {
    let rest = line.strip_prefix(key).unwrap_or("x").trim();
    rest.is_empty() || rest.starts_with('#')
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The lines of the nearest level below a key: those that are indented as the first one is.
fn children(lines: &[&str], key: usize) -> Vec<usize> {
    let own = indent(lines[key]).len();
    let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let inside: Vec<usize> = (key + 1..lines.len())
        .filter(|&at| says(lines[at]))
        .take_while(|&at| indent(lines[at]).len() > own)
        .collect();
    let level = inside.first().map_or(0, |&at| indent(lines[at]).len());
    inside.into_iter().filter(|&at| indent(lines[at]).len() == level).collect()
}

/// The indentation of a list that is not indented below its key.
fn items(lines: &[&str], key: usize) -> Option<String> {
    let own = indent(lines[key]);
    let next = lines.get(key + 1..)?.iter().find(|line| !line.trim().is_empty())?;
    (indent(next) == own && next.trim_start().starts_with('-')).then(|| own.to_owned())
}

fn command(hook: &str, indent: &str) -> String {
    format!("{indent}friction:\n{}", run(hook, &format!("{indent}  ")))
}

fn job(hook: &str, indent: &str) -> String {
    format!("{indent}- name: friction\n{}", run(hook, &format!("{indent}  ")))
}

/// As in a script of the project's: no path of this machine, and no error where friction is not installed.
fn run(hook: &str, indent: &str) -> String {
    // lefthook puts the hook's arguments in the places of `{1}`.
    let arguments = if hook == "commit-msg" { " -- {1}" } else { "" };
    let call = format!("[ -z \"$friction\" ] || \"$friction\" hook run {hook}{arguments}");
    let lines: String =
        FIND.into_iter().chain([call.as_str()]).map(|line| format!("{indent}  {line}\n")).collect();
    format!("{indent}run: |\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_goes_in_where_the_layout_asks_for_it_and_out_without_a_trace() {
        for (text, wanted) in [
            ("", "pre-commit:\n  commands:\n    friction:\n      run: |\n"),
            ("# ours\nskip_output: []", "\npre-commit:\n  commands:\n    friction:\n"),
            (
                "pre-commit:\n    parallel: true\n    commands:\n        lint:\n            run: a\n",
                "commands:\n        # friction:begin (`friction hook uninstall` takes this away)\n        friction:\n            ",
            ),
            (
                "pre-commit:\n  jobs:\n    - run: a\ncommit-msg:\n  parallel: true\n",
                "jobs:\n    # friction:begin (`friction hook uninstall` takes this away)\n    - name: friction\n      run: |\n",
            ),
            ("pre-commit:\n  jobs:\n  - run: a\n", "  - name: friction\n    run: |\n"),
            ("pre-commit: # x\n  parallel: true\n", "pre-commit: # x\n  # friction:begin"),
        ] {
            let with = with_entry(text, "pre-commit").unwrap();
            assert!(
                with.contains(wanted) || with.contains(&wanted.replace("\n            ", "\n          ")),
                "{with}"
            );
            assert_eq!(with_entry(&with, "pre-commit").unwrap(), with, "twice is once");
            let both = with_entry(&with, "commit-msg").unwrap();
            assert!(both.contains("hook run commit-msg -- {1}"), "{both}");
            assert_eq!(without_entries(&both), text);
            serde_saphyr::from_str::<serde_json::Value>(&both).unwrap();
        }
    }

    #[test]
    fn a_layout_that_is_not_understood_is_left_alone() {
        for text in
            ["pre-commit: {}\n", "pre-commit: *base\n", "pre-commit:\n  commands: { a: { run: b } }\n"]
        {
            assert_eq!(with_entry(text, "pre-commit"), None, "{text}");
        }
    }
}
