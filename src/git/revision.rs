//! From a commit's name, as people type it, to its id.
//!
//! libgit2 reads damaged loose objects for ever, so all names that make it read commits along the way,
//! as `HEAD~3` does, are followed here.

use git2::{ObjectType, Oid};

use super::{Commit, Objects, Repo, Unreadable};

/// Tags of tags beyond which none is followed.
const MAX_TAGS: usize = 8;

impl Repo {
    /// Resolves a revision (`HEAD~3`, a branch, a full or short sha) to a commit.
    pub fn resolve(&self, revision: &str) -> Option<Oid> {
        let objects = self.objects()?;
        let (base, mut steps) = revision.split_at(revision.find(['~', '^']).unwrap_or(revision.len()));
        let Some(base) = self.base(base) else {
            // What is rarely typed, as `@{upstream}` and `:/words`.
            return self
                .inner
                .revparse_single(revision)
                .ok()?
                .peel_to_commit()
                .ok()
                .map(|commit| commit.id());
        };
        let mut id = objects.commit_of(base)?;
        while let Some(step) = Step::first(&mut steps)? {
            id = step.take(objects, id)?;
        }
        Some(id)
    }

    /// The object that a name without `~` and `^` stands for.
    fn base(&self, name: &str) -> Option<Oid> {
        if matches!(name, "" | "@" | "HEAD") {
            return self.head();
        }
        if let Some((name, entry)) = name.strip_suffix('}').and_then(|name| name.split_once("@{")) {
            let name = if name.is_empty() { "HEAD" } else { name };
            let reference = self.inner.resolve_reference_from_short_name(name);
            let full =
                if name == "HEAD" { "HEAD".to_owned() } else { reference.ok()?.name().ok()?.to_owned() };
            return Some(self.inner.reflog(&full).ok()?.get(entry.parse().ok()?)?.id_new());
        }
        if let Some(id) = Oid::from_str(name).ok().filter(|_| name.len() == 40) {
            return Some(id);
        }
        if let Ok(reference) = self.inner.resolve_reference_from_short_name(name) {
            return reference.target();
        }
        // As `git describe` names commits.
        let digits = name.rsplit_once("-g").map_or(name, |(_, digits)| digits);
        if !(4..40).contains(&digits.len()) {
            return None;
        }
        let start = Oid::from_str(&format!("{digits:0<40}")).ok()?;
        self.inner.odb().ok()?.exists_prefix(start, digits.len()).ok()
    }
}

/// One step from a commit.
enum Step {
    /// `~n`
    Back(usize),
    /// `^n`
    Parent(usize),
}

impl Step {
    /// Cuts the first step off; the outer none is for what is no step to a commit.
    fn first(steps: &mut &str) -> Option<Option<Step>> {
        let Some(sign) = steps.chars().next() else { return Some(None) };
        let rest = &steps[1..];
        if let Some(rest) = rest.strip_prefix("{}").or_else(|| rest.strip_prefix("{commit}")) {
            *steps = rest;
            return Some(Some(Step::Back(0)));
        }
        let (digits, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        *steps = rest;
        let count = if digits.is_empty() { 1 } else { digits.parse().ok()? };
        match sign {
            '~' => Some(Some(Step::Back(count))),
            '^' if count == 0 => Some(Some(Step::Back(0))),
            '^' => Some(Some(Step::Parent(count))),
            _ => None,
        }
    }

    fn take(&self, objects: &Objects, from: Oid) -> Option<Oid> {
        let parent = |id: Oid, at: usize| Commit::read(objects, id).ok()?.parents.get(at - 1).copied();
        match *self {
            Step::Back(count) => (0..count).try_fold(from, |id, _| parent(id, 1)),
            Step::Parent(count) => parent(from, count),
        }
    }
}

impl Objects {
    /// The commit that an object is, or that a tag leads to. An object that is there and cannot be read is
    /// taken for a commit: who reads it tells what is wrong.
    pub(super) fn commit_of(&self, mut id: Oid) -> Option<Oid> {
        for _ in 0..MAX_TAGS {
            match self.raw(id, ObjectType::Tag) {
                Ok(tag) => {
                    let named = tag.data().strip_prefix(b"object ")?.get(..40)?;
                    id = Oid::from_str(std::str::from_utf8(named).ok()?).ok()?;
                }
                Err(Unreadable::Damaged) => return Some(id),
                Err(_) => return self.raw(id, ObjectType::Commit).ok().map(|_| id),
            }
        }
        None
    }
}
