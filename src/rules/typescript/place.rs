//! What kind of place a file stands in: who runs it.

use crate::facts::TypeScriptFile;
use crate::syntax::is_test;

/// Tools that load sources otherwise than node does.
const BUNDLERS: [&str; 20] = [
    "vite",
    "webpack",
    "rollup",
    "esbuild",
    "parcel",
    "next",
    "nuxt",
    "react-scripts",
    "tsup",
    "tsdown",
    "rspack",
    "@rspack/core",
    "@rsbuild/core",
    "gatsby",
    "snowpack",
    "metro",
    "expo",
    "astro",
    "@sveltejs/kit",
    "@babel/core",
];

/// True for a JavaScript file that is an ES module by its ending or by its package.
pub(super) fn is_node_module(file: &TypeScriptFile) -> bool {
    file.path.ends_with(".mjs")
        || (file.path.ends_with(".js")
            && file.project.packages(file.path).first().is_some_and(|package| {
                package.json.get("type").and_then(|kind| kind.as_str()) == Some("module")
            }))
}

/// True for an ES module in JavaScript that node itself runs: no test, and no source of a package that uses
/// a bundler, unless it stands where commands and scripts do.
pub(super) fn is_run_by_node(file: &TypeScriptFile) -> bool {
    if !is_node_module(file) || is_test(file.path) {
        return false;
    }
    let is_command = file.text.starts_with("#!")
        || file.path.split('/').any(|part| matches!(part, "bin" | "scripts" | "script"));
    is_command || !BUNDLERS.iter().any(|bundler| file.project.major(file.path, bundler).is_some())
}
