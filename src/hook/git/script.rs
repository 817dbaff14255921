//! The text that git runs: one test and one `exec`.

use std::path::Path;

/// The second line of a script that is friction's own.
const MARK: &str = "# friction: `friction hook uninstall` takes this away and puts back what was here";

pub(super) const BEGIN: &str = "# friction:begin (`friction hook uninstall` takes this away)";
pub(super) const END: &str = "# friction:end";

/// Lines that find the program without a path of this machine: a file in the git directory says where it is.
pub(super) const FIND: [&str; 2] = [
    "friction=\"$(cat \"$(git rev-parse --git-common-dir)/friction/program\" 2>/dev/null || true)\"",
    "[ -x \"$friction\" ] || friction=\"$(command -v friction || true)\"",
];

/// Behind which the former hook is kept.
pub(super) const FORMER: &str = ".before-friction";

/// A script in a hook's place. Without any friction the former hook still runs, and the commit goes on.
pub(super) fn whole(hook: &str, program: &Path) -> String {
    let program = quoted(&program.to_string_lossy());
    let run = format!("hook run {hook} --then \"$0{FORMER}\" -- \"$@\"");
    format!(
        "#!/bin/sh\n{MARK}\n\
         [ -x {program} ] && exec {program} {run}\n\
         command -v friction >/dev/null 2>&1 && exec friction {run}\n\
         echo 'friction: its program is gone, nothing was checked; `friction hook install` mends this' >&2\n\
         [ -x \"$0{FORMER}\" ] && exec \"$0{FORMER}\" \"$@\"\nexit 0\n"
    )
}

pub(super) fn is_whole(text: &str) -> bool {
    text.lines().nth(1) == Some(MARK)
}

/// The lines in a script of the project's.
fn block(hook: &str) -> String {
    let find = FIND.join("\n");
    format!(
        "{BEGIN}\n{find}\n\
         [ -z \"$friction\" ] || \"$friction\" hook run {hook} -- \"$@\" || exit $?\n\
         {END}\n"
    )
}

/// A script with the block in front of its first command; a new one where there is none.
pub(super) fn with_block(text: Option<&str>, hook: &str) -> String {
    let Some(text) = text else { return format!("#!/bin/sh\n{}", block(hook)) };
    let text = without_block(text);
    let shebang = if text.starts_with("#!") { text.find('\n').map_or(text.len(), |at| at + 1) } else { 0 };
    let (first, rest) = text.split_at(shebang);
    let gap = if first.is_empty() || first.ends_with('\n') { "" } else { "\n" };
    format!("{first}{gap}{}{rest}", block(hook))
}

pub(super) fn has_block(text: &str) -> bool {
    text.lines().any(|line| line == BEGIN)
}

/// The script as it was; the same text where it has no block.
pub(super) fn without_block(text: &str) -> String {
    let Some(start) = text.find(BEGIN) else { return text.to_owned() };
    let Some(end) = text[start..].find(END) else { return text.to_owned() };
    let rest = &text[start + end + END.len()..];
    format!("{}{}", &text[..start], rest.strip_prefix('\n').unwrap_or(rest))
}

/// True for what `with_block` makes of nothing, once its block is gone.
pub(super) fn is_bare(text: &str) -> bool {
    text == "#!/bin/sh\n"
}

/// True where a shell runs the script, as far as its first line tells; git runs one without by `sh`.
pub(super) fn is_shell(text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    !first.starts_with("#!")
        || ["sh", "bash", "dash", "zsh", "ksh"]
            .iter()
            .any(|shell| first.split(['/', ' ']).any(|word| word == *shell))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_goes_in_and_out_without_a_trace() {
        for text in
            ["#!/bin/bash\nnpm test\n", "npm test", "#!/usr/bin/env sh\n\n. \"$(dirname \"$0\")/h\"", ""]
        {
            let with = with_block(Some(text), "pre-commit");
            assert!(has_block(&with));
            assert_eq!(with_block(Some(&with), "pre-commit"), with, "twice is once");
            assert_eq!(without_block(&with), text);
        }
        assert!(is_bare(&without_block(&with_block(None, "pre-commit"))));
    }

    #[test]
    fn only_shell_scripts_can_hold_a_block() {
        assert!(is_shell("#!/bin/sh\n") && is_shell("#!/usr/bin/env bash\n") && is_shell("npm test\n"));
        assert!(!is_shell("#!/usr/bin/env python3\n") && !is_shell("#!/usr/bin/node\n"));
    }

    #[test]
    fn a_program_with_an_apostrophe_is_quoted() {
        assert!(
            whole("pre-commit", Path::new("/it's/friction")).contains(r"exec '/it'\''s/friction' hook run")
        );
    }
}
