//! Pasted text: a message a line, lines that go on, JSON bodies.

use std::io::BufRead;

use super::{InputError, SyncError, line};

/// Longest JSON body that is put together of several lines, in bytes.
const LONGEST_BODY: usize = 256 * 1024;

pub(super) fn read(
    mut source: impl BufRead,
    shown: &str,
    each: &mut dyn FnMut(SyncError),
) -> Result<(), InputError> {
    let mut row = 0;
    let mut give = |mut error: SyncError, line: u64| {
        row += 1;
        error.row = row;
        error.line = line;
        each(error);
    };
    let mut at = 0;
    let mut bytes = Vec::new();
    // Text that is put together: a JSON body of several lines, or a message whose next lines are indented.
    let mut pending: Option<Pending> = None;
    loop {
        bytes.clear();
        at += 1;
        let more = line(&mut source, shown, at, &mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        if let Some(mut open) = pending.take() {
            let goes_on = more && open.takes(text);
            if goes_on {
                open.add(text);
            }
            if goes_on && !open.is_full() {
                pending = Some(open);
                continue;
            }
            open.end(&mut give);
            if goes_on {
                continue;
            }
        }
        if !more {
            return Ok(());
        }
        if !text.trim().is_empty() {
            pending = Some(Pending::new(text, at));
        }
    }
}

struct Pending {
    text: String,
    line: u64,
    json: bool,
    depth: i64,
    in_string: bool,
    escaped: bool,
}

impl Pending {
    fn new(text: &str, line: u64) -> Self {
        let mut pending = Self {
            text: text.to_owned(),
            line,
            json: text.trim_start().starts_with(['{', '[']),
            depth: 0,
            in_string: false,
            escaped: false,
        };
        pending.weigh(text);
        pending
    }

    /// Counts brackets outside of strings.
    fn weigh(&mut self, text: &str) {
        if !self.json {
            return;
        }
        for c in text.chars() {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' if self.in_string => self.escaped = true,
                '"' => self.in_string = !self.in_string,
                '{' | '[' if !self.in_string => self.depth += 1,
                '}' | ']' if !self.in_string => self.depth -= 1,
                _ => {}
            }
        }
    }

    fn takes(&self, text: &str) -> bool {
        let open = self.json && self.depth > 0;
        open || (!self.json && text.starts_with([' ', '\t']) && !text.trim().is_empty())
    }

    fn add(&mut self, text: &str) {
        self.text.push('\n');
        self.text.push_str(text);
        self.weigh(text);
    }

    fn is_full(&self) -> bool {
        self.text.len() > LONGEST_BODY
    }

    fn end(self, give: &mut dyn FnMut(SyncError, u64)) {
        if self.json {
            if let Ok(serde_json::Value::Array(all)) = serde_json::from_str(&self.text) {
                let objects = all.iter().filter(|one| one.is_object());
                let mut any = false;
                for one in objects {
                    any = true;
                    give(SyncError::of(&one.to_string()), self.line);
                }
                if any {
                    return;
                }
            } else if self.depth > 0 {
                // No JSON after all: each line is a message of its own.
                for (more, text) in (0..).zip(self.text.lines()) {
                    if !text.trim().is_empty() {
                        give(SyncError::of(text), self.line.saturating_add(more));
                    }
                }
                return;
            }
        }
        give(SyncError::of(&self.text), self.line);
    }
}
