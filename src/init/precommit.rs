//! An entry in `.pre-commit-config.yaml`, where a project has that file: added behind the last one, in the
//! indentation that is used there.

use std::path::Path;

use anyhow::Result;

use super::Wiring;

const FILE: &str = ".pre-commit-config.yaml";

/// `by_name` where the shell finds friction by its name, as the entry calls it: any other would stop every
/// commit.
pub(super) fn entry(root: &Path, by_name: bool, wiring: &mut Wiring) -> Result<()> {
    if !root.join(FILE).exists() {
        return Ok(());
    }
    if !by_name {
        let note = "is left as it is: its hooks would call friction by its name, which is not on PATH";
        wiring.notes.push(format!("{FILE} {note}"));
        return Ok(());
    }
    wiring.file(root, FILE, "friction among the project's pre-commit hooks", |before| {
        added(before.unwrap_or(""))
    })
}

fn added(text: &str) -> Result<String, String> {
    if text.lines().any(|line| line.trim_start().starts_with("entry: friction ")) {
        return Ok(text.to_owned());
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let start = lines.iter().position(|line| line.trim_end() == "repos:");
    let start = start.ok_or("it has no line `repos:`; add the hook from .pre-commit-hooks.yaml by hand")?;
    let item = |line: &&&str| line.trim_start().starts_with("- repo:");
    let indent =
        lines[start..].iter().find(item).map_or("  ", |line| &line[..line.len() - line.trim_start().len()]);
    // The list ends at the next key of the top.
    let ends = |line: &&str| !line.trim().is_empty() && !line.starts_with([' ', '#', '-', '\t', '\r']);
    let mut end = lines[start + 1..].iter().position(ends).map_or(lines.len(), |at| start + 1 + at);
    while end > start + 1 && (lines[end - 1].trim().is_empty() || lines[end - 1].starts_with('#')) {
        end -= 1;
    }
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let entry = [
        "- repo: local",
        "  hooks:",
        "    - id: friction",
        "      name: friction",
        "      entry: friction check",
        "      language: system",
        "      pass_filenames: false",
        "      require_serial: true",
        "      types_or: [ts, tsx, javascript, jsx, python]",
    ];
    let entry: String = entry.iter().map(|line| format!("{indent}{line}{line_end}")).collect();
    let above: String = lines[..end].concat();
    let gap = if above.ends_with('\n') { "" } else { line_end };
    Ok(format!("{above}{gap}{entry}{}", lines[end..].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_stands_behind_the_last_one_in_its_indentation() {
        let text = "# ours\nrepos:\n- repo: https://x\n  rev: v1\n  hooks:\n  - id: a\n\n# at the end\nci:\n  skip: [a]\n";
        let with = added(text).unwrap();
        assert!(with.contains("  - id: a\n- repo: local\n  hooks:\n    - id: friction\n"), "{with}");
        assert!(
            with.ends_with("[ts, tsx, javascript, jsx, python]\n\n# at the end\nci:\n  skip: [a]\n"),
            "{with}"
        );
        assert_eq!(added(&with).unwrap(), with);
        assert!(added("repos: []\n").is_err());
        assert!(
            added("repos:\n  - repo: x")
                .unwrap()
                .starts_with("repos:\n  - repo: x\n  - repo: local\n    hooks:\n")
        );
    }
}
