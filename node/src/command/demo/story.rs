//! How is the demonstration told to people?

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use clearinghouse_protocol::listing::Lang;

use crate::words::{FluentValue, say_with};

/// Something that happened: the end of a key `cli-demo-…` of `node/locales`, and what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub what: &'static str,
    /// Names and values that its sentence mentions.
    pub values: Vec<(&'static str, String)>,
}

impl Event {
    pub(super) fn of(what: &'static str) -> Event {
        Event {
            what,
            values: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Event {
        self.values.push((name, value.to_string()));
        self
    }

    /// The sentence.
    pub fn text(&self, lang: Lang) -> String {
        let values: Vec<(&'static str, FluentValue<'_>)> = self
            .values
            .iter()
            .map(|(name, value)| (*name, spoken(name, value)))
            .collect();
        say_with(lang, &format!("cli-demo-{}", self.what), &values)
    }
}

/// Numbers decide about plurals, so they are given as numbers.
fn spoken<'a>(name: &str, value: &'a str) -> FluentValue<'a> {
    match (name, value.parse::<f64>()) {
        ("ms", Ok(ms)) if ms < 10.0 => FluentValue::from(format!("{ms:.1}")),
        ("ms", Ok(ms)) => FluentValue::from(format!("{ms:.0}")),
        ("added" | "refused" | "listings" | "mishaps" | "edits" | "broken", Ok(number)) => {
            FluentValue::from(number)
        }
        _ => FluentValue::from(value),
    }
}

/// Tells what happens, a line an event, each with the seconds since the start.
pub(super) struct Story {
    lang: Lang,
    to_stderr: bool,
    colours: bool,
    // Events come from several tasks; a line is written whole.
    turn: Mutex<()>,
}

impl Story {
    /// A story for people: on standard error if standard output is for machines.
    pub(super) fn new(lang: Lang, to_stderr: bool) -> Story {
        let terminal = if to_stderr {
            std::io::stderr().is_terminal()
        } else {
            std::io::stdout().is_terminal()
        };
        Story {
            lang,
            to_stderr,
            colours: terminal && std::env::var_os("NO_COLOR").is_none(),
            turn: Mutex::new(()),
        }
    }

    /// Tells one event.
    pub(super) fn tell(&self, seconds: f64, event: &Event) {
        let text = event.text(self.lang);
        let line = match (self.colours, event.what) {
            (true, "found") => format!("\x1b[2m{seconds:7.2} s\x1b[0m  \x1b[1;32m{text}\x1b[0m"),
            (true, _) => format!("\x1b[2m{seconds:7.2} s\x1b[0m  {text}"),
            (false, _) => format!("{seconds:7.2} s  {text}"),
        };
        self.line(&line);
    }

    /// Writes one line as it is.
    pub(super) fn line(&self, line: &str) {
        let _turn = self.turn.lock();
        // A reader that has gone is no reason to stop serving.
        let _ = if self.to_stderr {
            writeln!(std::io::stderr(), "{line}")
        } else {
            writeln!(std::io::stdout(), "{line}")
        };
    }
}
