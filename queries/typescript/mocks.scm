; Test doubles of vitest and jest: what stands on the changed lines, and what encloses them.

; A module replaced: vi.mock('./m', factory); bun writes mock.module('./m', factory).
(call_expression
  function: (member_expression
    object: (identifier) @tool
    property: (property_identifier) @how)
  arguments: (arguments . (string) @path)
  (#any-of? @tool "vi" "jest" "vitest" "mock")
  (#any-of? @how "mock" "doMock" "unstable_mockModule" "setMock" "module")) @module

; What a double does when called: double.mockReturnValue(value).
(call_expression
  function: (member_expression
    object: (_) @double
    property: (property_identifier) @how)
  arguments: (arguments) @value
  (#match? @how "^mock(ReturnValue|ResolvedValue|RejectedValue|Implementation)(Once)?$")) @behaviour

; A double: vi.fn(implementation).
(call_expression
  function: (member_expression
    object: (identifier) @tool
    property: (property_identifier) @how)
  arguments: (arguments) @value
  (#any-of? @tool "vi" "jest" "vitest")
  (#eq? @how "fn")) @function

; A member of an object.
(pair key: (_) @key value: (_) @value) @member
(object (shorthand_property_identifier) @key @member)
