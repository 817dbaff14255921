//! Telling a person who is not looking.

use std::process::{Command, Stdio};

/// Runs the notification command with the message as its last word. It is not waited for: a message that
/// cannot be told must not hold up the queue.
pub fn notify(command: &[String], kind: &str, message: &str) {
    let Some((program, words)) = command.split_first() else { return };
    let mut command = Command::new(program);
    command.args(words).arg(message).env("FRICTION_EVENT", kind);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut child) = command.spawn() {
        std::thread::spawn(move || child.wait());
    }
}
