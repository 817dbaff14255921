//! Any command that reads a prompt. It may tell of limits by the exit code 75, as friction itself does.

use super::find;
use crate::dispatch::outcome::Class;

const TEXTS: &[(&str, Class)] = &[
    ("usage limit reached", Class::UsageLimit),
    ("hit your usage limit", Class::UsageLimit),
    ("429 too many requests", Class::RateLimited),
    ("rate limit", Class::RateLimited),
    ("not logged in", Class::Auth),
];

pub(super) fn by_text(text: &str) -> Option<Class> {
    find(TEXTS, text)
}

pub(super) fn by_exit(rc: Option<i32>) -> Option<Class> {
    (rc == Some(75)).then_some(Class::UsageLimit)
}
