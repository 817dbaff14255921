//! Module specifiers and the files they may mean.

/// The same specifier, now with an extension or an index file.
pub fn is_extended(old: &str, new: &str) -> bool {
    let Some(rest) = new.strip_prefix(old) else { return false };
    let rest = rest.strip_prefix("/index").unwrap_or(rest);
    old.contains('/') && matches!(rest, ".js" | ".mjs" | ".cjs" | ".jsx" | ".ts" | ".tsx" | ".mts" | ".json")
        || matches!(rest, "") && new.ends_with("/index")
}

/// A relative specifier seen from a file, as a path of the tree; none where it leaves the tree.
pub fn join(from: &str, specifier: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// The files that a specifier may mean.
pub fn candidates(base: &str) -> Vec<String> {
    let stem = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|ext| base.strip_suffix(ext));
    let mut paths = vec![base.to_owned()];
    for stem in stem.into_iter().chain([base]) {
        paths.extend(
            ["ts", "tsx", "js", "jsx", "mjs", "mts", "d.ts"].iter().map(|ext| format!("{stem}.{ext}")),
        );
    }
    paths.extend(["ts", "tsx", "js"].iter().map(|ext| format!("{base}/index.{ext}")));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_specifier_is_seen_from_its_file() {
        assert_eq!(join("src/a/b.ts", "../c.js").as_deref(), Some("src/c.js"));
        assert_eq!(join("b.ts", "../c.js"), None);
        assert!(candidates("src/c.js").contains(&"src/c.ts".to_owned()));
        assert!(candidates("src/c").contains(&"src/c/index.ts".to_owned()));
    }

    #[test]
    fn only_an_extension_may_be_added() {
        assert!(is_extended("./a", "./a.js"));
        assert!(is_extended("./a", "./a/index.js"));
        assert!(!is_extended("./a", "./ab.js"));
        assert!(!is_extended("a", "a.js"));
    }
}
