//! Several small tasks in one attempt: afterwards each has its own commits, its own verdict, its own trailer.

use std::path::PathBuf;

use super::dispatcher::{Dispatcher, Trouble};
use super::event::{Claim, Event, Member};
use super::state::Phase;

/// The trailer by which a worker says which task of a batch a commit is for.
const TASK_TRAILER: &str = "Friction-Task:";

/// A task's part of a batch's commits.
#[derive(Debug, PartialEq)]
struct Share {
    task: String,
    from: String,
    to: String,
}

/// Divides commits, oldest first with the task each names, among tasks. Each task gets what lies between the
/// task before it and its own last commit, so that nothing is lost and nothing is given twice.
fn divide(lead: &str, start: &str, commits: &[(String, Option<String>)]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let mut from = start.to_owned();
    for (at, (sha, task)) in commits.iter().enumerate() {
        let rest = &commits[at + 1..];
        let is_last_of = |task: &String| !rest.iter().any(|(_, other)| other.as_ref() == Some(task));
        match task {
            Some(task) if is_last_of(task) => {
                shares.push(Share { task: task.clone(), from: from.clone(), to: sha.clone() });
                from.clone_from(sha);
            }
            _ => {}
        }
    }
    if let Some((last, _)) = commits.last().filter(|(last, _)| *last != from) {
        match shares.last_mut() {
            Some(share) => share.to.clone_from(last),
            None => shares.push(Share { task: lead.to_owned(), from, to: last.clone() }),
        }
    }
    shares
}

impl Dispatcher<'_> {
    /// Gives each task of a finished batch its part. Can be begun again at any point.
    pub(super) fn split(&mut self, lead: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[lead];
        let claim = state.claim.clone().unwrap_or_default();
        let exit = state.exit.clone().unwrap_or_default();
        let own = Member { task: lead.to_owned(), ulid: claim.ulid.clone() };
        let tasks: Vec<Member> = claim.members.iter().cloned().chain([own]).collect();
        let mut commits = Vec::new();
        for sha in self.repo.commits(&claim.base_sha, &exit.head)? {
            let message = self.repo.message(&sha)?;
            let named = message.lines().rev().find_map(|line| line.trim().strip_prefix(TASK_TRAILER));
            let named =
                named.map(|id| id.trim().to_owned()).filter(|id| tasks.iter().any(|task| task.task == *id));
            commits.push((sha, named));
        }
        let shares = divide(lead, &claim.base_sha, &commits);
        for task in &tasks {
            let known = self.state.task(&task.task).and_then(|state| state.claim.as_ref());
            let is_given = task.task != lead && known.is_some_and(|known| known.ulid == task.ulid);
            let Some(share) = shares.iter().find(|share| share.task == task.task).filter(|_| !is_given)
            else {
                continue;
            };
            let branch = self.state.tasks[&task.task].task.branch();
            let worktree: PathBuf = self.worktrees().join(&task.task);
            let part = Claim {
                ulid: task.ulid.clone(),
                branch: branch.clone(),
                worktree: worktree.display().to_string(),
                base_sha: share.from.clone(),
                start_sha: share.from.clone(),
                members: Vec::new(),
                resumed: false,
                ..claim.clone()
            };
            if task.task != lead {
                self.repo.set_branch(&branch, &share.to)?;
            }
            self.record(
                Some(&task.task),
                Event::Delivered { claim: Box::new(part), head: share.to.clone() },
            )?;
        }
        if !shares.iter().any(|share| share.task == lead) {
            // The lead has nothing of its own: an empty part, which is judged as no change.
            let part = Claim {
                members: Vec::new(),
                start_sha: exit.head.clone(),
                base_sha: exit.head.clone(),
                ..claim
            };
            self.record(Some(lead), Event::Delivered { claim: Box::new(part), head: exit.head })?;
        }
        debug_assert_eq!(self.state.tasks[lead].phase, Phase::Exited);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(commits: &[(&str, &str)]) -> Vec<(String, String, String)> {
        let named = |task: &str| (!task.is_empty()).then(|| task.to_owned());
        let commits: Vec<_> = commits.iter().map(|(sha, task)| ((*sha).to_owned(), named(task))).collect();
        divide("lead", "0", &commits).into_iter().map(|share| (share.task, share.from, share.to)).collect()
    }

    fn share(task: &str, from: &str, to: &str) -> (String, String, String) {
        (task.to_owned(), from.to_owned(), to.to_owned())
    }

    #[test]
    fn each_task_gets_the_commits_up_to_its_own_last_one() {
        assert_eq!(
            shares(&[("1", "lead"), ("2", ""), ("3", "b"), ("4", "c")]),
            [share("lead", "0", "1"), share("b", "1", "3"), share("c", "3", "4")]
        );
    }

    #[test]
    fn commits_that_name_no_task_are_nobodys_loss() {
        assert_eq!(shares(&[("1", ""), ("2", "")]), [share("lead", "0", "2")]);
        assert_eq!(shares(&[("1", "b"), ("2", "")]), [share("b", "0", "2")]);
        assert_eq!(shares(&[]), []);
    }

    #[test]
    fn mixed_commits_go_to_the_task_whose_last_one_comes_first() {
        assert_eq!(
            shares(&[("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")]),
            [share("a", "0", "3"), share("b", "3", "4")]
        );
    }
}
