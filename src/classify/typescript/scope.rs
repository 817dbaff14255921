//! Which names of a file are read where nothing binds them.

use std::ops::Range;

use tree_sitter::Node;

use super::case::words;
use crate::syntax::Source;

/// Where `name` is read outside every scope that binds it, as byte offsets. Hoisting and the order of
/// statements are not looked at: a name counts as bound in the whole block that declares it.
pub fn unbound_reads(source: &Source, name: &str) -> Vec<usize> {
    let (mut reads, mut scopes) = (Vec::new(), Vec::new());
    let root = source.tree.root_node();
    for at in words(source.text, name) {
        let range = at..at + name.len();
        let Some(node) = root.named_descendant_for_byte_range(range.start, range.end) else { continue };
        if node.byte_range() != range {
            continue;
        }
        match node.kind() {
            "shorthand_property_identifier_pattern" => scopes.push(scope_of(node)),
            "identifier" | "type_identifier" | "shorthand_property_identifier" => {
                if binds(node) {
                    scopes.push(scope_of(node));
                } else if !is_foreign(node, name) {
                    reads.push(at);
                }
            }
            _ => {}
        }
    }
    reads.retain(|at| !scopes.iter().any(|scope| scope.contains(at)));
    reads
}

/// The identifier names something of another module or of the platform: `export { a } from 'm'`, `<a>`.
fn is_foreign(node: Node, name: &str) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "export_specifier" => {
            let statement = parent.parent().and_then(|clause| clause.parent());
            let re_exports = statement.is_some_and(|s| s.child_by_field_name("source").is_some());
            re_exports || parent.child_by_field_name("alias") == Some(node)
        }
        // `vi.Mock` in a type position.
        "nested_type_identifier" => parent.child_by_field_name("name") == Some(node),
        "jsx_opening_element" | "jsx_closing_element" | "jsx_self_closing_element" => {
            name.starts_with(char::is_lowercase)
        }
        _ => false,
    }
}

/// The bytes in which a binding holds.
fn scope_of(binding: Node) -> Range<usize> {
    let mut node = binding;
    // A function or class is bound where it stands, not within itself.
    if let Some(parent) = node.parent()
        && parent.child_by_field_name("name") == Some(node)
        && parent.kind().ends_with("_declaration")
    {
        node = parent;
    }
    while let Some(parent) = node.parent() {
        if matches!(
            parent.kind(),
            "statement_block"
                | "arrow_function"
                | "function_declaration"
                | "function_expression"
                | "generator_function_declaration"
                | "method_definition"
                | "for_statement"
                | "for_in_statement"
                | "catch_clause"
                | "class_body"
        ) {
            return parent.byte_range();
        }
        node = parent;
    }
    node.byte_range()
}

/// The identifier declares a name rather than reading it.
fn binds(node: Node) -> bool {
    let Some(parent) = node.parent() else { return false };
    let is = |field: &str| parent.child_by_field_name(field) == Some(node);
    match parent.kind() {
        "variable_declarator"
        | "function_declaration"
        | "class_declaration"
        | "interface_declaration"
        | "type_alias_declaration"
        | "enum_declaration"
        | "function_expression"
        | "class"
        | "generator_function_declaration"
        | "abstract_class_declaration"
        | "function_signature"
        | "type_parameter"
        | "internal_module"
        | "mapped_type_clause"
        | "module" => is("name"),
        "required_parameter" | "optional_parameter" => is("pattern"),
        "arrow_function" | "catch_clause" => is("parameter"),
        "pair_pattern" => is("value"),
        "assignment_pattern" | "object_assignment_pattern" | "for_in_statement" => is("left"),
        "infer_type" | "import_require_clause" | "import_alias" | "type_predicate_annotation" => true,
        "array_pattern" | "rest_pattern" | "import_specifier" | "import_clause" | "namespace_import"
        | "formal_parameters" => true,
        _ => false,
    }
}

/// Names that every file may read without binding them.
pub fn is_known_global(name: &str) -> bool {
    const GLOBALS: [&str; 34] = [
        "Array",
        "Boolean",
        "Buffer",
        "Date",
        "Error",
        "JSON",
        "Math",
        "Number",
        "Object",
        "Promise",
        "Record",
        "Partial",
        "Readonly",
        "RegExp",
        "Required",
        "Omit",
        "Pick",
        "Set",
        "String",
        "Symbol",
        "TypeError",
        "console",
        "document",
        "exports",
        "global",
        "globalThis",
        "module",
        "process",
        "require",
        "window",
        "undefined",
        "setTimeout",
        "clearTimeout",
        "this",
    ];
    GLOBALS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Language;

    fn unbound(text: &str, name: &str) -> usize {
        let source = Source::parse(Language::TypeScript, text.as_bytes()).unwrap();
        unbound_reads(&source, name).len()
    }

    #[test]
    fn a_binding_holds_in_its_block_only() {
        assert_eq!(unbound("try { const a = 1; } catch { log(a); }", "a"), 1);
        assert_eq!(unbound("const a = 1; function f() { return a; }", "a"), 0);
        assert_eq!(unbound("function f(a) { return a; }\ng(a);", "a"), 1);
        assert_eq!(unbound("import { a } from 'm';\na();", "a"), 0);
        assert_eq!(unbound("const { a, b: c } = x; a(c);", "a"), 0);
    }

    #[test]
    fn members_keys_and_text_read_nothing() {
        assert_eq!(unbound("x.a; ({ a: 1 }); 'a'; // a\n", "a"), 0);
        assert_eq!(unbound("f({ a });", "a"), 1);
        assert_eq!(unbound("let x: A;", "A"), 1);
        assert_eq!(unbound("let x: n.A;", "A"), 0);
        assert_eq!(unbound("export { a } from 'm';", "a"), 0);
    }
}
