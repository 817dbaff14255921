//! The verdict on one commit: how likely it corrects a recent ancestor, and which.

use std::collections::HashSet;

use crate::git::{Amend, Objects};
use crate::model::{Kind, Signal};

use super::ancestors::{Ancestors, Window};
use super::candidates::{Candidate, candidates};
use super::judge::{Facts, Reference, confidence, round};
use super::timeline::Timeline;
use super::touch::{Touches, touch};
use super::words::Words;

/// Origins named at most.
const MAX_ORIGINS: usize = 5;

/// Reverts of reverts that are followed.
const MAX_REVERTS: usize = 20;

/// Commits of one subject that are asked whether they are the one that was reverted.
const MAX_COPIES: usize = 20;

/// What was found of one commit. Commits are positions in the timeline's graph.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub fix: u32,
    /// Probability, 0 to 1.
    pub confidence: f64,
    pub kind: Kind,
    /// With probability, likeliest first.
    pub origins: Vec<(u32, f64)>,
    /// Strongest first.
    pub signals: Vec<Signal>,
    /// For an amended commit, what the amend changed; otherwise the commit's own touches count.
    pub amended: Option<Touches>,
}

impl Verdict {
    /// More likely a correction than not.
    pub fn is_likely(&self) -> bool {
        self.confidence >= 0.5
    }

    /// A fact learned later that rules a correction out.
    pub fn doubt(&mut self, fact: &str) {
        self.signals.insert(0, Signal { name: fact.to_owned(), weight: -6.0 });
        self.confidence = confidence(&self.signals);
    }
}

/// Judges a commit. Whether it is a correction is asked of the last two weeks; its origins are looked
/// for in `window` where it is none. `mentions`: commits that the message names are believed.
pub fn judge(timeline: &Timeline, fix: u32, window: Window, mentions: bool) -> Verdict {
    let recent = Ancestors::of(&timeline.graph, fix, Window::RECENT);
    let (reference, named) = match mentions {
        true => reference(timeline, fix, &recent),
        false => Default::default(),
    };
    let message = &timeline.graph.commits[fix as usize].message;
    let says_so = reference != Reference::None || Words::of(message).fix;
    let mut found = candidates(timeline, &recent, fix, !says_so);
    let facts = Facts::of(message, reference, &timeline.touches[fix as usize], &found);
    let signals = facts.signals();
    let confidence = confidence(&signals);
    let mut named: Vec<u32> = named.into_iter().collect();
    let mut verdict =
        Verdict { fix, confidence, kind: facts.kind(), origins: Vec::new(), signals, amended: None };
    if !verdict.is_likely() && window != Window::RECENT {
        let all = Ancestors::of(&timeline.graph, fix, window);
        found = candidates(timeline, &all, fix, false);
        if mentions {
            named.extend(mentioned(timeline, fix, &all));
        }
    }
    unique(&mut named);
    verdict.origins = origins(&found, &named);
    verdict
}

/// An amended commit corrects its original, and what it corrected is the difference of the two.
pub fn amended(timeline: &Timeline, objects: &Objects, amend: Amend) -> Option<Verdict> {
    let fix = timeline.graph.position(amend.new)?;
    let origin = timeline.graph.position(amend.old)?;
    let (new, old) = (&timeline.graph.commits[fix as usize], &timeline.graph.commits[origin as usize]);
    if new.parents != old.parents || new.tree == old.tree {
        return None;
    }
    let touches = touch(objects, new, &[old.tree]);
    let corrects = touches.files.iter().any(|file| file.side().layout_only.iter().any(|layout| !layout));
    corrects.then(|| Verdict {
        fix,
        confidence: 0.99,
        kind: Kind::Fixup,
        origins: vec![(origin, 0.99)],
        signals: vec![Signal { name: "amends a commit".to_owned(), weight: 5.0 }],
        amended: Some(touches),
    })
}

/// Probabilities: a commit named in the message is nearly certain; among the others a score counts in
/// proportion to its square, against a constant for an origin that is none of them.
fn origins(found: &[Candidate], named: &[u32]) -> Vec<(u32, f64)> {
    const NONE_OF_THEM: f64 = 0.03;
    const NAMED: f64 = 0.97;
    let weight = |candidate: &Candidate| candidate.score * candidate.score;
    let total: f64 = found.iter().map(weight).sum::<f64>() + NONE_OF_THEM;
    let left = if named.is_empty() { 1.0 } else { 1.0 - NAMED };
    let mut origins: Vec<(u32, f64)> =
        named.iter().map(|position| (*position, round(NAMED / named.len() as f64))).collect();
    let unnamed = found.iter().filter(|candidate| !named.contains(&candidate.position));
    origins.extend(unnamed.map(|candidate| (candidate.position, round(left * weight(candidate) / total))));
    origins.retain(|(_, confidence)| *confidence >= 0.01);
    origins.truncate(MAX_ORIGINS);
    origins
}

/// Drops repeats and keeps the order.
fn unique(positions: &mut Vec<u32>) {
    let mut seen = HashSet::new();
    positions.retain(|position| seen.insert(*position));
}

/// What the message says of its origin, and which recent ancestor that is.
fn reference(timeline: &Timeline, fix: u32, recent: &Ancestors) -> (Reference, Option<u32>) {
    let message = &timeline.graph.commits[fix as usize].message;
    let by_subject = |subject: &str| {
        let subject_of = |position: &u32| &timeline.graph.commits[*position as usize].message.subject;
        recent.nearest().iter().copied().find(|position| subject_of(position).starts_with(subject))
    };
    if let Some(subject) = &message.fixup_of
        && let Some(origin) = by_subject(subject)
    {
        return (Reference::Fixup, Some(origin));
    }
    if let Some(origin) = reverted(timeline, fix).filter(|origin| recent.contains(*origin)) {
        let reference =
            if reverts_in_a_row(timeline, fix) % 2 == 1 { Reference::Revert } else { Reference::Reland };
        return (reference, Some(origin));
    }
    match mentioned(timeline, fix, recent).first() {
        Some(origin) => (Reference::Mention, Some(*origin)),
        None => (Reference::None, None),
    }
}

/// Ancestors that the message names by their sha.
fn mentioned(timeline: &Timeline, fix: u32, ancestors: &Ancestors) -> Vec<u32> {
    let mentions = &timeline.graph.commits[fix as usize].message.mentions;
    let mut found: Vec<u32> = mentions.iter().filter_map(|sha| timeline.graph.find(sha)).collect();
    found.extend(reverted(timeline, fix));
    found.retain(|position| ancestors.contains(*position));
    unique(&mut found);
    found
}

/// The commit that a revert takes back: the one whose sha it names, or, where that leads nowhere, the
/// nearest ancestor whose subject it names. A copy of it on another branch is not what was taken back.
fn reverted(timeline: &Timeline, fix: u32) -> Option<u32> {
    let graph = &timeline.graph;
    let reverts = graph.commits[fix as usize].message.reverts.as_ref()?;
    reverts.commit.as_ref().and_then(|sha| graph.find(sha)).or_else(|| {
        let copies = timeline.reverted.get(reverts.subject.as_ref()?)?;
        let older = &copies[copies.partition_point(|at| *at <= fix)..];
        older.iter().take(MAX_COPIES).copied().find(|at| graph.is_ancestor(*at, fix))
    })
}

/// 1 for a revert, 2 for a revert of a revert, and so on.
fn reverts_in_a_row(timeline: &Timeline, fix: u32) -> usize {
    let mut at = fix;
    let mut count = 0;
    while let Some(before) = reverted(timeline, at).filter(|before| *before > at && count < MAX_REVERTS) {
        count += 1;
        at = before;
    }
    count
}
