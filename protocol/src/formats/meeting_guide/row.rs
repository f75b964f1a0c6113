//! What one row of Meeting Guide says, as a draft of a listing.

use serde_json::{Map, Value, json};

use super::codes::{self, Says};
use super::place::{self, Where};
use super::time;
use crate::formats::clean::{self, cut, scalar};
use crate::formats::report::{Report, What, Why, phrase};
use crate::formats::source::Source;

/// One row being read, and where its notes go.
pub(super) struct Row<'a> {
    pub(super) number: usize,
    pub(super) id: String,
    cells: &'a Map<String, Value>,
    report: &'a mut Report,
    assumed: &'a mut Vec<(&'static str, &'static str)>,
}

/// What holds for all rows of one file.
pub(super) struct Around<'a> {
    pub(super) source: &'a Source,
    pub(super) concerns: &'a [String],
}

/// Letters of a name at most, as in a listing.
const MAX_NAME_CHARS: usize = 200;
/// Letters of a description at most, as in a listing.
const MAX_DESCRIPTION_CHARS: usize = 10_000;
/// Letters of an identifier at most.
const MAX_ID_CHARS: usize = 200;

impl<'a> Row<'a> {
    pub(super) fn new(
        number: usize,
        cells: &'a Map<String, Value>,
        report: &'a mut Report,
        assumed: &'a mut Vec<(&'static str, &'static str)>,
    ) -> Row<'a> {
        Row {
            number,
            id: String::new(),
            cells,
            report,
            assumed,
        }
    }

    pub(super) fn raw(&self, field: &str) -> Option<&'a Value> {
        self.cells.get(field)
    }

    pub(super) fn line(&self, field: &str) -> Option<String> {
        clean::field_line(self.cells, field)
    }

    pub(super) fn lines(&self, field: &str) -> Option<String> {
        clean::field_lines(self.cells, field)
    }

    pub(super) fn changed(&mut self, field: &str, why: Why) {
        self.report
            .note(self.number, &self.id, field, What::Changed, why);
    }

    /// Notes what was assumed of this row and is told once for the whole file.
    pub(super) fn assumed(&mut self, field: &'static str, code: &'static str) {
        self.assumed.push((field, code));
    }

    /// The text if it fits, else cut, with a note.
    pub(super) fn fit(&mut self, field: &str, text: &str, max_chars: usize) -> String {
        let (short, lost) = cut(text, max_chars);
        if lost {
            self.changed(
                field,
                Why::new("shortened").with("chars", max_chars.to_string()),
            );
        }
        short
    }
}

/// A text in one language.
pub(super) fn text(tag: &str, words: &str) -> Value {
    json!({ tag: words })
}

/// Reads one row. An error is the reason why there is no draft of it.
pub(super) fn read(row: &mut Row<'_>, around: &Around<'_>) -> Result<Value, Why> {
    let source = around.source;
    let tag = source.language.as_str();
    let name = row
        .line("name")
        .or_else(|| row.line("group"))
        .or_else(|| row.line("location"));
    identify(row, name.as_deref().unwrap_or(""));
    let name = name.ok_or_else(|| Why::new("no-name"))?;
    if row.id.is_empty() {
        return Err(Why::new("no-id"));
    }
    let (says, words) = types(row);
    let at = place::read(row, &says, source);
    let mut draft = Map::new();
    draft.insert("kind".into(), json!("group"));
    if row.line("name").is_none() {
        row.changed("name", Why::new("name-taken").with("value", name.clone()));
    }
    draft.insert(
        "name".into(),
        text(tag, &row.fit("name", &name, MAX_NAME_CHARS)),
    );
    if let Some(description) = description(row, &words, tag) {
        draft.insert("description".into(), text(tag, &description));
    }
    draft.insert("concerns".into(), json!(around.concerns));
    insert_who(&mut draft, row, &says);
    draft.insert("ways".into(), json!(at.ways));
    insert_list(&mut draft, "languages", languages(&says, source));
    draft.insert(
        "schedules".into(),
        Value::Array(time::read(row, &at, source)),
    );
    if let Some(place) = &at.place {
        draft.insert("places".into(), json!([place]));
    }
    if let Some(area) = area(row, &at, tag) {
        draft.insert("area".into(), area);
    }
    insert_contacts(&mut draft, row, source);
    insert_list(&mut draft, "links", links(row, &at));
    insert_list(&mut draft, "accessibility", access(&says));
    insert_bodies(&mut draft, row, &name, tag);
    draft.insert(
        "status".into(),
        json!(if at.paused { "paused" } else { "active" }),
    );
    if let Some(licence) = &source.licence {
        draft.insert("licence".into(), json!(licence));
    }
    draft.insert(
        "identifiers".into(),
        json!([{ "system": source.name, "id": row.id }]),
    );
    Ok(Value::Object(draft))
}

/// For whom the meeting is, and whether others may come.
fn insert_who(draft: &mut Map<String, Value>, row: &mut Row<'_>, says: &[Says]) {
    let whom = said(says, |s| match s {
        Says::For(whom) => Some(*whom),
        _ => None,
    });
    insert_list(draft, "for_whom", whom);
    let opens = said(says, |s| match s {
        Says::Open(word) => Some(*word),
        _ => None,
    });
    match opens.as_slice() {
        [] => {}
        [one] => drop(draft.insert("openness".into(), json!(one))),
        _ => row.changed("types", Why::new("open-and-closed")),
    }
}

/// The slug, or one made of what tells this row from others, so that it is found again.
fn identify(row: &mut Row<'_>, name: &str) {
    let given = row
        .line("slug")
        .filter(|slug| slug.chars().count() <= MAX_ID_CHARS);
    row.id = given.unwrap_or_else(|| {
        let day = time::days_of(row).unwrap_or_default();
        let hour = row.line("time").unwrap_or_default();
        cut(&clean::slug(&format!("{name} {day} {hour}")), MAX_ID_CHARS).0
    });
    if !row.id.is_empty() && row.line("slug").as_deref() != Some(row.id.as_str()) {
        let made = row.id.clone();
        row.changed("slug", Why::new("id-made").with("value", made));
    }
}

fn types(row: &mut Row<'_>) -> (Vec<Says>, Vec<&'static str>) {
    let written: Vec<String> = match row.raw("types") {
        Some(Value::Array(many)) => many.iter().filter_map(scalar).collect(),
        Some(other) => scalar(other)
            .iter()
            .flat_map(|text| text.trim_matches(['[', ']']).split([',', ';', '|']))
            .map(|code| {
                code.trim_matches(|c: char| c.is_whitespace() || c == '"')
                    .to_string()
            })
            .filter(|code| !code.is_empty())
            .collect(),
        None => Vec::new(),
    };
    let (mut says, mut words) = (Vec::new(), Vec::new());
    for code in written {
        match codes::meaning(&code) {
            Some((known, Says::Word)) => words.push(known),
            Some((_, meaning)) => says.push(meaning),
            None => row.changed("types", Why::new("code").with("value", code)),
        }
    }
    (says, words)
}

fn said<'s>(
    says: &'s [Says],
    pick: impl Fn(&'s Says) -> Option<&'static str>,
) -> Vec<&'static str> {
    let mut out = Vec::new();
    for value in says.iter().filter_map(pick) {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

fn languages(says: &[Says], source: &Source) -> Vec<String> {
    let spoken = said(says, |s| match s {
        Says::Speaks(tag) => Some(*tag),
        Says::Signed => Some("ase"),
        _ => None,
    });
    if spoken.is_empty() {
        source.languages.clone()
    } else {
        spoken.into_iter().map(str::to_string).collect()
    }
}

fn access(says: &[Says]) -> Vec<&'static str> {
    said(says, |s| match s {
        Says::Access(kind) => Some(*kind),
        Says::Signed => Some("asl"),
        _ => None,
    })
}

fn insert_list<T: Into<Value>>(draft: &mut Map<String, Value>, field: &str, list: Vec<T>) {
    if !list.is_empty() {
        draft.insert(
            field.to_string(),
            Value::Array(list.into_iter().map(Into::into).collect()),
        );
    }
}

fn description(row: &mut Row<'_>, words: &[&'static str], tag: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for field in ["notes", "group_notes"] {
        if let Some(text) = row
            .lines(field)
            .filter(|text| text.chars().any(char::is_alphanumeric))
            && !parts.contains(&text)
        {
            parts.push(text);
        }
    }
    let mut named: Vec<String> = Vec::new();
    for code in words {
        if let Some(word) = phrase(tag, &codes::word_key(code)).filter(|word| !named.contains(word))
        {
            named.push(word);
        }
    }
    if !named.is_empty() {
        parts.push(named.join(", "));
    }
    if parts.is_empty() {
        return None;
    }
    Some(row.fit("notes", &parts.join("\n\n"), MAX_DESCRIPTION_CHARS))
}

fn area(row: &Row<'_>, at: &Where, tag: &str) -> Option<Value> {
    let mut area = Map::new();
    area.insert("scope".into(), json!("local"));
    if let Some(region) = &at.address.region {
        area.insert("regions".into(), json!([region]));
    }
    let named: Vec<String> = match row.raw("regions") {
        Some(Value::Array(regions)) => regions
            .iter()
            .filter_map(scalar)
            .map(|r| clean::line(&r))
            .collect(),
        _ => ["region", "sub_region"]
            .iter()
            .filter_map(|field| row.line(field))
            .collect(),
    };
    if !named.is_empty() {
        area.insert(
            "note".into(),
            text(tag, &cut(&named.join(", "), MAX_NAME_CHARS).0),
        );
    }
    (area.len() > 1).then_some(Value::Object(area))
}

fn links(row: &mut Row<'_>, at: &Where) -> Vec<Value> {
    let mut links: Vec<(String, &str)> = Vec::new();
    if let Some(url) = &at.join_url {
        links.push((url.clone(), "join"));
    }
    for field in ["url", "website", "website_2"] {
        let Some(written) = row.line(field) else {
            continue;
        };
        match clean::web_address(&written) {
            Some(url) => links.push((url, "website")),
            None => row.changed(field, Why::new("no-web-address").with("value", written)),
        }
    }
    links.extend(place::donations(row).into_iter().map(|url| (url, "donate")));
    let mut seen: Vec<String> = Vec::new();
    links.retain(|(url, _)| {
        let first = !seen.contains(url);
        seen.push(url.clone());
        first
    });
    links
        .into_iter()
        .map(|(url, kind)| json!({ "url": url, "kind": kind }))
        .collect()
}

/// Contacts of persons enter only with consent; the file as a whole says so once.
fn insert_contacts(draft: &mut Map<String, Value>, row: &Row<'_>, source: &Source) {
    if !source.contacts_consented {
        return;
    }
    let mut contacts = Vec::new();
    let fields = [
        ["contact_1_name", "contact_1_phone", "contact_1_email"],
        ["contact_2_name", "contact_2_phone", "contact_2_email"],
        ["contact_3_name", "contact_3_phone", "contact_3_email"],
        ["", "phone", "email"],
    ];
    for [name, telephone, email] in fields {
        let mut contact = Map::new();
        for (field, column) in [("name", name), ("telephone", telephone), ("email", email)] {
            if let Some(value) = row.line(column) {
                contact.insert(field.into(), json!(value));
            }
        }
        if contact.contains_key("telephone") || contact.contains_key("email") {
            contact.insert("consent".into(), json!(true));
            contacts.push(Value::Object(contact));
        }
    }
    insert_list(draft, "contacts", contacts);
}

/// The group that holds the meeting is its parent, the body that publishes the list its network.
fn insert_bodies(draft: &mut Map<String, Value>, row: &mut Row<'_>, name: &str, tag: &str) {
    if let Some(group) = row
        .line("group")
        .filter(|group| group != name && group.chars().any(char::is_alphabetic))
    {
        let group = row.fit("group", &group, MAX_NAME_CHARS);
        draft.insert("parent".into(), json!({ "name": text(tag, &group) }));
    }
    if let Some(entity) = row.line("entity") {
        let entity = row.fit("entity", &entity, MAX_NAME_CHARS);
        draft.insert("network".into(), json!({ "name": text(tag, &entity) }));
    }
}
