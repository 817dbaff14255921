//! Paths and specifiers, as text.

/// True for a file that only declares.
pub(super) fn is_declaration(path: &str) -> bool {
    path.contains(".d.") && path.ends_with("ts")
}

/// True for a path that oxc reads.
pub(super) fn is_code(path: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"].iter().any(|end| path.ends_with(end))
}

/// A path seen from a folder, without `.` and `..`; none where it leaves the project.
pub(super) fn normalize(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = if folder.is_empty() { Vec::new() } else { folder.split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The package in a specifier, and what follows its name.
pub(super) fn split_package(specifier: &str) -> (&str, &str) {
    let slashes = usize::from(specifier.starts_with('@')) + 1;
    match specifier.match_indices('/').nth(slashes - 1) {
        Some((at, _)) => (&specifier[..at], &specifier[at + 1..]),
        None => (specifier, ""),
    }
}

/// True for a path of plain JavaScript.
pub(super) fn is_javascript(path: &str) -> bool {
    [".js", ".mjs", ".cjs", ".jsx"].iter().any(|end| path.ends_with(end))
}

/// What a specifier with a JavaScript ending may be written as.
pub(super) fn written_as(target: &str) -> Vec<String> {
    let ends: [(&str, &[&str]); 4] = [
        (".js", &[".ts", ".tsx", ".d.ts"]),
        (".jsx", &[".tsx", ".d.ts"]),
        (".mjs", &[".mts", ".d.mts"]),
        (".cjs", &[".cts", ".d.cts"]),
    ];
    let found = ends.iter().find_map(|(end, written)| Some((target.strip_suffix(end)?, written)));
    found.map_or_else(Vec::new, |(stem, written)| written.iter().map(|end| format!("{stem}{end}")).collect())
}
