//! Correction or continuation: does a commit repair what a recent ancestor brought in?
//!
//! Each fact that speaks for or against adds log-odds; their sum, through the logistic function, is the
//! confidence. The weights were fitted, with regularisation, on 120 labelled commits of four
//! repositories and rounded.

use crate::git::Message;
use crate::model::{Kind, Signal};

use super::candidates::Candidate;
use super::touch::Touches;
use super::words::Words;

/// How a commit refers to its origin in so many words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reference {
    #[default]
    None,
    /// The message names a recent ancestor.
    Mention,
    /// It takes a recent ancestor back.
    Revert,
    /// It takes a revert back: the original stands again, nothing was corrected.
    Reland,
    /// It is to be folded into a recent ancestor.
    Fixup,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    pub words: Words,
    pub reference: Reference,
    /// Part of the removed lines (context lines where none were) owned by recent commits.
    pub recent: f64,
    /// The best candidate's score and its shared words.
    pub score: f64,
    pub shared_words: f64,
    /// Meaningful lines.
    pub removed: f64,
    pub added: f64,
    /// Part of the hunks that change layout or a version only.
    pub empty: f64,
    pub tests_only: bool,
}

impl Facts {
    /// `candidates` are those within the last two weeks.
    pub fn of(message: &Message, reference: Reference, touches: &Touches, candidates: &[Candidate]) -> Facts {
        let (mut removed, mut added, mut hunks, mut empty) = (0, 0, 0, 0);
        for side in touches.files.iter().map(|file| file.side()) {
            removed += side.solid_old.iter().filter(|solid| **solid).count();
            added += side.solid_new.iter().sum::<u32>() as usize;
            hunks += side.hunks.len();
            empty += side.layout_only.iter().zip(&side.version_only).filter(|(a, b)| **a || **b).count();
        }
        let lines = |candidate: &Candidate| if removed > 0 { candidate.removed } else { candidate.context };
        Facts {
            words: Words::of(message),
            reference,
            recent: candidates.iter().map(lines).sum(),
            score: candidates.first().map_or(0.0, |candidate| candidate.score),
            shared_words: candidates.first().map_or(0.0, |candidate| candidate.words),
            removed: removed as f64,
            added: added as f64,
            empty: empty as f64 / hunks.max(1) as f64,
            tests_only: touches.files.iter().all(|file| file.is_test),
        }
    }

    /// How it corrects, if it does.
    pub fn kind(&self) -> Kind {
        match self.reference {
            Reference::Revert => Kind::Revert,
            Reference::Fixup => Kind::Fixup,
            _ if self.words.fix && self.words.machine => Kind::CiFix,
            _ => Kind::SelfCorrection,
        }
    }

    /// The weighed signals, strongest first.
    pub fn signals(&self) -> Vec<Signal> {
        let Words { fix, feature, upkeep, format, release, .. } = self.words;
        let growth = (self.added - self.removed).max(0.0).ln_1p();
        let reference = match self.reference {
            Reference::None => ("", 0.0),
            Reference::Mention => ("the message names a recent commit", 2.0),
            Reference::Revert => ("takes a recent commit back", 5.0),
            Reference::Reland => ("takes a revert back", -3.0),
            Reference::Fixup => ("is a fixup of a recent commit", 5.0),
        };
        let flag = |holds: bool, weight: f64| if holds { weight } else { 0.0 };
        let weighed = [
            ("most commits correct nothing", BIAS),
            ("changes recent lines", 1.2 * self.recent.min(1.0)),
            ("resembles a recent commit", 1.2 * (self.score.max(0.05).ln() - 0.05f64.ln())),
            ("shares rare words with it", 0.4 * self.shared_words),
            ("says that it fixes", flag(fix, 2.4)),
            ("announces something new", flag(feature && !fix, -0.5)),
            ("says that it is upkeep", flag(upkeep && !fix, -1.1)),
            ("says that it is formatting", flag(format && !fix, -0.5)),
            ("says that it is a release", flag(release && !fix, -1.5)),
            ("touches tests only", flag(self.tests_only, 0.9)),
            ("grows the code", -0.1 * growth),
            ("changes layout or a version only", flag(self.empty >= 1.0, -6.0)),
            reference,
        ];
        let mut signals: Vec<Signal> = weighed
            .into_iter()
            .filter(|(_, weight)| weight.abs() >= 0.05)
            .map(|(name, weight)| Signal { name: name.to_owned(), weight: round(weight) })
            .collect();
        signals.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.name.cmp(&b.name)));
        signals
    }
}

/// Log-odds of a commit of which nothing is known, on the scale on which resemblance starts at zero.
const BIAS: f64 = -5.15;

/// The probability that signals add up to.
pub fn confidence(signals: &[Signal]) -> f64 {
    let log_odds: f64 = signals.iter().map(|signal| signal.weight).sum();
    round(1.0 / (1.0 + (-log_odds).exp()))
}

/// To three places, so that reports do not show the noise of floating point.
pub(super) fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
