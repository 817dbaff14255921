//! Import statements at the margin of a text, without parsing it: enough to follow a chain of imports.

/// A module that is imported at the margin.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::facts::project) struct MarginImport<'t> {
    /// Dots in front.
    pub(super) level: u32,
    /// Empty for `from . import a`.
    pub(super) module: &'t str,
    /// `from … import` these, which may be modules.
    pub(super) names: Vec<&'t str>,
}

/// `import a.b` and `from ..a import b` at the start of a line.
pub(in crate::facts::project) fn imports(text: &str) -> Vec<MarginImport<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(line) = next_line(&mut rest) {
        if let Some(modules) = line.strip_prefix("import ") {
            let modules = modules.split(',').filter_map(|it| it.split_whitespace().next());
            found.extend(modules.map(|module| MarginImport { level: 0, module, names: Vec::new() }));
        } else if let Some(after) = line.strip_prefix("from ") {
            let Some((module, names)) = after.split_once(" import ") else { continue };
            let module = module.trim();
            let name = module.trim_start_matches('.');
            let level = (module.len() - name.len()) as u32;
            let parts = match names.trim_start().strip_prefix('(') {
                Some(first) => [first, rest.split(')').next().unwrap_or("")],
                None => [names, ""],
            };
            let names = parts.iter().flat_map(|part| part.split([',', '\n', ')']));
            let names = names.filter_map(|it| it.split_whitespace().next()).filter(|it| !it.starts_with('#'));
            found.push(MarginImport { level, module: name, names: names.collect() });
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
        let told: Vec<_> = found.iter().map(|it| (it.level, it.module, it.names.as_slice())).collect();
        assert_eq!(told, [(0, "os", &[][..]), (0, "a.b", &[]), (1, "", &["x", "y"]), (0, "p", &["q"])]);
    }
}
