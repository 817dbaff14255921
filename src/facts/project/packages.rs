//! `package.json`: what a package depends on, and in which versions.

use std::collections::HashMap;

use serde_json::Value;

/// What friction asks of a `package.json`.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// The folder it stands in; empty at the root.
    pub folder: String,
    /// The whole file.
    pub json: Value,
    /// Every dependency of whatever kind, and the range written for it.
    pub dependencies: HashMap<String, String>,
}

impl Package {
    pub(super) fn parse(folder: &str, text: &str) -> Package {
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        let kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
        let listed = kinds.iter().filter_map(|kind| json.get(kind)?.as_object()).flatten();
        let dependencies =
            listed.map(|(name, range)| (name.clone(), range.as_str().unwrap_or("").to_owned()));
        Package { folder: folder.to_owned(), dependencies: dependencies.collect(), json }
    }

    /// The first number in the range written for a dependency: `^4.1.0` is 4; none for `*`, `latest` and
    /// what is not listed.
    pub fn major(&self, name: &str) -> Option<u32> {
        let range = self.dependencies.get(name)?;
        let digits = range.trim_start_matches(|c: char| !c.is_ascii_digit());
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}
