//! Modules that import each other before they are whole.

use std::ops::Range;

use crate::facts::{Found, PyImport, PythonFile, Runs};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-circular-import", needs: &["import"], check: Check::Python(circular) }];

/// A name that is taken from another module while this one is imported.
struct Taken<'f> {
    import: &'f PyImport,
    name: &'f str,
    at: Range<usize>,
}

fn circular(file: &PythonFile, hits: &mut Hits) {
    let python = file.python();
    let always = file.own().imports.iter().filter(|it| it.runs == Runs::Always);
    for import in always.filter(|import| !file.stands_in_order(import)) {
        let Found::File(other) = python.resolve(file.path, import.level, &import.module) else { continue };
        if other == file.path || !python.reaches(&other, file.path) {
            continue;
        }
        let Some(taken) = taken(file, import).into_iter().find(|it| is_late(file, &other, it.name)) else {
            continue;
        };
        if is_entered_at(file, &other) {
            hits.at(taken.at).word("module", taken.import.written()).word("name", taken.name).related_in(
                &other,
                0..0,
                "the other module",
            );
        }
    }
}

/// The names of a `from` import; of a plain one, the attributes that are read at module level.
fn taken<'f>(file: &'f PythonFile, import: &'f PyImport) -> Vec<Taken<'f>> {
    if let Some(names) = &import.names {
        return names.iter().map(|it| Taken { import, name: &it.name, at: import.at.clone() }).collect();
    }
    let bound = import.alias.as_deref().unwrap_or(&import.module);
    let reads = file.own().runs.iter().filter(|read| read.base == bound);
    reads.map(|read| Taken { import, name: &read.attribute, at: read.at.clone() }).collect()
}

/// True if the other module binds the name only after the import that leads back here.
fn is_late(file: &PythonFile, other: &str, name: &str) -> bool {
    let python = file.python();
    let Some(module) = python.module(other).filter(|module| !module.open) else { return false };
    let Some(bound) = module.names.get(name) else { return false };
    let back = module.imports.iter().filter(|it| it.runs == Runs::Always).find(|import| {
        python
            .loaded_by(other, import)
            .iter()
            .any(|loaded| loaded == file.path || python.reaches(loaded, file.path))
    });
    back.is_some_and(|back| bound.at.start > back.at.start)
}

/// True if the rest of the project enters the cycle at the other module, and never here.
fn is_entered_at(file: &PythonFile, other: &str) -> bool {
    let python = file.python();
    let outside = |path: &str| python.is_loaded_by_any(path, |it| !python.reaches(file.path, it));
    !outside(file.path) && outside(other)
}
