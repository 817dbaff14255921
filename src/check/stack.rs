//! Room on the stack for code that nests deeply.
//!
//! Parsers and rules walk code recursively, and a stack that overflows ends the program without a word. So
//! files are checked on threads whose stacks hold the deepest text that is let in; memory that is not used
//! is only reserved.

use std::thread;

/// Bytes of a stack; the second where the system will not reserve the first.
const STACKS: [usize; 2] = [1 << 30, 1 << 26];

/// Tokens of the densest file that is checked. Parsing takes up to 1.6 KB of stack a token (measured on
/// TypeScript's nested parentheses), and every level of a tree has a token of its own.
const TOKENS: usize = 300_000;

/// True if a text may nest more deeply than the stack is deep: generated code, or an attack.
pub(super) fn too_deep(text: &str) -> bool {
    text.len() > TOKENS && tokens(text.as_bytes()) > TOKENS
}

/// At least the tokens of a text: punctuation, and beginnings of words.
fn tokens(text: &[u8]) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let begins = |at: usize| at == 0 || !is_word(text[at - 1]);
    let token = |&at: &usize| text[at].is_ascii_punctuation() || (is_word(text[at]) && begins(at));
    (0..text.len()).filter(token).count()
}

/// Runs work on a thread with a large stack, or here where there is none to be had.
pub(super) fn roomy<T: Send>(work: impl Fn() -> T + Sync) -> T {
    for size in STACKS {
        let told = thread::scope(|scope| {
            let thread = thread::Builder::new().stack_size(size).spawn_scoped(scope, &work);
            thread.map(|thread| thread.join()).ok()
        });
        match told {
            Some(Ok(told)) => return told,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => {}
        }
    }
    work()
}

/// Gives the threads of a parallel check large stacks. Where the pool is there already it is left as it is.
pub(super) fn roomy_pool() {
    for size in STACKS {
        if rayon::ThreadPoolBuilder::new().stack_size(size).build_global().is_ok() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_code_is_let_in_and_a_megabyte_of_brackets_is_not() {
        assert!(!too_deep(&"const total = sum(rows, 1)\n".repeat(30_000)));
        assert!(too_deep(&"(".repeat(1 << 20)));
        assert_eq!(tokens(b"a_b.c(1, 'x')"), 11);
    }

    #[test]
    fn deep_recursion_has_room() {
        fn down(levels: usize) -> usize {
            let bytes = std::hint::black_box([1_u8; 512]);
            if levels == 0 { 0 } else { down(levels - 1) + usize::from(bytes[levels % 512]) }
        }
        assert_eq!(roomy(|| down(50_000)), 50_000);
    }
}
