//! Commits: listed, marked with a trailer, put onto another base.

use std::path::Path;

use super::{Repository, Result};

impl Repository {
    /// The commits from (without) one to another, oldest first.
    pub fn commits(&self, from: &str, to: &str) -> Result<Vec<String>> {
        let told = self.run(
            &self.root,
            "list commits",
            &["rev-list", "--reverse", "--topo-order", &format!("{from}..{to}")],
        )?;
        Ok(told.lines().map(str::to_owned).collect())
    }

    pub fn message(&self, sha: &str) -> Result<String> {
        self.run(&self.root, "read a message", &["log", "-1", "--format=%B", sha])
    }

    pub fn tree(&self, sha: &str) -> Result<String> {
        self.run(&self.root, "read a tree", &["rev-parse", &format!("{sha}^{{tree}}")])
    }

    pub(super) fn commit_tree(
        &self,
        dir: &Path,
        tree: &str,
        parents: &[&str],
        message: &str,
        like: Option<&str>,
    ) -> Result<String> {
        let mut env = Vec::new();
        if let Some(like) = like {
            let told = self.run(
                dir,
                "read an author",
                &["log", "-1", "--format=%an%n%ae%n%ad", "--date=raw", like],
            )?;
            let mut lines = told.lines();
            for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE"] {
                env.push((name, lines.next().unwrap_or("").to_owned()));
            }
        } else {
            let own = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
            env.extend(own.map(|name| (name, "friction".to_owned())));
        }
        let mut words = vec!["commit-tree", tree];
        parents.iter().for_each(|parent| words.extend(["-p", parent]));
        self.run_with(dir, "write a commit", &words, message, &env)
    }

    /// The same commits with the last one carrying a trailer, and none of them one of that name before.
    pub fn with_trailer(&self, from: &str, to: &str, name: &str, value: &str) -> Result<String> {
        let commits = self.commits(from, to)?;
        let mut renamed: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
        for sha in &commits {
            let message = self.message(sha)?;
            let is_last = sha == to;
            let carries = message.lines().any(|line| is_trailer(line, name));
            let parents = self.run(&self.root, "read parents", &["log", "-1", "--format=%P", sha])?;
            let parents: Vec<&str> = parents.split(' ').filter(|parent| !parent.is_empty()).collect();
            if !is_last && !carries && !parents.iter().any(|parent| renamed.contains_key(*parent)) {
                continue;
            }
            let parents: Vec<&str> =
                parents.iter().map(|parent| renamed.get(*parent).map_or(*parent, String::as_str)).collect();
            let mut message: String = message
                .lines()
                .filter(|line| !is_trailer(line, name))
                .fold(String::new(), |text, line| text + line + "\n");
            if is_last {
                let trailer = format!("{name}: {value}");
                message = self.run_with(
                    &self.root,
                    "add a trailer",
                    &["interpret-trailers", "--trailer", &trailer],
                    &message,
                    &[],
                )? + "\n";
            }
            let tree = self.tree(sha)?;
            let new = self.commit_tree(&self.root, &tree, &parents, &message, Some(sha))?;
            renamed.insert(sha.clone(), new);
        }
        Ok(renamed.remove(to).unwrap_or_else(|| to.to_owned()))
    }

    /// Puts the commits after `from` onto another commit, in a worktree; where they do not fit, the files
    /// that are in the way.
    pub fn rebase(
        &self,
        worktree: &Path,
        from: &str,
        to: &str,
        onto: &str,
    ) -> Result<std::result::Result<String, Vec<String>>> {
        let words = [
            "-c",
            "rebase.autoSquash=false",
            "-c",
            "rebase.updateRefs=false",
            "rebase",
            "--quiet",
            "--empty=drop",
            "--onto",
            onto,
            from,
            to,
        ];
        if let Err(error) = self.run(worktree, "rebase", &words) {
            let files = self
                .run(worktree, "list conflicts", &["diff", "--name-only", "--diff-filter=U"])
                .unwrap_or_default();
            let _ = self.run(worktree, "abort the rebase", &["rebase", "--abort"]);
            let files: Vec<String> = files.lines().map(str::to_owned).collect();
            return if files.is_empty() { Err(error) } else { Ok(Err(files)) };
        }
        Ok(Ok(self.head(worktree)?))
    }
}

fn is_trailer(line: &str, name: &str) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && line[name.len()..].starts_with(':')
}
