//! How is what came of a command shown?

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use clearinghouse_protocol::listing::Lang;
use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;

use super::{Voice, import};
use crate::desk::request::{Answer, HiddenLine, MemberLine, TokenLine, Transferred};
use crate::desk::status::{FeedStatus, Status};
use crate::desk::verify::Verification;
use crate::words::{FluentValue, say, say_with};

/// Characters of a reason that a table shows.
const REASON_CHARS: usize = 60;

/// Prints an answer on standard output.
pub(super) fn answer(answer: &Answer, voice: Voice) {
    if voice.json {
        let mut value = serde_json::to_value(answer).expect("an answer has only text keys");
        // Which of the answers it is, whoever asked knows.
        if let Some(object) = value.as_object_mut() {
            object.shift_remove("is");
        }
        out(&value);
        return;
    }
    let lang = voice.lang;
    match answer {
        Answer::Status(known) => status(known, lang),
        Answer::Token { name, token } => {
            out(token);
            let text = say_with(lang, "cli-token-made", &[("name", name.as_str().into())]);
            let _ = writeln!(std::io::stderr(), "{text}");
        }
        Answer::Tokens { tokens: known } => tokens(known, lang),
        Answer::Members { members: known } => members(known, lang),
        Answer::WitnessLogs { logs } if logs.is_empty() => out(say(lang, "cli-logs-none")),
        Answer::WitnessLogs { logs } => logs.iter().for_each(out),
        Answer::Verified(found) => verified(found, lang),
        Answer::Rebuilt { listings, seconds } => line(
            lang,
            "cli-rebuilt",
            &[
                ("listings", FluentValue::from(*listings)),
                ("seconds", format!("{seconds:.1}").into()),
            ],
        ),
        Answer::HandedOver(done) => transferred(done, "cli-handed-over", lang),
        Answer::TakenOver(done) => transferred(done, "cli-taken-over", lang),
        Answer::Hidden { hidden: known } => hidden(known, lang),
        // A rotation has a way of its own to be shown, with the key that the node does not know.
        Answer::Rotated(rotated) => out(&rotated.url),
        Answer::Imported(imported) => out(import::report(imported, lang)),
        Answer::Node { nid } => {
            let text = say_with(lang, "cli-done-node", &[("nid", nid.as_str().into())]);
            out(&text);
        }
        Answer::Named { name } => {
            let text = say_with(lang, "cli-done-named", &[("name", name.as_str().into())]);
            out(&text);
        }
    }
}

/// Writes one line to standard output. A reader that has gone has seen what it wanted.
pub(super) fn out(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One line of text with values.
pub(super) fn line(lang: Lang, key: &str, values: &[(&'static str, FluentValue<'_>)]) {
    out(say_with(lang, key, values));
}

/// The name in the reader's language, or any.
pub(super) fn name_in(names: &BTreeMap<String, String>, lang: Lang) -> &str {
    let name = names.get(lang.tag()).or_else(|| names.values().next());
    name.map_or("–", String::as_str)
}

fn status(status: &Status, lang: Lang) {
    let name = name_in(&status.names, lang);
    out(name);
    for (key, value) in [
        ("cli-status-nid", status.nid.as_str()),
        ("cli-status-url", &status.url),
        ("cli-status-data", &status.data),
        ("cli-status-vkey", &status.vkey),
        ("cli-status-witness", &status.witness_vkey),
    ] {
        out(format_args!("  {:<12} {value}", say(lang, key)));
    }
    let running = if status.running {
        "cli-status-running"
    } else {
        "cli-status-resting"
    };
    out(format_args!("  {}", say(lang, running)));
    let numbers = [
        ("listings", FluentValue::from(status.listings)),
        ("entries", status.size.into()),
        ("feeds", (status.feeds.len() as u64).into()),
    ];
    out(format_args!(
        "  {}",
        say_with(lang, "cli-status-view", &numbers)
    ));
    if let Some(now) = &status.recovering {
        let why = say(lang, &format!("recovering-{}", now.reason));
        let what = say(lang, &format!("recovering-do-{}", now.stage));
        out(format_args!("  {why} {what}"));
    } else if status.asked.is_some_and(|asked| asked > 0) && status.knew == Some(0) {
        out(format_args!("  {}", say(lang, "recovering-alone")));
    }
    let mut table = table(
        lang,
        &[
            "cli-column-centre",
            "cli-column-standing",
            "cli-column-entries",
            "cli-column-listings",
            "cli-column-witnessed",
            "cli-column-state",
        ],
    );
    for feed in &status.feeds {
        table.add_row([
            name_in(&feed.names, lang).to_owned(),
            say(lang, &format!("cli-standing-{}", feed.standing)),
            feed.size.to_string(),
            feed.listings.to_string(),
            witnessed(feed, lang),
            state(feed, lang),
        ]);
    }
    out(&table);
    forked(status, lang);
    announced(status, lang);
}

/// Who has signed two histories, and what staff can do about it.
fn forked(status: &Status, lang: Lang) {
    for feed in status.feeds.iter().filter(|feed| feed.evidence.is_some()) {
        let key = match feed.health.as_str() {
            "own" => "cli-status-forked-own",
            _ => "cli-status-forked",
        };
        let file = feed.evidence.as_deref().unwrap_or_default();
        let values = [
            ("centre", name_in(&feed.names, lang).into()),
            ("url", feed.url.as_str().into()),
            ("file", file.into()),
        ];
        out("");
        line(lang, key, &values);
    }
}

/// How much of a feed witnesses confirm, and since when not all of it.
fn witnessed(feed: &FeedStatus, lang: Lang) -> String {
    // To the minute: that much is told of an hour.
    let moment = |text: &str| text.chars().take(16).collect::<String>().replace('T', " ");
    let witnessed = &feed.witnessed;
    match &witnessed.since {
        Some(since) => say_with(lang, "cli-witnessed-since", &[("at", moment(since).into())]),
        None if witnessed.size < feed.size || feed.size == 0 => say(lang, "cli-witnessed-never"),
        None => {
            let count = [("count", FluentValue::from(witnessed.by.len() as u64))];
            say_with(lang, "cli-witnessed-by", &count)
        }
    }
}

/// New keys that somebody else than the paper key has announced: the centre may have to speak up.
fn announced(status: &Status, lang: Lang) {
    for feed in &status.feeds {
        let Some(announced) = &feed.announced else {
            continue;
        };
        let moment = |moment: &Option<String>| moment.clone().unwrap_or_else(|| "none".to_owned());
        let values = [
            ("name", FluentValue::from(name_in(&feed.names, lang))),
            ("begun", moment(&announced.announced_at).into()),
            ("final", moment(&announced.final_at).into()),
        ];
        line(lang, "cli-status-announced", &values);
    }
}

fn state(feed: &FeedStatus, lang: Lang) -> String {
    let mut text = say(lang, &format!("cli-health-{}", feed.health));
    if let Some(reason) = &feed.reason {
        text.push_str(": ");
        text.extend(reason.chars().take(REASON_CHARS));
    }
    for (waiting, key) in [
        (feed.entries_over_quota, "cli-status-entries-over"),
        (feed.bodies_over_quota, "cli-status-bodies-over"),
    ] {
        if let Some(waiting) = waiting {
            let count = [("count", FluentValue::from(waiting))];
            text.push_str(&format!("; {}", say_with(lang, key, &count)));
        }
    }
    if feed.set_aside_count > 0 {
        let count = [("count", FluentValue::from(feed.set_aside_count))];
        text.push_str(&format!("; {}", say_with(lang, "cli-status-aside", &count)));
    }
    text
}

fn verified(found: &Verification, lang: Lang) {
    let columns = [
        "cli-column-centre",
        "cli-column-entries",
        "cli-column-bodies",
        "cli-column-state",
    ];
    let mut table = table(lang, &columns);
    for feed in &found.feeds {
        let state = match feed.findings.len() {
            0 => say(lang, "cli-verify-sound"),
            _ => say(lang, "cli-verify-unsound"),
        };
        table.add_row([
            name_in(&feed.names, lang).to_owned(),
            feed.entries.to_string(),
            feed.bodies.to_string(),
            state,
        ]);
    }
    out(&table);
    for feed in &found.feeds {
        for finding in &feed.findings {
            out(format_args!("  {}: {finding}", feed.nid));
        }
    }
    for finding in &found.findings {
        out(format_args!("  {finding}"));
    }
    let speed = (found.entries + found.bodies) as f64 / found.seconds.max(0.001);
    let values = [
        ("entries", FluentValue::from(found.entries)),
        ("bodies", found.bodies.into()),
        ("mb", format!("{:.1}", found.body_bytes as f64 / 1e6).into()),
        ("seconds", format!("{:.2}", found.seconds).into()),
        ("speed", format!("{speed:.0}").into()),
    ];
    line(lang, "cli-verify-done", &values);
    if found.sound {
        out(say(lang, "cli-verify-whole"));
    }
}

fn transferred(done: &Transferred, key: &str, lang: Lang) {
    let values = [
        ("listings", FluentValue::from(done.listings)),
        ("nid", done.nid.as_str().into()),
    ];
    line(lang, key, &values);
    for (uuid, reason) in &done.left {
        out(format_args!("  {uuid}: {reason}"));
    }
}

fn hidden(hidden: &[HiddenLine], lang: Lang) {
    if hidden.is_empty() {
        out(say(lang, "cli-hidden-none"));
        return;
    }
    let columns = ["cli-column-name", "cli-column-since", "cli-column-reason"];
    let mut table = table(lang, &columns);
    for line in hidden {
        table.add_row([&line.what, &line.since, &line.reason]);
    }
    out(&table);
}

fn tokens(tokens: &[TokenLine], lang: Lang) {
    if tokens.is_empty() {
        out(say(lang, "cli-tokens-none"));
        return;
    }
    let mut table = table(lang, &["cli-column-name", "cli-column-made"]);
    for token in tokens {
        table.add_row([&token.name, &token.created]);
    }
    out(&table);
}

fn members(members: &[MemberLine], lang: Lang) {
    if members.is_empty() {
        out(say(lang, "cli-members-none"));
        return;
    }
    let columns = [
        "cli-column-centre",
        "cli-column-nid",
        "cli-column-regions",
        "cli-column-state",
    ];
    let mut table = table(lang, &columns);
    for member in members {
        let state = match (member.suspended, member.joined, member.dissolved) {
            (true, ..) => "cli-standing-suspended",
            (false, false, _) => "cli-standing-one-sided",
            (false, true, true) => "cli-standing-dissolved",
            (false, true, false) => "cli-standing-mutual",
        };
        table.add_row([
            name_in(&member.names, lang).to_owned(),
            member.nid.clone(),
            member.regions.join(" "),
            say(lang, state),
        ]);
    }
    out(&table);
}

fn table(lang: Lang, columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_header(columns.iter().map(|key| say(lang, key)));
    table
}
