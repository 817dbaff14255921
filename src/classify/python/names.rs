//! Where a name is bound and where it is read: enough of Python's scopes to say that it was not defined.

use tree_sitter::Node;

use super::commit::{Text, enclosing};

/// What an identifier does where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Its value is read.
    Read,
    /// It gets a value, or a parameter, import, function or class has this name.
    Bound,
    /// A member, a keyword argument, a part of a dotted module: not a name of this scope.
    Other,
}

/// The first place where a name is read although nothing in reach binds it. None as soon as the file
/// could bind it out of sight: by `import *`, `globals()`, or as a builtin.
pub fn read_unbound<'t>(text: &'t Text, name: &[u8]) -> Option<Node<'t>> {
    if is_builtin(name) || memchr::memmem::find(text.bytes, b"import *").is_some() {
        return None;
    }
    let (mut reads, mut bindings) = (Vec::new(), Vec::new());
    for node in occurrences(text, name) {
        match role(node) {
            Role::Read => reads.push(node),
            Role::Bound => bindings.push(node),
            Role::Other => {}
        }
    }
    reads.into_iter().find(|read| !bindings.iter().any(|binding| reaches(text, *binding, *read)))
}

/// True if the name is bound anywhere in the file.
pub fn is_bound(text: &Text, name: &[u8]) -> bool {
    occurrences(text, name).any(|node| role(node) == Role::Bound)
}

/// True if the name's value is read anywhere in the file.
pub fn is_read(text: &Text, name: &[u8]) -> bool {
    occurrences(text, name).any(|node| role(node) == Role::Read)
}

/// True if the file defines an attribute of this name anywhere: as a method, in a class body, by
/// assignment to `self.name`, as a string (`setattr`, `__slots__`) or a keyword.
pub fn defines_member(text: &Text, name: &[u8]) -> bool {
    occurrences(text, name).any(|node| {
        let parent = node.parent();
        match parent.map(|p| p.kind()) {
            Some("attribute") => {
                let attribute = parent.expect("it has a kind");
                is_field(attribute, "attribute", node)
                    && attribute.parent().is_some_and(|p| {
                        p.kind().ends_with("assignment") && is_field(p, "left", attribute)
                            || p.kind() == "pattern_list"
                            || p.kind() == "tuple_pattern"
                    })
            }
            Some("function_definition") => true,
            Some("assignment") => enclosing(node, &["class_definition", "function_definition"])
                .is_some_and(|around| around.kind() == "class_definition"),
            _ => false,
        }
    })
}

/// Every identifier node with this text.
fn occurrences<'t>(text: &'t Text, name: &[u8]) -> impl Iterator<Item = Node<'t>> {
    let length = name.len();
    let starts: Vec<usize> = words(text.bytes, name).collect();
    starts.into_iter().filter_map(move |at| {
        let node = text.node_at(at..at + length)?;
        (node.kind() == "identifier" && node.end_byte() - node.start_byte() == length).then_some(node)
    })
}

/// Where a word stands in a text, not as part of a longer one.
pub fn words<'t>(text: &'t [u8], word: &[u8]) -> impl Iterator<Item = usize> + 't {
    let length = word.len();
    let joins = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let found: Vec<usize> = memchr::memmem::find_iter(text, word).collect();
    found.into_iter().filter(move |&at| {
        !joins(at.checked_sub(1).and_then(|before| text.get(before))) && !joins(text.get(at + length))
    })
}

fn is_field(parent: Node, field: &str, child: Node) -> bool {
    parent.child_by_field_name(field) == Some(child)
}

fn role(node: Node) -> Role {
    let Some(parent) = node.parent() else { return Role::Read };
    match parent.kind() {
        "attribute" if is_field(parent, "attribute", node) => Role::Other,
        "keyword_argument" if is_field(parent, "name", node) => Role::Other,
        "function_definition" | "class_definition" if is_field(parent, "name", node) => Role::Bound,
        "parameters" | "lambda_parameters" => Role::Bound,
        "typed_parameter" => Role::Bound,
        "default_parameter" | "typed_default_parameter" | "named_expression"
            if is_field(parent, "name", node) =>
        {
            Role::Bound
        }
        "list_splat_pattern" | "dictionary_splat_pattern" => Role::Bound,
        "as_pattern_target" | "global_statement" | "nonlocal_statement" => Role::Bound,
        "aliased_import" => {
            if is_field(parent, "alias", node) {
                Role::Bound
            } else {
                Role::Other
            }
        }
        "dotted_name" => dotted_role(parent, node),
        "type" if enclosing(node, &["type_parameter"]).is_some() => Role::Bound,
        "except_clause" if parent.child_by_field_name("alias") == Some(node) => Role::Bound,
        _ => {
            if is_target(node) {
                Role::Bound
            } else {
                Role::Read
            }
        }
    }
}

/// `import a.b` binds `a`, `from m import a` binds `a`, `case a:` binds `a`; `import a as b` does not.
fn dotted_role(dotted: Node, node: Node) -> Role {
    let Some(around) = dotted.parent() else { return Role::Other };
    let first = dotted.start_byte() == node.start_byte();
    match around.kind() {
        "import_statement" if first => Role::Bound,
        "import_from_statement" if !is_field(around, "module_name", dotted) => Role::Bound,
        "case_pattern" => Role::Bound,
        kind if kind.ends_with("pattern") && first => Role::Read,
        _ => Role::Other,
    }
}

/// True for what an assignment, a loop or a `with` gives a value to, alone or within a tuple.
fn is_target(node: Node) -> bool {
    let mut child = node;
    while let Some(parent) = child.parent() {
        match parent.kind() {
            "pattern_list" | "tuple_pattern" | "list_pattern" | "expression_list" | "tuple" => child = parent,
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => {
                return is_field(parent, "left", child);
            }
            "as_pattern_target" => return true,
            _ => return false,
        }
    }
    false
}

/// True if a binding's scope holds the place of a read.
fn reaches(text: &Text, binding: Node, read: Node) -> bool {
    let Some(parent) = binding.parent() else { return true };
    if matches!(parent.kind(), "global_statement" | "nonlocal_statement") {
        return true;
    }
    let own_name = matches!(parent.kind(), "function_definition" | "class_definition")
        && is_field(parent, "name", binding);
    let from = if own_name { parent } else { binding };
    let Some(scope) = enclosing(from, &["function_definition", "lambda", "class_definition"]) else {
        return true;
    };
    if declares_global(text, scope, text.text_of(binding)) {
        return true;
    }
    let inside = scope.start_byte() <= read.start_byte() && read.end_byte() <= scope.end_byte();
    if scope.kind() != "class_definition" {
        return inside;
    }
    // A class body's names are seen by the body itself, not by its methods.
    inside
        && enclosing(read, &["function_definition", "class_definition"])
            .is_none_or(|around| around == scope || !is_field_descendant(around, "body", read))
}

fn is_field_descendant(parent: Node, field: &str, node: Node) -> bool {
    parent.child_by_field_name(field).is_some_and(|body| body.start_byte() <= node.start_byte())
}

fn declares_global(text: &Text, scope: Node, name: &[u8]) -> bool {
    let body = text.text_of(scope);
    words(body, b"global").any(|at| {
        let line = &body[at..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        words(line, name).next().is_some()
    })
}

/// True for a name that every module has.
pub fn is_builtin(name: &[u8]) -> bool {
    const BUILTINS: &str = " ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup \
        BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError \
        ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis \
        EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError FileNotFoundError \
        FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError \
        IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError \
        ModuleNotFoundError NameError NotADirectoryError NotImplemented NotImplementedError OSError \
        OverflowError PendingDeprecationWarning PermissionError ProcessLookupError RecursionError \
        ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration \
        SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError \
        UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning \
        ValueError Warning WindowsError ZeroDivisionError __annotations__ __builtins__ __doc__ __file__ \
        __import__ __loader__ __name__ __package__ __path__ __spec__ __class__ abs aiter all anext any ascii \
        basestring bin bool breakpoint bytearray bytes callable chr classmethod cmp compile complex copyright \
        credits delattr dict dir divmod enumerate eval exec execfile exit file filter float format frozenset \
        getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals \
        long map max memoryview min next object oct open ord pow print property quit range raw_input reduce \
        reload repr reversed round set setattr slice sorted staticmethod str sum super tuple type unichr \
        unicode vars xrange zip reveal_type _ self cls ";
    let name = String::from_utf8_lossy(name);
    BUILTINS.split_whitespace().any(|builtin| builtin == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unbound(text: &str, name: &str) -> bool {
        read_unbound(&Text::new(text.as_bytes()), name.as_bytes()).is_some()
    }

    #[test]
    fn a_name_that_nothing_in_reach_binds_is_unbound() {
        assert!(unbound("def f():\n    return os.getcwd()\n", "os"));
        assert!(unbound("def f():\n    import os\ndef g():\n    return os\n", "os"));
        assert!(unbound("class A:\n    path = 1\n    def f(self):\n        return path\n", "path"));
        assert!(unbound("class A(Base):\n    pass\n", "Base"));
        assert!(unbound("f(os=os)\n", "os"));
    }

    #[test]
    fn whatever_binds_a_name_in_reach_makes_it_bound() {
        for text in [
            "import os.path\nos\n",
            "from a import (b,\n os)\nos\n",
            "import a as os\nos\n",
            "def f(os): return os\n",
            "def f(*os): return os\n",
            "def f(os: int = 1): return os\n",
            "lambda os: os\n",
            "for a, os in x: os\n",
            "[os for os in x]\n",
            "with a as os: os\n",
            "try: pass\nexcept E as os: os\n",
            "if (os := 1): os\n",
            "a, (b, os) = x\nos\n",
            "def f():\n    global os\n    os = 1\ndef g(): os\n",
            "def f():\n    os = 1\n    def g(): return os\n",
            "class A:\n    os = 1\n    b = os\n",
            "from a import *\nos\n",
            "x.os\n",
            "'os'\n",
            "match x:\n    case os: os\n",
        ] {
            assert!(!unbound(text, "os"), "{text}");
        }
    }

    #[test]
    fn members_are_defined_by_methods_class_bodies_and_self() {
        let text = Text::new(b"class A:\n    a = 1\n    def b(self):\n        self.c = self.d\n");
        for (name, defined) in [("a", true), ("b", true), ("c", true), ("d", false)] {
            assert_eq!(defines_member(&text, name.as_bytes()), defined, "{name}");
        }
    }
}
