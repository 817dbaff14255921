//! Go: `go build`, the tests of the packages that changed, then all of the module.

use std::collections::BTreeSet;

use crate::facts::join;
use crate::gate::command::on_path;
use crate::gate::ground::{Ground, below, inside};
use crate::gate::step::{Program, Tool};
use crate::model::gate::Kind;

use super::{Finder, told};

pub(super) fn find(finder: &mut Finder) {
    let ground = finder.ground;
    let all: Vec<&str> = ground.changed.iter().map(|file| file.path.as_str()).collect();
    let module = |path| Ground::ancestors(path).find(|dir| ground.is_file(&join(dir, "go.mod")));
    let mut modules: BTreeSet<&str> = all.iter().copied().filter_map(module).collect();
    if all.is_empty() && ground.is_file("go.mod") {
        modules.insert("");
    }
    for dir in modules {
        let go = |words: &[&str]| match on_path("go") {
            Some(place) => Program::new(place, words),
            None => Program::missing("go", words, "go is not on PATH; see https://go.dev/dl"),
        };
        let changed: Vec<&str> = all.iter().copied().filter(|path| inside(path, dir)).collect();
        let why = if all.is_empty() { "go.mod".to_owned() } else { told(&changed) };
        finder.step("go build", Kind::Types, Tool::Go, dir, why.clone(), go(&["build", "./..."]));
        let packages: BTreeSet<String> = ground
            .present()
            .filter(|path| inside(path, dir) && path.ends_with(".go"))
            .filter_map(|path| Some(format!("./{}", below(Ground::ancestors(path).next()?, dir))))
            .collect();
        if !packages.is_empty() {
            let words: Vec<&str> = ["test"].into_iter().chain(packages.iter().map(String::as_str)).collect();
            finder.step("go test related", Kind::Related, Tool::Go, dir, told(&changed), go(&words));
        }
        finder.step("go test", Kind::Tests, Tool::Go, dir, why, go(&["test", "./..."]));
    }
}
