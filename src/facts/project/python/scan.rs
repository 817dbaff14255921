//! Import statements at the margin of a text, without parsing it: enough to follow a chain of imports.

/// `import a.b` and `from ..a import b` at the start of a line: dots, module, and whole names where the
/// module alone does not say what is loaded.
pub(in crate::facts::project) fn imports(text: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(line) = next_line(&mut rest) {
        if let Some(modules) = line.strip_prefix("import ") {
            let names = modules.split(',').filter_map(|it| it.split_whitespace().next());
            found.extend(names.map(|it| (0, it.to_owned())));
        } else if let Some(after) = line.strip_prefix("from ") {
            let Some((module, names)) = after.split_once(" import ") else { continue };
            let module = module.trim();
            let name = module.trim_start_matches('.');
            let level = (module.len() - name.len()) as u32;
            found.push((level, name.to_owned()));
            let listed = match names.trim_start().strip_prefix('(') {
                Some(first) => format!("{first}\n{}", rest.split(')').next().unwrap_or("")),
                None => names.to_owned(),
            };
            let inner = listed.split([',', '\n', ')']).filter_map(|it| it.split_whitespace().next());
            for inner in inner.filter(|it| !it.starts_with('#')) {
                let whole = if name.is_empty() { inner.to_owned() } else { format!("{name}.{inner}") };
                found.push((level, whole));
            }
        }
    }
    found
}

fn next_line<'t>(rest: &mut &'t str) -> Option<&'t str> {
    if rest.is_empty() {
        return None;
    }
    let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
    *rest = after;
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn names_of_a_package_may_be_modules() {
        let found =
            imports("import os, a.b as c\nfrom . import (\n    x,  # why\n    y as z,\n)\nfrom p import q\n");
        let names: Vec<&str> = found.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["os", "a.b", "", "x", "y", "p", "p.q"]);
    }
}
