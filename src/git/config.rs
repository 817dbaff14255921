//! What a repository's own configuration says of its format: whether it can be read by hand.

use std::fs;
use std::path::Path;

/// What the configuration says that matters to a reader.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) is_bare: bool,
    pub(super) names_work_tree: bool,
}

impl Format {
    /// None for a format that is not known here. As in git, a linked worktree takes no notice of the main
    /// one's `core.bare` and `core.worktree`, unless worktrees have a configuration of their own.
    pub(super) fn read(git_dir: &Path, common_dir: &Path) -> Option<Format> {
        let mut format = Format::default();
        let own = format.take(&fs::read_to_string(common_dir.join("config")).ok()?)?;
        if own {
            match fs::read_to_string(git_dir.join("config.worktree")) {
                Ok(text) => drop(format.take(&text)?),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => return None,
            }
        } else if git_dir != common_dir {
            format = Format::default();
        }
        Some(format)
    }

    /// Takes in one file; true if worktrees have configurations of their own.
    fn take(&mut self, text: &str) -> Option<bool> {
        let mut own = false;
        for (key, value) in settings(text)? {
            match key.as_str() {
                "core.repositoryformatversion" if !matches!(value, "0" | "1") => return None,
                "core.bare" => self.is_bare = truth(value)?,
                "core.worktree" => self.names_work_tree = true,
                "extensions.worktreeconfig" => own = truth(value)?,
                "extensions.objectformat" if value == "sha1" => {}
                "extensions.refstorage" if value == "files" => {}
                "extensions.partialclone" | "extensions.preciousobjects" => {}
                "extensions.relativeworktrees" | "extensions.noop" => {}
                _ if key.starts_with("extensions.") => return None,
                _ => {}
            }
        }
        Some(own)
    }
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "" | "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Settings of the sections without a name of their own, `section.key` in small letters. A value is what
/// stands in its line, comments and quotes included: those that matter have neither, and what is not known
/// is not believed. None where it is no configuration.
fn settings(text: &str) -> Option<Vec<(String, &str)>> {
    let mut settings = Vec::new();
    let mut section = String::new();
    let mut continued = false;
    for line in text.lines() {
        let is_rest = std::mem::replace(&mut continued, line.ends_with('\\'));
        let mut line = line.trim();
        if is_rest {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let (name, rest) = header.split_at(header.rfind(']')?);
            section = name.to_ascii_lowercase();
            line = rest[1..].trim();
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        settings.push((format!("{section}.{}", key.trim().to_ascii_lowercase()), value.trim()));
    }
    Some(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(text: &str) -> Option<(Format, bool)> {
        let mut format = Format::default();
        let own = format.take(text)?;
        Some((format, own))
    }

    #[test]
    fn a_plain_configuration_is_believed_and_what_is_not_known_is_not() {
        let plain = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"x\"]\n\turl = y\\\nz\n";
        assert_eq!(format(plain), Some((Format::default(), false)));
        for unknown in [
            "[extensions]\nobjectFormat = sha256",
            "[EXTENSIONS] refstorage = reftable",
            "[extensions]\n\tsomething = new",
            "[core]\nrepositoryformatversion = 2",
            "[core]\nbare = maybe",
            "[core",
        ] {
            assert_eq!(format(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_bare_repository_a_named_work_tree_and_worktree_configurations_are_seen() {
        let format = format("[core]\nBare\nworktree = ../x\n[extensions]\nworktreeConfig = true\n").unwrap();
        assert_eq!(format, (Format { is_bare: true, names_work_tree: true }, true));
    }
}
