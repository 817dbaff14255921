//! TypeScript and JavaScript: what a hunk's tokens and syntax say was wrong before.
//!
//! First the tokens of the changed lines are compared, which costs next to nothing and settles most
//! hunks; a judge that still has a suspicion then asks the parsed file ([`case::Case::side`]), and no
//! file is parsed that nobody asks about.

mod asserts;
mod attributes;
mod bindings;
mod case;
mod doubles;
mod edit;
mod imports;
mod indentation;
mod lexer;
mod mocks;
mod narrowing;
mod scope;
mod score;
mod specifier;

mod tidy;
mod types;

#[cfg(test)]
mod tests;

use super::{Change, Context, Verdict};
use case::Case;

/// Judges one file of a change.
pub fn judge(change: &Change, context: &Context, file: usize, verdicts: &mut Vec<Verdict>) {
    let Some(mut case) = Case::new(change, context, file) else { return };
    tidy::judge(&mut case);
    mocks::judge(&mut case);
    imports::judge(&mut case);
    attributes::judge(&mut case);
    narrowing::judge(&mut case);
    types::judge(&mut case);
    asserts::judge(&mut case);
    verdicts.extend(case.into_verdicts());
}
