//! What a whole commit says about each of its hunks: its words, its size, what it touches.

use std::sync::LazyLock;

use regex::Regex;

use super::Change;
use crate::syntax::is_test;

/// Facts of a commit that decide how far a hunk's pattern may be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The subject names a repair: fix, correct, repair, broken, failing, typo, …
    pub says_fix: bool,
    /// The subject announces something new: feat, add, implement, introduce, release.
    pub says_feature: bool,
    /// The subject speaks of rearranging what works: refactor, rename, move, migrate, clean up, …
    pub says_refactor: bool,
    /// The subject speaks of mocks, stubs, spies, patches of a test.
    pub says_mock: bool,
    /// The subject speaks of imports, exports, module paths or undefined names.
    pub says_import: bool,
    /// The subject speaks of types or the type checker.
    pub says_type: bool,
    /// The subject speaks of tests.
    pub says_test: bool,
    /// The subject speaks of formatting or a linter.
    pub says_format: bool,
    /// The subject speaks of documentation or comments.
    pub says_docs: bool,
    /// The subject speaks of environment variables, platforms, CI or configuration.
    pub says_env: bool,
    /// The subject speaks of waiting: races, timeouts, flaky tests, delays.
    pub says_timing: bool,
    /// The subject takes back an earlier commit.
    pub says_revert: bool,
    /// Every changed code file is a test or a test helper.
    pub tests_only: bool,
    /// Some changed code file was added.
    pub adds_files: bool,
    /// Code lines removed and added.
    pub lines: usize,
    /// Code lines removed.
    pub removed: usize,
    /// Code lines added in files that are not tests.
    pub product_added: usize,
    /// Code files changed.
    pub files: usize,
}

impl Context {
    pub fn of(change: &Change) -> Context {
        let subject = change.subject;
        let says = |words: &Regex| words.is_match(subject);
        let mut context = Context {
            says_fix: says(&FIX),
            says_feature: says(&FEATURE),
            says_refactor: says(&REFACTOR),
            says_mock: says(&MOCK),
            says_import: says(&IMPORT),
            says_type: says(&TYPE),
            says_test: says(&TEST),
            says_format: says(&FORMAT),
            says_docs: says(&DOCS),
            says_env: says(&ENV),
            says_timing: says(&TIMING),
            says_revert: says(&REVERT),
            tests_only: !change.files.is_empty(),
            files: change.files.len(),
            ..Context::default()
        };
        for file in change.files {
            let test = is_test(file.path);
            context.tests_only &= test;
            context.adds_files |= file.before.is_empty() && !file.after.is_empty();
            for hunk in file.hunks {
                context.lines += (hunk.old_lines + hunk.new_lines) as usize;
                context.removed += hunk.old_lines as usize;
                if !test {
                    context.product_added += hunk.new_lines as usize;
                }
            }
        }
        context
    }
}

fn words(pattern: &str) -> Regex {
    Regex::new(&format!("(?i){pattern}")).expect("a constant pattern")
}

static FIX: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"\b(hot|bug)?-?fix(e[sd]|ing|up)?\b|\bcorrect(s|ed|ing|ly)?\b|\brepair|\bbroken?\b|\bfail(s|ed|ing|ures?)?\b|\btypos?\b|\bmiss(ing|ed)\b|\bwrong|\bmisspel|\bresolv(e|es|ed|ing)\b|\berrors?\b|\bbugs?\b|\bcrash|\bregress|\bundefined\b|\boops\b|\bforg[oe]t|\bpass(es|ing)?\b.*\btest|\bmake\b.*\b(work|pass)",
    )
});
static FEATURE: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"^\W*(feat(ure)?s?\b|add(s|ed|ing)?\b|implement|introduc|support\b|release\b|bump\b|enable\b|create\b|allow\b|new\b|initial\b|first\b|wip\b.*\badd)|^\w+(\([^)]*\))?!?:\s+(add|implement|introduce|support|enable|release)\b|\bv?\d+\.\d+\.\d+\b",
    )
});
static REFACTOR: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"\brefactor|\brenam(e|es|ed|ing)\b|\bmov(e|es|ed|ing)\b|\bmigrat|\bclean(s|ed|ing)?[ -]?up|\bsimplif|\bextract|\brestructur|\breorgani[sz]|\bconsolidat|\bupgrad|\bremov(e|es|ed|ing)\b|\bdelet|\bdrop\b|\breplac|\bsplit",
    )
});
static MOCK: LazyLock<Regex> = LazyLock::new(|| {
    words(r"\bmock|\bstub(s|bed|bing)?\b|\bsp(y|ies)\b|\bvi\.|\bjest\b|\bpatch(es|ed|ing)?\b|\bmonkeypatch")
});
static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"\b(re-?)?(im|ex)port|\bmodules?\b|\bcircular|\bcyclic?\b|\bnot defined\b|\bundefined (name|var)|\bpaths?\b|\bReferenceError|\bNameError|\bModuleNotFound|\bImportError",
    )
});
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"\btyp(e|es|ed|ing|ings|escript)\b|\btype-?check|\btypeclean\b|\btsc\b|\bmypy\b|\bpyright\b|\bts\b|\bcompil(e|er|es|ation)\b|\bbuild (error|fail|issue|break)|\bfix(es|ed|ing)?( the)? build\b|\bnull(ish|able)?\b|\bundefined\b|\bno-explicit-any\b|(?-i:\bNone\b|\bOptional\b)|\bnarrow|\btype assertion|\bcasts?\b",
    )
});
static TEST: LazyLock<Regex> =
    LazyLock::new(|| words(r"\b(unit)?tests?\b|\btesting\b|\bspecs?\b|\be2e\b|\bci\b|\bsnapshots?\b"));
static FORMAT: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"\blint|\bformat(s|ted|ting)?\b|\bprettier\b|\beslint\b|\bruff\b|\bblack\b|\bisort\b|\bflake8\b|\bpylint\b|\bbiome\b|\bstyle\b|\bwhitespace|\bunused\b",
    )
});
static DOCS: LazyLock<Regex> = LazyLock::new(|| {
    words(r"\bdocs?\b|\bdocumentation\b|\bdocstrings?\b|\bcomments?\b|\bjsdoc\b|\breadme\b|\bchangelog\b")
});
static ENV: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"\benv(ironment)?s?\b|\bdotenv\b|\bwindows\b|\bmac(os)?\b|\blinux\b|\bplatforms?\b|\bci\b|\bworkflows?\b|\bconfig(uration)?s?\b|\bdocker|\bsettings\b|\bdependenc",
    )
});
static TIMING: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"\bflak[ey]|\brac(e|es|y)\b|\btime-?outs?\b|\btim(ing|ed out)\b|\ba?wait|\basync|\bsynchron|\bslow|\bhang|\bdelay|\bsleep",
    )
});
static REVERT: LazyLock<Regex> = LazyLock::new(|| words(r"^\W*revert"));

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subject: &str) -> Context {
        Context::of(&Change { subject, message: subject, files: &[], other_paths: &[], read: &|_, _| None })
    }

    #[test]
    fn words_count_only_as_whole_words() {
        assert!(of("fix: the gate").says_fix);
        assert!(of("hotfix for login").says_fix);
        assert!(!of("add a prefix to the name").says_fix);
        assert!(!of("style the address bar").says_feature);
        assert!(!of("unmocked world").says_mock);
        assert!(of("revert \"feat: colours\"").says_revert);
    }

    #[test]
    fn a_feature_says_so_at_its_beginning() {
        assert!(of("feat(cli): colours").says_feature);
        assert!(of("Add colours").says_feature);
        assert!(of("chore: release v1.2.3").says_feature);
        assert!(!of("fix: lost address of the new server").says_feature);
    }
}
