use std::sync::Arc;

use super::*;
use crate::facts::Resolution;
use crate::git::MemoryFiles;

fn project(files: &[(&str, &str)]) -> Project {
    let mut memory = MemoryFiles::default();
    for (path, text) in files {
        memory.insert(*path, text);
    }
    Project::new(Arc::new(memory))
}

fn file(path: &str) -> Resolution {
    Resolution::File(path.to_owned())
}

#[test]
fn a_relative_specifier_is_looked_for_as_its_importer_looks() {
    let project = project(&[
        ("src/a.ts", ""),
        ("src/a.js", ""),
        ("src/b/index.tsx", ""),
        ("src/c.d.ts", ""),
        ("src/d.json", "{}"),
        ("gone.test.ts", ""),
    ]);
    assert_eq!(project.resolve("src/x.ts", "./a.js"), file("src/a.ts"));
    assert_eq!(project.resolve("src/x.mjs", "./a.js"), file("src/a.js"));
    assert_eq!(project.resolve("src/x.ts", "./b"), file("src/b/index.tsx"));
    assert_eq!(project.resolve("src/b/y.ts", "../c.js"), file("src/c.d.ts"));
    assert_eq!(project.resolve("src/x.ts", "./d.json"), file("src/d.json"));
    assert_eq!(project.resolve("src/b/y.ts", ".."), Resolution::Missing);
    assert_eq!(project.resolve("gone.test.ts", "./gone"), Resolution::Missing);
}

#[test]
fn what_a_build_makes_is_not_judged() {
    let project = project(&[(".gitignore", "proto.ts\n"), ("src/x.ts", ""), ("src/view.vue", "")]);
    for specifier in [
        "./proto",
        "./proto.js",
        "./dist/x",
        "./generated/y",
        "./z.css",
        "./q?raw",
        "./view",
        "../../up",
        "./+types/r",
    ] {
        assert_eq!(project.resolve("src/x.ts", specifier), Resolution::Unknown, "{specifier}");
    }
}

#[test]
fn aliases_of_the_tsconfig_are_followed() {
    let project = project(&[
        (
            "tsconfig.json",
            r#"{ "compilerOptions": { "paths": { "@/*": ["./src/*"], "cfg": ["./src/cfg.ts"] } } }"#,
        ),
        ("src/a.ts", ""),
        ("src/cfg.ts", ""),
    ]);
    assert_eq!(project.resolve("src/x.ts", "@/a"), file("src/a.ts"));
    assert_eq!(project.resolve("src/x.ts", "cfg"), file("src/cfg.ts"));
    assert_eq!(project.resolve("src/x.ts", "@/nothing"), Resolution::Missing);
}

#[test]
fn packages_are_known_by_manifests_and_lock_files() {
    let project = project(&[
        (
            "package.json",
            r#"{ "dependencies": { "listed": "1" }, "devDependencies": { "@types/typed": "1" } }"#,
        ),
        ("yarn.lock", "transitive@^1:\n"),
    ]);
    for name in ["listed/sub", "typed", "transitive"] {
        assert_ne!(project.resolve("a.ts", name), Resolution::Missing, "{name}");
    }
    assert_eq!(project.resolve("a.ts", "fs/promises"), Resolution::Builtin);
    assert_eq!(project.resolve("a.ts", "nobody"), Resolution::Missing);
    assert_eq!(project.resolve("a.ts", "virtual:x"), Resolution::Unknown);
}

#[test]
fn packages_of_the_repository_and_private_imports_lead_to_their_files() {
    let project = project(&[
        ("package.json", r##"{ "workspaces": ["packages/*"], "imports": { "#own/*": "./src/*.ts" } }"##),
        ("src/a.ts", ""),
        ("packages/core/package.json", r#"{ "name": "@me/core", "exports": { ".": "./src/index.ts" } }"#),
        ("packages/core/src/index.ts", ""),
        ("packages/built/package.json", r#"{ "name": "built", "main": "./dist/index.js" }"#),
    ]);
    assert_eq!(
        project.resolve("x.ts", "@me/core"),
        Resolution::Workspace("packages/core/src/index.ts".to_owned())
    );
    assert_eq!(project.resolve("packages/core/y.ts", "built"), Resolution::Package);
    assert_eq!(project.resolve("x.ts", "#own/a"), file("src/a.ts"));
}

#[test]
fn exports_are_found_through_reexports_with_what_they_are() {
    let project = project(&[
        (
            "a.ts",
            "export * from './b'\nimport type { T } from './b'\nexport { T }\nexport { f as g } from './b'",
        ),
        (
            "b.ts",
            "export interface T {}\nexport function f() {}\nexport const [x, { y }] = z\nexport default class {}",
        ),
        ("open.ts", "export * from 'elsewhere'\nexport const known = 1"),
        ("cycle.ts", "export * from './cycle'"),
    ]);
    assert_eq!(project.exported("a.ts", "g"), Exported::Yes(ExportedKind::Function));
    assert_eq!(project.exported("a.ts", "T"), Exported::Yes(ExportedKind::Type));
    assert_eq!(project.exported("a.ts", "y"), Exported::Yes(ExportedKind::Variable));
    assert_eq!(project.exported("a.ts", "default"), Exported::No);
    assert_eq!(project.exported("a.ts", "h"), Exported::No);
    assert_eq!(project.exported("open.ts", "h"), Exported::Unknown);
    assert_eq!(project.exported("cycle.ts", "h"), Exported::No);
    let names: Vec<String> = project.export_names("a.ts").unwrap().into_iter().collect();
    assert_eq!(names, ["T", "f", "g", "x", "y"]);
    assert!(project.export_names("open.ts").is_none());
}

#[test]
fn a_module_that_cannot_be_known_is_open() {
    for (path, text) in [
        ("a.d.ts", "export const a: 1"),
        ("a.ts", "export const a ="),
        ("a.js", "module.exports = {}"),
        ("a.ts", "export = f"),
        ("a.ts", "const a = 1"),
    ] {
        assert!(Module::parse(path, text).open, "{text}");
    }
    let both = Module::parse("a.ts", "export interface A {}\nexport const A = 1");
    assert_eq!(both.exports["A"].kind, ExportedKind::Variable);
}

#[test]
fn a_plain_export_is_seen_without_a_parse() {
    let project =
        project(&[("a.ts", "export async function* one() {}\nexport type Two = 1\n  export class Three {}")]);
    assert_eq!(project.plain_export("a.ts", "one"), Some(ExportedKind::Function));
    assert_eq!(project.plain_export("a.ts", "Two"), Some(ExportedKind::Type));
    assert_eq!(project.plain_export("a.ts", "Tw"), None);
    assert_eq!(project.plain_export("a.ts", "export"), None);
}
