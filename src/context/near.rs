//! How near a pattern is to a question: by paths, and by words that both use.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::{Example, Pattern};

/// What is about to be done.
#[derive(Clone, Debug, Default)]
pub struct Question {
    task: String,
    words: BTreeSet<String>,
    /// As they were given or named in the task.
    paths: Vec<String>,
    globs: GlobSet,
}

/// Words of a task that say nothing of its matter.
const COMMON: [&str; 40] = [
    "about", "after", "again", "against", "always", "before", "being", "because", "could", "does", "done",
    "each", "every", "file", "files", "from", "have", "into", "make", "must", "need", "never", "only",
    "over", "please", "should", "some", "test", "tests", "that", "them", "then", "there", "this", "value",
    "when", "where", "which", "with", "would",
];

impl Question {
    /// Of a task's text, and paths or globs that it is about.
    pub fn new(task: &str, paths: &[String]) -> Question {
        let named = task
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| "`'\"()[]{},;:!?".contains(c)).trim_end_matches('.'));
        let is_path = |word: &&str| {
            let (stem, extension) = word.rsplit_once('.').unwrap_or((word, ""));
            let extended = !stem.is_empty()
                && ["ts", "tsx", "js", "jsx", "mjs", "py", "rs", "go", "vue"].contains(&extension);
            word.len() < 200
                && !word.contains("://")
                && (extended || (word.contains('/') && !word.starts_with('/')))
        };
        let paths: Vec<String> =
            paths.iter().cloned().chain(named.filter(is_path).map(str::to_owned)).collect();
        let mut globs = GlobSetBuilder::new();
        for path in &paths {
            let path = path.trim_start_matches("./").trim_end_matches('/');
            // `src/api/**` is about the folder too.
            if let Some(folder) = path.strip_suffix("/**").or_else(|| path.strip_suffix("/*")) {
                globs.extend_with(folder);
            }
            // A folder, and a bare name anywhere.
            for pattern in [path.to_owned(), format!("{path}/**"), format!("**/{path}")] {
                globs.extend_with(&pattern);
            }
        }
        Question {
            words: words(task),
            task: task.to_owned(),
            paths,
            globs: globs.build().unwrap_or_default(),
        }
    }

    /// True where neither a task nor a path is known.
    pub fn is_open(&self) -> bool {
        self.task.trim().is_empty() && self.paths.is_empty()
    }

    pub(super) fn concerns(&self, path: &str) -> bool {
        self.globs.is_match(path)
    }

    /// True where a glob of somebody else's matches a path of the question.
    pub(super) fn is_in(&self, glob: &str) -> bool {
        let Ok(glob) = GlobBuilder::new(glob).build() else { return false };
        let glob = glob.compile_matcher();
        self.paths.iter().any(|path| glob.is_match(path.trim_start_matches("./")))
    }

    /// How many words a text shares with the task.
    pub(super) fn shared(&self, text: &str) -> usize {
        if self.words.is_empty() { 0 } else { words(text).intersection(&self.words).count() }
    }

    /// 0 for what does not matter, 1 for what happened at the very place.
    pub(super) fn nearness(&self, pattern: &Pattern) -> f64 {
        if self.is_open() {
            return 1.0;
        }
        let happened = pattern.examples.iter().any(|example| self.concerns(&example.path));
        let lives = pattern.files.iter().any(|glob| self.is_in(glob) || self.paths.contains(glob));
        let code = pattern
            .examples
            .iter()
            .map(|example| self.shared(&format!("{} {} {}", example.path, example.before, example.after)));
        let words = code.max().unwrap_or(0)
            + self.shared(&format!("{} {} {}", pattern.sentence, pattern.always, pattern.pattern));
        match (happened, lives, words) {
            (true, _, _) => 1.0,
            (_, true, 2..) => 0.8,
            (_, true, _) => 0.5,
            (_, _, 3..) => 0.4,
            (_, _, 2) => 0.2,
            _ => 0.0,
        }
    }

    /// The example nearest to the question.
    pub(super) fn example<'a>(&self, pattern: &'a Pattern) -> Option<&'a Example> {
        let told = |example: &&Example| !example.before.trim().is_empty() || !example.after.trim().is_empty();
        let near = |example: &&Example| {
            let words = self.shared(&format!("{} {}", example.before, example.after));
            (self.concerns(&example.path), words)
        };
        // The first of equals: examples come costliest first.
        pattern.examples.iter().filter(told).rev().max_by_key(near)
    }
}

trait ExtendWith {
    fn extend_with(&mut self, pattern: &str);
}

impl ExtendWith for GlobSetBuilder {
    /// A path that is no glob names nothing.
    fn extend_with(&mut self, pattern: &str) {
        if let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() {
            self.add(glob);
        }
    }
}

/// Words of four letters and more, lower case, names taken apart: `readFile` is `readfile` and `read`, `file`.
fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        let mut part = String::new();
        for c in word.chars() {
            if (c.is_uppercase() || c == '_') && part.chars().count() > 1 {
                found.insert(std::mem::take(&mut part).to_lowercase());
            }
            if c != '_' {
                part.push(c);
            }
        }
        found.insert(part.to_lowercase());
        found.insert(word.to_lowercase());
    }
    found.retain(|word| word.chars().count() > 3 && !COMMON.contains(&word.as_str()));
    found
}
