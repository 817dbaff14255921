//! Tasks from elsewhere: a stream of JSON records, and task-master's `tasks.json`.

use serde::Deserialize;
use serde_json::Value;

use super::read::{FrontMatter, PRIORITY, TaskError, finish};
use super::{Task, is_id};

/// Reads a task a line: the keys of the front matter, and `prompt`.
pub fn from_jsonl(text: &str, source: &str) -> Result<Vec<Task>, TaskError> {
    let mut tasks = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line_number = at + 1;
        let wrong = |message: String| TaskError::at(source, line_number, message);
        let mut record: Value = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let prompt = record.as_object_mut().and_then(|record| record.remove("prompt"));
        let prompt = prompt.as_ref().and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let prompt = prompt.ok_or_else(|| wrong("has no `prompt`".to_owned()))?.to_owned();
        let front: FrontMatter = serde_json::from_value(record).map_err(|error| wrong(error.to_string()))?;
        tasks.push(finish(front, prompt, source, &format!("task-{line_number}"), &|_| line_number)?);
    }
    Ok(tasks)
}

/// A task of task-master, or one of its subtasks. Ids are numbers in some files and texts in others.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Foreign {
    id: Value,
    title: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    details: Option<String>,
    #[serde(default)]
    test_strategy: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    priority: Option<String>,
    #[serde(default)]
    dependencies: Vec<Value>,
    #[serde(default)]
    subtasks: Vec<Foreign>,
}

/// Reads the open tasks of a task-master file, old form (`{"tasks": …}`) or with tags
/// (`{"master": {"tasks": …}}`); `tag` chooses among several. Subtasks become part of their task's prompt.
pub fn from_task_master(text: &str, source: &str, tag: Option<&str>) -> Result<Vec<Task>, TaskError> {
    let whole: Value =
        serde_json::from_str(text).map_err(|error| TaskError::at(source, error.line(), error.to_string()))?;
    let wrong = |message: String| TaskError::at(source, 1, message);
    let list = whole.get("tasks").or_else(|| whole.get(tag.unwrap_or("master"))?.get("tasks"));
    let Some(list) = list else {
        let tags: Vec<&str> =
            whole.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        return Err(wrong(format!("holds no tasks for that tag; it has: {}", tags.join(", "))));
    };
    let foreign: Vec<Foreign> =
        serde_json::from_value(list.clone()).map_err(|error| wrong(error.to_string()))?;
    let is_open = |task: &Foreign| !matches!(task.status.as_deref(), Some("done" | "cancelled" | "deferred"));
    let open: Vec<String> =
        foreign.iter().filter(|task| is_open(task)).map(|task| number(&task.id)).collect();
    foreign.iter().filter(|task| is_open(task)).map(|task| convert(task, &open, source)).collect()
}

fn number(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn convert(task: &Foreign, open: &[String], source: &str) -> Result<Task, TaskError> {
    let id = format!("tm-{}", number(&task.id));
    if !is_id(&id) {
        return Err(TaskError::at(source, 1, format!("`{}` cannot be the id of a task", number(&task.id))));
    }
    let mut prompt = format!("# {}\n", task.title);
    let mut add = |heading: &str, text: &Option<String>| {
        if let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            prompt.push_str(&format!("\n{heading}{text}\n"));
        }
    };
    add("", &task.description);
    add("", &task.details);
    add("How to test it: ", &task.test_strategy);
    for (at, part) in task.subtasks.iter().enumerate() {
        add(&format!("{}. ", at + 1), &Some(part.title.clone()));
        add("", &part.description);
        add("", &part.details);
    }
    let priority = match task.priority.as_deref() {
        Some("critical") => 90,
        Some("high") => 70,
        Some("low") => 30,
        _ => PRIORITY,
    };
    // A dependency that is done already, or is a subtask, holds nobody up.
    let depends_on =
        task.dependencies.iter().map(number).filter(|id| open.contains(id)).map(|id| format!("tm-{id}"));
    let front = FrontMatter {
        id: Some(id.clone()),
        title: Some(task.title.clone()),
        priority: Some(priority),
        depends_on: depends_on.collect(),
        ..FrontMatter::default()
    };
    finish(front, prompt.trim().to_owned(), source, &id, &|_| 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_holds_a_task_a_line() {
        let tasks =
            from_jsonl("{\"id\":\"a\",\"prompt\":\"do\"}\n\n{\"prompt\":\"then\",\"priority\":9}\n", "-");
        let tasks = tasks.unwrap();
        assert_eq!(tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["a", "task-3"]);
    }

    #[test]
    fn a_broken_record_is_named_with_its_line() {
        let told = |text: &str| from_jsonl(text, "stdin").unwrap_err().to_string();
        assert!(told("{\"prompt\":\"x\"}\n{").starts_with("stdin:2: "));
        assert!(told("{\"id\":\"a\"}").starts_with("stdin:1: has no `prompt`"));
        assert!(told("{\"prompt\":\"x\",\"idd\":1}").contains("idd"));
    }

    #[test]
    fn open_tasks_of_task_master_are_taken_with_their_subtasks_and_open_dependencies() {
        let text = r#"{"master":{"tasks":[
            {"id":1,"title":"Schema","status":"done","dependencies":[]},
            {"id":2,"title":"Store","description":"Write it.","status":"pending","priority":"high",
             "dependencies":[1],"subtasks":[{"id":1,"title":"Open","details":"once"}]},
            {"id":"3","title":"Serve","testStrategy":"curl","dependencies":[2]}]}}"#;
        let tasks = from_task_master(text, "tasks.json", None).unwrap();
        assert_eq!(tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["tm-2", "tm-3"]);
        assert!(tasks[0].depends_on.is_empty());
        assert_eq!(tasks[0].priority, 70);
        assert_eq!(tasks[0].prompt, "# Store\n\nWrite it.\n\n1. Open\n\nonce");
        assert_eq!(tasks[1].depends_on, ["tm-2"]);
        assert!(tasks[1].prompt.ends_with("How to test it: curl"));
    }
}
