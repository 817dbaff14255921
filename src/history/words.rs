//! What a subject line calls its commit. Evidence, never proof: only two in five quick corrections have a
//! subject that says so, and many a "fix" repairs an old bug.

use std::sync::LazyLock;

use regex::Regex;

use crate::git::Message;

/// What the subject line calls the commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// fix, correct, repair, broken, wrong, typo, failing, …
    pub fix: bool,
    /// feat, add, implement, support, introduce, enable, …
    pub feature: bool,
    /// refactor, rename, move, clean up, simplify, docs, …
    pub upkeep: bool,
    /// lint, format, style, pin, prettier, black, …
    pub format: bool,
    /// release, bump, version, changelog, …
    pub release: bool,
    /// CI, build, type check, lint: what a machine complained of.
    pub machine: bool,
}

static FIX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ix) \b( (hot|bug)?fix(e[sd]|ing|up)? | bugs? | correct(s|ed|ion|ly)? | repair(s|ed)? | broken? | wrong
        | typos? | fail(s|ing|ed|ure)? | mistake | oops | regression | crash(es|ed)? | prevent(s|ed)? | resolve[sd]?
        | restore[sd]? | missing | flaky | revert(s|ed)? | undo | requested\ changes | address(es|ed)?\ (review|comments|feedback) )\b").unwrap()
});
static FEATURE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ix) ^( feat(ure)?\b | (\w+(\([^)]*\))?:\s*)? ( add(s|ed)? | implement(s|ed)? | introduce[sd]? | support(s|ed)?
        | initial | create[sd]? | allow(s|ed)? | enable[sd]? | new )\b )").unwrap()
});
static UPKEEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ix) \b( refactor(s|ed|ing)? | renam(e|es|ed|ing) | mov(e|es|ed|ing) | clean(s|ed|ing)?[-\ ]?up | cleanups? | simplif(y|ies|ied)
        | extract(s|ed)? | docs? | comments? | chore | perf | improve[sd]? | update[sd]? | upgrade[sd]? | merge[sd]? | downgrade[sd]? )\b").unwrap()
});
static FORMAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ix) ^style\b | \b( lint(er|ing)? | format(ting|ter)? | prettier | black | isort | ruff | eslint | whitespace | pep8 )\b")
        .unwrap()
});
static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ix) ^(chore\(release\)|release\b|v?\d+\.\d+) | \b( bump(s|ed)? | pump | set\ version | update\ version | version\ bump | changelog )\b")
        .unwrap()
});
static MACHINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ix) \b( ci | builds? | compil(e|es|ation|er) | type[-\ ]?(check|error)s?(ing)? | tsc | mypy | lint(er|ing)? | pipeline )\b")
        .unwrap()
});

impl Words {
    pub fn of(message: &Message) -> Words {
        let subject = message.subject.as_str();
        Words {
            fix: FIX.is_match(subject),
            feature: FEATURE.is_match(subject),
            upkeep: UPKEEP.is_match(subject),
            format: FORMAT.is_match(subject),
            release: RELEASE.is_match(subject),
            machine: MACHINE.is_match(subject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(subject: &str) -> Words {
        Words::of(&Message::parse(subject))
    }

    #[test]
    fn a_subject_may_say_several_things() {
        assert!(words("fix(core): add missing import").fix);
        assert!(words("feat: support prefixes").feature);
        assert!(!words("feat: support prefixes").fix);
        assert!(words("chore: fix CI").machine);
        assert!(words("Bump version to 2").release);
        assert!(words("style: run linter").format);
        assert_eq!(words("noop"), Words::default());
    }
}
