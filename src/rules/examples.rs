//! The examples in a rule's file: small projects, and the lines of them that the rule flags.
//!
//! ```` ### A sentence ```` below `## Fails` or `## Passes` begins one; the fenced blocks that follow are its
//! files, ```` ```ts title="a.test.ts" flags="3,7" ````.

use std::collections::BTreeSet;

use super::literate::Wrong;

/// Attributes of a block. The last three speak to the proof, which runs the real tool.
const ATTRIBUTES: [&str; 5] = ["title", "flags", "versions", "expect", "run"];

/// A small project that a rule flags, or that looks alike and is fine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The sentence that names it.
    pub title: String,
    /// Below `## Fails`.
    pub fails: bool,
    /// The heading's line in the rule's file, from 1.
    pub line: usize,
    pub files: Vec<ExampleFile>,
}

/// A file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFile {
    /// From the root of the example.
    pub path: String,
    pub text: String,
    /// The lines where a finding must begin, from 1.
    pub flags: Vec<usize>,
}

impl Example {
    /// Path and line of every finding that the rule must have here.
    pub fn flags(&self) -> BTreeSet<(&str, usize)> {
        let of = |file: &'_ ExampleFile| file.flags.clone();
        self.files
            .iter()
            .flat_map(|file| of(file).into_iter().map(|line| (file.path.as_str(), line)))
            .collect()
    }
}

/// The examples of a rule's file, which is given whole so that lines can be told.
pub fn examples(text: &str) -> Result<Vec<Example>, Wrong> {
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line(index + 1, line)?;
    }
    if let Some(block) = reader.block {
        return Err(wrong(block.line, format!("the block `{}` is not closed", block.file.path)));
    }
    for example in &reader.found {
        check(example)?;
    }
    for (fails, section) in [(true, "Fails"), (false, "Passes")] {
        if !reader.found.iter().any(|example| example.fails == fails) {
            return Err(wrong(text.lines().count(), format!("a rule needs an example under `## {section}`")));
        }
    }
    Ok(reader.found)
}

/// What has been read of a rule's file.
#[derive(Default)]
struct Reader {
    found: Vec<Example>,
    section: Option<String>,
    in_example: bool,
    block: Option<Block>,
}

/// A file that is being read.
struct Block {
    /// Of its opening fence.
    line: usize,
    file: ExampleFile,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Wrong> {
        if let Some(block) = &mut self.block {
            if line != "```" {
                block.file.text.push_str(line);
                block.file.text.push('\n');
            } else if let (Some(block), Some(example)) = (self.block.take(), self.found.last_mut()) {
                example.files.push(block.file);
            }
        } else if line.starts_with("```") {
            self.block = self.open(number, line)?;
        } else if let Some(title) = line.strip_prefix("### ") {
            let fails = match self.section.as_deref() {
                Some("Fails") => true,
                Some("Passes") => false,
                _ => return Err(wrong(number, "an example stands outside `## Fails` and `## Passes`")),
            };
            let title = title.trim().to_owned();
            self.found.push(Example { title, fails, line: number, files: Vec::new() });
            self.in_example = true;
        } else if let Some(section) = line.strip_prefix("## ") {
            (self.section, self.in_example) = (Some(section.trim().to_owned()), false);
        }
        Ok(())
    }

    /// A block outside of examples, as the pattern of a query rule is, is passed over.
    fn open(&self, number: usize, line: &str) -> Result<Option<Block>, Wrong> {
        let mut file = ExampleFile { path: String::new(), text: String::new(), flags: Vec::new() };
        let Some(example) = self.found.last().filter(|_| self.in_example) else {
            return Ok(Some(Block { line: number, file }).filter(|_| !self.found.is_empty()));
        };
        for (name, value) in attributes(line) {
            if !ATTRIBUTES.contains(&name) {
                return Err(wrong(number, format!("`{name}` is none of {}", ATTRIBUTES.join(", "))));
            }
            match name {
                "title" => file.path = value.to_owned(),
                "flags" => {
                    file.flags = lines(value).ok_or_else(|| wrong(number, "`flags` are line numbers"))?
                }
                _ => {}
            }
        }
        let inside = !file.path.starts_with('/') && !file.path.split('/').any(|part| part == "..");
        if file.path.is_empty() || !inside || example.files.iter().any(|other| other.path == file.path) {
            return Err(wrong(number, "a block needs a title: a relative path, once in an example"));
        }
        Ok(Some(Block { line: number, file }))
    }
}

/// `name="value"` pairs of a fence.
fn attributes(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let at = rest.find("=\"")?;
        let name = rest[..at].rsplit(char::is_whitespace).next()?;
        let value = &rest[at + 2..];
        let end = value.find('"')?;
        rest = &value[end + 1..];
        Some((name, &value[..end]))
    })
}

fn lines(value: &str) -> Option<Vec<usize>> {
    value.split(',').map(|number| number.trim().parse().ok()).collect()
}

fn check(example: &Example) -> Result<(), Wrong> {
    let of = |message: &str| Err(wrong(example.line, format!("`{}` {message}", example.title)));
    if example.files.is_empty() {
        return of("has no code");
    }
    if example.fails == example.flags().is_empty() {
        return of("flags lines if it stands under `## Fails`, and only then");
    }
    let beyond = |file: &ExampleFile| {
        let last = file.text.lines().count();
        file.flags.iter().any(|line| !(1..=last).contains(line))
    };
    if example.files.iter().any(beyond) {
        return of("flags a line that is not there");
    }
    Ok(())
}

fn wrong(line: usize, message: impl Into<String>) -> Wrong {
    Wrong { line, column: 1, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "\
+++
+++
# Title

## Fails

### Two are added
```json title=\"package.json\"
{}
```
```ts title=\"a.ts\" flags=\"1,2\"
one()
two()
```

## Passes

### None is
```ts title=\"a.ts\"
### not a heading
```
";

    #[test]
    fn an_example_is_a_project_and_its_flagged_lines() {
        let found = examples(RULE).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].title, "Two are added");
        assert_eq!(found[0].flags().into_iter().collect::<Vec<_>>(), [("a.ts", 1), ("a.ts", 2)]);
        assert_eq!(found[1].files[0].text, "### not a heading\n");
    }

    #[test]
    fn what_is_wrong_with_an_example_is_told_with_its_line() {
        let said = |text: &str| examples(text).map_err(|wrong| (wrong.line, wrong.message)).unwrap_err();
        assert_eq!(said(&RULE.replace("1,2", "1,9")).0, 7);
        assert_eq!(said(&RULE.replace("flags=\"1,2\"", "")).0, 7);
        assert_eq!(said(&RULE.replace("flags", "lines")).0, 11);
        assert_eq!(said(&RULE.replace("\"package.json\"", "\"../package.json\"")).0, 8);
        assert_eq!(said(&RULE.replace("## Passes", "## Others")).0, 18);
        assert!(said(RULE.trim_end().trim_end_matches('`')).1.contains("not closed"));
    }
}
