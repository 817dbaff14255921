//! The project's own patterns: the same tokens replaced by the same tokens, again and again, where no
//! pattern of the catalogue fits.
//!
//! A replacement is reported where it repaired three distinct mistakes in two files or more, and where
//! it is what usually becomes of the replaced tokens. Its text comes from the repository and is treated
//! as untrusted.

use std::collections::{BTreeMap, BTreeSet};

use crate::classify::pattern_info;
use crate::model::{Correction, Family};

use super::replacement::{Replacement, replacements};
use crate::hash::fnv1a;
use worth::{is_string, tells_something};

mod worth;

/// A hunk of a correction that no claim names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseHunk {
    /// Index into the corrections.
    pub correction: usize,
    pub path: String,
    /// The lines removed, and those put in their place.
    pub before: String,
    pub after: String,
}

/// A replacement made again and again.
#[derive(Debug)]
pub(super) struct Recurring {
    /// Kebab-case; follows from the replaced tokens alone.
    pub name: String,
    pub family: Family,
    pub sentence: String,
    pub always: String,
    pub never: String,
    /// Indices of the hunks that make it, in their order.
    pub hunks: Vec<usize>,
}

/// Distinct mistakes that make a habit of a replacement.
const HABIT: usize = 3;

/// Hunks read at most, the first ones: newest corrections come first, and what was corrected long ago
/// and never since is no habit.
const MOST_HUNKS: usize = 50_000;

/// Characters of a replacement that are shown.
const SHOWN: usize = 60;

/// Characters of a name, without the hash that tells cut ones apart.
const NAME: usize = 48;

/// The tokens of a replacement, before and after.
type Key<'a> = (Vec<&'a str>, Vec<&'a str>);

/// One place where a replacement was made.
struct Site<'a> {
    hunk: usize,
    replacement: Replacement<'a>,
}

/// Replacements that repaired at least three distinct mistakes, by name.
pub(super) fn recurring(hunks: &[LooseHunk], corrections: &[Correction]) -> Vec<Recurring> {
    let mut groups: BTreeMap<Key, Vec<Site>> = BTreeMap::new();
    for (index, hunk) in hunks.iter().enumerate().take(MOST_HUNKS) {
        for replacement in replacements(&hunk.before, &hunk.after) {
            if tells_something(&replacement) {
                let key = (replacement.before.clone(), replacement.after.clone());
                groups.entry(key).or_default().push(Site { hunk: index, replacement });
            }
        }
    }
    let support: BTreeMap<&Key, usize> =
        groups.iter().map(|(key, sites)| (key, support(sites, hunks, corrections))).collect();
    let mut from: BTreeMap<&[&str], usize> = BTreeMap::new();
    for (key, count) in &support {
        *from.entry(&key.0).or_default() += count;
    }
    let is_habit = |key: &Key| {
        let there = support[key];
        let back = support.get(&(key.1.clone(), key.0.clone())).copied().unwrap_or(0);
        // What goes to and fro has no right side, and what becomes now this and now that was not wrong.
        there >= HABIT && back * 2 < there && there * 2 >= from[key.0.as_slice()]
    };
    let habits = groups.iter().filter(|(key, sites)| is_habit(key) && in_two_files(sites, hunks));
    let habits: Vec<(&Key, &Vec<Site>)> = habits.collect();
    let mut slugs: BTreeMap<String, usize> = BTreeMap::new();
    for (key, _) in &habits {
        *slugs.entry(slug(key)).or_default() += 1;
    }
    let name = |key: &Key| match slug(key) {
        slug if slugs[&slug] > 1 || !is_name(&slug) => hashed(&slug, key),
        slug => slug,
    };
    habits.into_iter().map(|(key, sites)| tell(name(key), sites, hunks)).collect()
}

/// How many distinct mistakes these sites repaired: no more than there are origins, author times and
/// texts, since a branch that was rebased holds the same edit under many commit ids.
fn support(sites: &[Site], hunks: &[LooseHunk], corrections: &[Correction]) -> usize {
    let (mut origins, mut times, mut texts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for hunk in sites.iter().map(|site| &hunks[site.hunk]) {
        let Some(correction) = corrections.get(hunk.correction) else { continue };
        origins.insert(correction.origins.first().map_or(&correction.fix.sha, |origin| &origin.sha));
        times.insert(correction.fix.time);
        texts.insert((&hunk.before, &hunk.after));
    }
    origins.len().min(times.len()).min(texts.len())
}

/// An edit of one file alone is a draft that was worked over, not a habit.
fn in_two_files(sites: &[Site], hunks: &[LooseHunk]) -> bool {
    sites.iter().any(|site| hunks[site.hunk].path != hunks[sites[0].hunk].path)
}

fn tell(name: String, sites: &[Site], hunks: &[LooseHunk]) -> Recurring {
    let first = &sites[0].replacement;
    let owner = owner(sites);
    let was = shown(&owner, first.before_text);
    let is = shown(&owner, first.after_text);
    let mut indices: Vec<usize> = sites.iter().map(|site| site.hunk).collect();
    indices.dedup();
    Recurring {
        name,
        family: family(sites, hunks),
        sentence: format!("`{was}` was corrected to `{is}`."),
        always: format!("Use `{is}` where `{was}` comes to mind."),
        never: format!("Never write `{was}` before checking that `{is}` is not what is meant."),
        hunks: indices,
    }
}

/// `config.` where every site replaces a member of `config`, `.` where the objects differ.
fn owner(sites: &[Site]) -> String {
    let receivers = || sites.iter().map(|site| site.replacement.receiver);
    match sites[0].replacement.receiver {
        Some(object) if receivers().all(|receiver| receiver == Some(object)) => format!("{object}."),
        Some(_) if receivers().all(|receiver| receiver.is_some()) => ".".to_string(),
        _ => String::new(),
    }
}

/// A replacement's text on one line, without anything that could deceive a reader, cut.
fn shown(owner: &str, text: &str) -> String {
    let whole = format!("{owner}{text}");
    let words: Vec<&str> =
        whole.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// The family of most sites; a wrong name that belongs to no object counts as undeclared.
fn family(sites: &[Site], hunks: &[LooseHunk]) -> Family {
    let all =
        |holds: &dyn Fn(&Site) -> bool| sites.iter().filter(|site| holds(site)).count() * 2 > sites.len();
    let one = |tokens: &[&str], is: fn(&str) -> bool| tokens.len() == 1 && is(tokens[0]);
    let (before, after) = (&sites[0].replacement.before, &sites[0].replacement.after);
    if all(&|site| site.replacement.in_import) {
        Family::ImportPath
    } else if all(&|site| site.replacement.receiver.is_some()) {
        Family::AttributeName
    } else if one(before, is_string) && one(after, is_string) {
        match all(&|site| hunks[site.hunk].path.contains("test")) {
            true => Family::TestExpectation,
            false => Family::EnvConfig,
        }
    } else {
        Family::TypeErrorOther
    }
}

/// `getModel` → `getActiveModel` is named `getmodel-to-getactivemodel`.
fn slug(key: &Key) -> String {
    let half = |tokens: &[&str]| {
        let lower: String = tokens.join("-").chars().flat_map(char::to_lowercase).collect();
        let parts: Vec<&str> =
            lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).collect();
        parts.join("-")
    };
    format!("{}-to-{}", half(&key.0), half(&key.1))
}

/// False where a slug lost what it should tell, is too long or is a catalogue pattern's name.
fn is_name(slug: &str) -> bool {
    slug.len() <= NAME
        && slug.split_once("-to-").is_some_and(|(was, is)| !was.is_empty() && !is.is_empty() && was != is)
        && pattern_info(slug).is_none()
}

/// A slug cut and told apart by a hash of what it names.
fn hashed(slug: &str, key: &Key) -> String {
    let cut = slug[..slug.len().min(NAME)].trim_matches('-');
    let tokens = key.0.iter().chain(&["\n"]).chain(&key.1);
    let bytes: Vec<u8> = tokens.flat_map(|token| token.bytes().chain([0])).collect();
    format!("{cut}-{:08x}", fnv1a(&bytes) as u32)
}

#[cfg(test)]
mod tests;
