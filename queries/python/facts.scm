; What may stand on a changed line: imports, calls that set up a test double, guards.

(import_statement) @import
(import_from_statement) @import

(call
  function: [(identifier) (attribute)] @function
  arguments: (argument_list)
  (#match? @function "(^|\\.)(patch|object|dict|multiple|setattr|setenv|delenv|Mock|MagicMock|AsyncMock|PropertyMock|NonCallableMock|create_autospec)$")) @double

(assignment left: (attribute) right: (_)) @assignment

(if_statement) @guard
(elif_clause) @guard
(conditional_expression) @guard
(assert_statement) @guard
(boolean_operator) @guard
(call function: [(identifier) (attribute)] @function (#match? @function "(^|\\.)cast$")) @guard
