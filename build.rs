//! Writes the rule catalogue as a table of constants, so that a check that finds nothing parses no rule.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[path = "src/rules/literate.rs"]
#[expect(dead_code, reason = "the program reads more of a rule than its table needs")]
mod literate;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut paths = Vec::new();
    collect(&root.join("rules"), "md", &mut paths)?;
    paths.sort();
    let mut table = String::from("&[\n");
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let (front, _) = literate::parse(&text).map_err(|wrong| {
            format!("{}:{}:{}: {}", path.display(), wrong.line, wrong.column, wrong.message)
        })?;
        if path.file_stem() != Some(front.id.as_ref()) {
            return Err(format!("{}: the file's name is not its id `{}`", path.display(), front.id).into());
        }
        row(&mut table, &front, &path)?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("catalogue.rs"), table)?;
    println!("cargo::rustc-env=FRICTION_SOURCES={:016x}", sources(&root)?);
    Ok(())
}

/// A hash of everything that decides what a check finds: what a cache may keep from another build of the same
/// version must not be taken for this one's.
fn sources(root: &Path) -> io::Result<u64> {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let mut paths = vec![root.join("Cargo.lock")];
    collect(&root.join("src"), "rs", &mut paths)?;
    collect(&root.join("rules"), "md", &mut paths)?;
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        fs::read(path)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn row(table: &mut String, front: &literate::Front, path: &Path) -> std::fmt::Result {
    let title = |word: &str| word[..1].to_uppercase() + &word[1..];
    let literate::Front { id, family, languages, files, requires, message, help, always, never, .. } = front;
    let fix = match front.fix.as_str() {
        "safe" => "Some(Safety::Safe)",
        "unsafe" => "Some(Safety::Unsafe)",
        _ => "None",
    };
    writeln!(
        table,
        "Rule {{ id: {id:?}, family: {family:?}, languages: &{languages:?}, severity: Severity::{}, \
         engine: Engine::{}, files: &{files:?}, requires: &{requires:?}, message: {message:?}, help: {help:?}, \
         always: {always:?}, never: {never:?}, fix: {fix}, text: include_str!({:?}) }},",
        title(&front.severity),
        title(&front.engine),
        path.display().to_string(),
    )
}

/// Every file in a folder and below whose name has this ending, but for `README.md`.
fn collect(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, ending, into)?;
        } else if path.extension().is_some_and(|end| end == ending) && !path.ends_with("README.md") {
            into.push(path);
        }
    }
    Ok(())
}
