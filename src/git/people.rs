//! Who wrote a commit, after the mailmap.

use std::collections::HashMap;

use git2::{Mailmap, Signature, Time};

use super::{Commit, Repo};

/// One identity within a [`People`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(u32);

/// The distinct authors of a history. Two commits are of one person when the mailmap gives them the
/// same e-mail address, or, without one, the same name.
pub struct People {
    mailmap: Option<Mailmap>,
    ids: HashMap<String, PersonId>,
    names: Vec<String>,
}

impl People {
    /// With the mailmap of the repository, if it has a readable one.
    pub fn of(repo: &Repo) -> People {
        let mailmap = match repo.work_tree() {
            Some(_) => repo.inner.mailmap().ok(),
            None => committed_mailmap(repo),
        };
        People { mailmap, ids: HashMap::new(), names: Vec::new() }
    }

    /// The identity behind a commit's author.
    pub fn author(&mut self, commit: &Commit) -> PersonId {
        let (name, email) = self.resolve(&commit.author_name, &commit.author_email);
        let key = match email.is_empty() {
            true => name.clone(),
            false => email.to_lowercase(),
        };
        let next = PersonId(self.names.len() as u32);
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.names.push(name);
        }
        id
    }

    /// The name first seen for each identity.
    pub fn into_names(self) -> HashMap<PersonId, String> {
        self.names.into_iter().enumerate().map(|(id, name)| (PersonId(id as u32), name)).collect()
    }

    fn resolve(&self, name: &str, email: &str) -> (String, String) {
        let resolved = self.mailmap.as_ref().and_then(|mailmap| {
            let signature = Signature::new(name, email, &Time::new(0, 0)).ok()?;
            let resolved = mailmap.resolve_signature(&signature).ok()?;
            Some((
                String::from_utf8_lossy(resolved.name_bytes()).into_owned(),
                String::from_utf8_lossy(resolved.email_bytes()).into_owned(),
            ))
        });
        resolved.unwrap_or_else(|| (name.to_owned(), email.to_owned()))
    }
}

/// A bare repository's mailmap is the one that HEAD holds.
fn committed_mailmap(repo: &Repo) -> Option<Mailmap> {
    let objects = repo.objects()?;
    let head = Commit::read(objects, repo.head()?).ok()?;
    let text = objects.blob(objects.blob_at(head.tree, ".mailmap")?).ok()?;
    Mailmap::from_buffer(&String::from_utf8_lossy(&text)).ok()
}
