//! From a commit on a branch to the ref it lands on: put onto the base, gated, marked, moved by
//! compare-and-swap.

use std::path::{Path, PathBuf};

use super::dispatcher::{Dispatcher, Trouble};
use super::event::{Claim, Event, Gated};
use super::outcome::Class;
use super::supervise::Room;

/// The trailer that says which attempt a landed commit came from.
pub const TRAILER: &str = "Friction-Attempt";

impl Dispatcher<'_> {
    /// Puts an attempt's commits onto the base as it is now, and lets the gate judge exactly that.
    pub(super) fn judge(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let (task, claim) = (state.task.clone(), state.claim.clone().unwrap_or_default());
        let exit = state.exit.clone().unwrap_or_default();
        self.show(id, "gate", None);
        let worktree = PathBuf::from(&claim.worktree);
        let tip = self
            .repo
            .resolve(&claim.base)
            .ok_or_else(|| Trouble::Task(format!("the branch {} is gone", claim.base)))?;
        self.at_commit(id, &claim, &worktree, &exit.head)?;
        let sha = if self.repo.is_ancestor(&tip, &exit.head) {
            exit.head.clone()
        } else {
            match self.repo.rebase(&worktree, &claim.base_sha, &exit.head, &tip)? {
                Ok(sha) => sha,
                Err(files) => return self.conflict(id, &claim, &files),
            }
        };
        if sha == tip {
            let reason = "its commits change nothing on the base as it is now".to_owned();
            return self.put_back(
                id,
                Class::NoChange,
                &reason,
                "The base has your changes already. Look at what is missing.".to_owned(),
                0,
            );
        }
        let room =
            Room::new(&self.room(&claim.ulid).dir().join(format!("gate-{}", &sha[..12.min(sha.len())])));
        let start = self.clock.elapsed();
        let gate = self.gate;
        let mut trouble = None;
        let mut run = |room: &Room, mut spec: super::supervise::Spec, timeout| {
            spec.marker = format!("{}-gate", claim.ulid);
            self.run_to_end(room, spec, timeout).map_err(|error| {
                trouble = Some(error);
                std::io::Error::other("the gate cannot be run")
            })
        };
        let verdict = gate.judge(&worktree, &tip, &task, &room, &mut run);
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
        let verdict = match verdict {
            Ok(Some(verdict)) => {
                if !verdict.green {
                    self.check_disk()?;
                }
                verdict
            }
            Ok(None) => return Err(Trouble::Stop),
            Err(error) => return Err(Trouble::Task(format!("cannot judge: {error}"))),
        };
        let gated = Gated {
            green: verdict.green,
            sha,
            onto: tip,
            digest: verdict.digest,
            steps: verdict.steps,
            seconds: (self.clock.elapsed().saturating_sub(start)).as_secs_f64(),
            unjudged: verdict.unjudged,
        };
        self.live.running = None;
        Ok(self.record(Some(id), Event::Gated(Box::new(gated)))?)
    }

    /// Makes the worktree show exactly a commit; what lies beside it is kept under a ref.
    fn at_commit(&mut self, id: &str, claim: &Claim, worktree: &Path, sha: &str) -> Result<(), Trouble> {
        if !worktree.join(".git").is_file() {
            self.repo.remove_worktree(worktree)?;
            if let Some(parent) = worktree.parent() {
                std::fs::create_dir_all(parent)?;
            }
            return Ok(self.repo.add_worktree(worktree, &claim.branch, sha)?);
        }
        self.repo.unlock(worktree, &claim.branch);
        self.repo.forget_operation(worktree);
        if !self.repo.changes(worktree, true)?.is_empty() {
            self.repo.save(worktree, sha, &format!("{id}/{}", claim.ulid))?;
        }
        self.repo.attach(worktree, &claim.branch, sha)?;
        Ok(self.repo.clean(worktree, sha)?)
    }

    fn conflict(&mut self, id: &str, claim: &Claim, files: &[String]) -> Result<(), Trouble> {
        let shown = files.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
        let reason = format!("{}: {shown}", Class::Conflict.words());
        let feedback = format!(
            "The base moved while you worked, and your commits do not fit onto it any more; they conflict in: {shown}. \
             You start again from the new base. Your earlier work is in the commit that \
             `git for-each-ref refs/friction/saved/{id}/{}` names.",
            claim.ulid
        );
        self.put_back(id, Class::Conflict, &reason, feedback, 0)
    }

    /// The gate has spoken: lands what is green, puts back what is red.
    pub(super) fn land(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let claim = state.claim.clone().unwrap_or_default();
        let gated = state.gated.clone().unwrap_or_default();
        let worktree = PathBuf::from(&claim.worktree);
        if let Some(why) = &gated.unjudged {
            // What could not be judged is judged again after a person has acted.
            self.record(Some(id), Event::MergeMissed {})?;
            return Err(Trouble::Task(format!("{}: {why}", Class::Unjudged.words())));
        }
        if !gated.green {
            if self.repo.head(&worktree).is_ok_and(|head| head == gated.sha) {
                self.repo.attach(&worktree, &claim.branch, &gated.sha)?;
            }
            let reason = format!("{}: {}", Class::GateFailed.words(), in_short(&gated.digest));
            let feedback = format!(
                "Your commit was judged by the project's checks and tests, and they failed. Mend it and commit again.\n\n{}",
                gated.digest
            );
            return self.put_back(id, Class::GateFailed, &reason, feedback, 0);
        }
        self.show(id, "landing", None);
        if self.repo.resolve(&claim.base).as_deref() != Some(&gated.onto) {
            return Ok(self.record(Some(id), Event::MergeMissed {})?);
        }
        let new = self.repo.with_trailer(&gated.onto, &gated.sha, TRAILER, &claim.ulid)?;
        for place in self.repo.checked_out(&claim.base)? {
            if let Some(told) = self.repo.in_the_way(&place, &gated.onto, &new) {
                return Err(Trouble::Task(format!(
                    "it is ready, but {} has changes where it would land: {told}; commit or stash them",
                    place.display()
                )));
            }
        }
        let intent = Event::MergeIntent { r#ref: claim.base.clone(), old: gated.onto, new };
        self.record(Some(id), intent)?;
        self.merge(id)
    }

    /// An intent stands in the journal: has it come true? If not, it is made true now.
    pub(super) fn finish_merge(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let ulid = state.claim.as_ref().map_or("", |claim| &claim.ulid);
        let Some((name, old, new)) = state.merge.clone() else { return Ok(()) };
        let landed = match self.repo.is_ancestor(&new, &name) {
            true => Some(new.clone()),
            false => self.repo.find_trailer(&old, &name, &format!("{TRAILER}: {ulid}")),
        };
        match landed {
            Some(landed) => {
                self.follow(&name, &old, &new);
                Ok(self.record(Some(id), Event::MergeDone { r#ref: name, new: landed })?)
            }
            None => self.merge(id),
        }
    }

    fn merge(&mut self, id: &str) -> Result<(), Trouble> {
        let Some((name, old, new)) = self.state.tasks[id].merge.clone() else { return Ok(()) };
        if !self.repo.move_ref(&name, &new, &old, &format!("friction: land {id}"))? {
            return Ok(self.record(Some(id), Event::MergeMissed {})?);
        }
        self.follow(&name, &old, &new);
        Ok(self.record(Some(id), Event::MergeDone { r#ref: name, new })?)
    }

    /// Brings work trees along in which the moved branch is checked out.
    fn follow(&mut self, name: &str, old: &str, new: &str) {
        if self.repo.resolve(name).as_deref() != Some(new) {
            return;
        }
        for place in self.repo.checked_out(name).unwrap_or_default() {
            if let Err(left) = self.repo.follow(&place, old, new) {
                let place = left.worktree.display().to_string();
                self.warnings.push(format!("{name} has moved, but the work tree {place} could not follow ({}); `git -C {place} status` shows what differs", left.why));
            }
        }
    }

    /// It has landed: takes away what is not needed any more.
    pub(super) fn done(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let claim = state.claim.clone().unwrap_or_default();
        let sha = state.landed.clone().unwrap_or_default();
        self.remove(Path::new(&claim.worktree))?;
        self.repo.delete_branch(&claim.branch)?;
        self.repo.drop_saved(id);
        self.live.running = None;
        Ok(self.record(Some(id), Event::Done { sha })?)
    }
}

/// A digest in one line. Our own gate's has a frame that says nothing new here.
fn in_short(digest: &str) -> String {
    let line = digest.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no output");
    let line =
        line.trim_start_matches("friction gate: RED: ").trim_end_matches(" Mend this, then try again.");
    line.trim_end_matches('.').chars().take(200).collect()
}
