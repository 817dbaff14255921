//! Code that does not parse, or that Python refuses although it parses.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use crate::facts::{Place, PythonFile};
use crate::model::Safety;
use crate::rules::text::{conflicts, is_template};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "py-syntax-error", needs: &[], check: Check::Python(syntax_error) },
    Native { id: "py-future-import-position", needs: &["__future__"], check: Check::Python(future) },
];

/// The first error only: what follows it is mostly its echo, and all of them are the echo of a committed
/// conflict.
fn syntax_error(file: &PythonFile, hits: &mut Hits) {
    if let Some(error) = file.errors.first()
        && conflicts(file.text).is_empty()
        && !is_template(file.path, file.text)
    {
        hits.at(error.bytes.clone()).word("reason", error.message.clone());
    }
}

/// Only a docstring and other future imports may stand before one.
fn future(file: &PythonFile, hits: &mut Hits) {
    let is_future = |stmt: &Stmt| {
        matches!(stmt, Stmt::ImportFrom(it) if it.level == 0
            && it.module.as_ref().is_some_and(|module| module.as_str() == "__future__"))
    };
    let is_docstring = |at: usize, stmt: &Stmt| {
        at == 0 && matches!(stmt, Stmt::Expr(it) if matches!(&*it.value, Expr::StringLiteral(_)))
    };
    let body = &file.module.body;
    let leading = body.iter().enumerate().take_while(|(at, stmt)| is_future(stmt) || is_docstring(*at, stmt));
    let leading = leading.count();
    for stmt in body[leading..].iter().filter(|stmt| is_future(stmt)) {
        let line = whole_line(file.text, stmt.range().bytes());
        let text = file.text.get(line.clone()).unwrap_or("").to_owned();
        let before = match leading {
            0 => body[0].range().bytes().start,
            n => whole_line(file.text, body[n - 1].range().bytes()).end,
        };
        hits.at(stmt.range()).fix(Safety::Safe, [(line, String::new()), (before..before, text)]);
    }
}

/// A statement's lines, the last line break included.
fn whole_line(text: &str, bytes: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text[..bytes.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[bytes.end..].find('\n').map_or(text.len(), |at| bytes.end + at + 1);
    start..end
}
