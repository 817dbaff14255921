//! The facts that a commit message states: what it reverts, fixes up, refers to.

use std::sync::LazyLock;

use regex::Regex;

/// What is kept of a commit message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The first line, cut to a thousand bytes.
    pub subject: String,
    /// The rest, cut to a few kilobytes.
    pub body: String,
    /// The commit said to be taken back, as far as the message names it.
    pub reverts: Option<Reverts>,
    /// The subject that a `fixup!`, `squash!` or `amend!` commit will be folded into.
    pub fixup_of: Option<String>,
    /// The commit that this one was copied from, as `git cherry-pick -x` notes it.
    pub picked_from: Option<String>,
    /// The number of the pull request that this commit merged, as `subject (#7)` tells.
    pub pull: Option<u64>,
    /// Commit names (seven or more hex digits) mentioned elsewhere in the message.
    pub mentions: Vec<String>,
}

/// What a revert takes back, named in one way or both. After a rebase or a squash the sha leads nowhere, and
/// the subject is what is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverts {
    /// `This reverts commit <sha>`.
    pub commit: Option<String>,
    /// `Revert "<subject>"`.
    pub subject: Option<String>,
}

/// Bytes of a subject that are kept: what is longer is a text without line breaks.
const MAX_SUBJECT: usize = 1000;

/// Bytes of a body that are kept: trailers and references stand in the first pages.
const MAX_BODY: usize = 4096;

static REVERTS_SHA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\breverts? (?:commit )?([0-9a-f]{7,40})\b").unwrap());
static REVERTS_SUBJECT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^(?:Revert|revert:?) "(.+?)"?(?: \(#\d+\))?$"#).unwrap());
static PICKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(cherry picked from commit ([0-9a-f]{40})\)").unwrap());
static PULL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\(#(\d+)\)$").unwrap());
static SHA: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[0-9a-f]{7,40}\b").unwrap());

impl Message {
    /// Reads the facts of a decoded message.
    pub fn parse(text: &str) -> Message {
        let (subject, body) = text.trim_start().split_once('\n').unwrap_or((text.trim(), ""));
        let subject = cut(subject.trim_end(), MAX_SUBJECT).to_owned();
        let body = cut(body.trim(), MAX_BODY).to_owned();
        let reverts = reverts(&subject, &body);
        let reverted = reverts.as_ref().and_then(|reverts| reverts.commit.as_deref());
        let picked_from = PICKED.captures_iter(&body).last().map(|found| found[1].to_owned());
        let pull = PULL.captures(&subject).and_then(|found| found[1].parse().ok());
        let mentions = SHA
            .find_iter(&body)
            .chain(SHA.find_iter(&subject))
            .map(|found| found.as_str())
            // A run of digits is a date or an issue far more often than a commit.
            .filter(|word| word.bytes().any(|byte| byte.is_ascii_alphabetic()))
            .filter(|word| reverted != Some(*word) && picked_from.as_deref() != Some(*word))
            .map(str::to_owned)
            .collect();
        Message { fixup_of: fixup_of(&subject), reverts, picked_from, pull, mentions, subject, body }
    }
}

fn reverts(subject: &str, body: &str) -> Option<Reverts> {
    let sha = REVERTS_SHA.captures(body).or_else(|| REVERTS_SHA.captures(subject));
    let reverts = Reverts {
        commit: sha.map(|found| found[1].to_lowercase()),
        subject: REVERTS_SUBJECT.captures(subject).map(|found| found[1].to_owned()),
    };
    (reverts.commit.is_some() || reverts.subject.is_some()).then_some(reverts)
}

/// The beginning of a text, of so many bytes at most.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=text.len().min(most)).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

fn fixup_of(subject: &str) -> Option<String> {
    let mut rest = subject;
    while let Some(inner) = ["fixup! ", "squash! ", "amend! "].iter().find_map(|mark| rest.strip_prefix(mark))
    {
        rest = inner;
    }
    (rest.len() < subject.len()).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revert_names_its_commit_by_sha_or_by_subject() {
        let by_sha = Message::parse(
            "Revert \"feat: x\"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.\n",
        );
        let named = |sha: Option<&str>, subject: Option<&str>| {
            Some(Reverts { commit: sha.map(Into::into), subject: subject.map(Into::into) })
        };
        assert_eq!(by_sha.reverts, named(Some("0123456789abcdef0123456789abcdef01234567"), Some("feat: x")));
        let by_subject = Message::parse("Revert \"feat: x (#1)\" (#2)");
        assert_eq!(by_subject.reverts, named(None, Some("feat: x (#1)")));
        let twice = Message::parse("Revert \"Revert \"feat: x\"\"");
        assert_eq!(twice.reverts, named(None, Some("Revert \"feat: x\"")));
        assert_eq!(Message::parse("revert to the old parser").reverts, None);
    }

    #[test]
    fn a_subject_without_end_is_cut_between_two_characters() {
        let subject = Message::parse(&"é".repeat(700).replacen('é', "e", 1)).subject;
        assert_eq!(subject.len(), MAX_SUBJECT - 1);
    }

    #[test]
    fn stacked_fixups_name_the_innermost_subject() {
        assert_eq!(Message::parse("fixup! squash! add a").fixup_of, Some("add a".into()));
        assert_eq!(Message::parse("fixup without mark").fixup_of, None);
    }

    #[test]
    fn a_copy_names_its_original_and_a_squash_merge_its_pull_request() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        let copy = Message::parse(&format!("fix: x (#7)\n\n(cherry picked from commit {sha})\n"));
        assert_eq!((copy.picked_from.as_deref(), copy.pull), (Some(sha), Some(7)));
        assert!(copy.mentions.is_empty());
        assert_eq!(Message::parse("fix (#7) at last").pull, None);
    }

    #[test]
    fn mentions_are_commit_names_and_never_plain_numbers() {
        let message = Message::parse("fix what deadbeef1 broke\n\nsince 20240102, see (#12)");
        assert_eq!(message.mentions, ["deadbeef1"]);
    }
}
