//! Mapping files: which column of a foreign list is which field of a listing.
//!
//! The language is described, with an example, in `docs/imports.md`.

use std::collections::BTreeSet;

use toml::Table;

use super::path::Path;
use super::rule::{Condition, RULE_KEYS, Rule, allow, paths, strings, table};
use super::source::Source;
use super::unsound_mapping::MAX_MAPPING_BYTES;

pub use super::unsound_mapping::MappingError;

/// Fields that a mapping may fill at most.
const MAX_FIELDS: usize = 500;

/// What kind of file a mapping is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A JSON list of objects.
    Json,
    /// A CSV file with a header line.
    Csv,
}

/// One schedule that a mapping makes of a row's columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScheduleRule {
    pub(crate) day: Path,
    pub(crate) time: Path,
    pub(crate) end: Option<Path>,
    pub(crate) minutes: Option<Path>,
    pub(crate) time_zone: Option<String>,
    pub(crate) way: Option<String>,
}

/// A row that is not wanted, and the reason as the mapping words it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Skip {
    pub(crate) condition: Condition,
    pub(crate) why: String,
}

/// A mapping file, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    pub(crate) shape: Option<Shape>,
    pub(crate) rows: Option<String>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) id: Vec<Path>,
    pub(crate) source: Source,
    pub(crate) language: Option<String>,
    pub(crate) skip: Vec<Skip>,
    pub(crate) fields: Vec<(Path, Vec<Rule>)>,
    pub(crate) schedules: Vec<ScheduleRule>,
    pub(crate) ignore: Vec<String>,
}

/// Fields of a listing that a mapping may fill: those of the model, and the private part.
#[rustfmt::skip]
const FIELDS: &[&str] = &[
    "kind", "name", "neutral_title", "alternate_names", "summary", "description", "concerns", "for_whom",
    "min_age", "max_age", "leadership", "openness", "ways", "languages", "schedules", "places", "area", "contacts",
    "links", "cost", "join", "accessibility", "accessibility_note", "parent", "network", "founded", "status",
    "confirmed", "licence", "identifiers", "sensitive", "private",
];

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// The first thing that is wrong, and where; an unknown key comes with the nearest known one.
    pub fn from_toml(text: &str) -> Result<Mapping, MappingError> {
        if text.len() > MAX_MAPPING_BYTES {
            return Err(MappingError::TooLong);
        }
        let root: Table = toml::from_str(text)
            .map_err(|error| MappingError::NotToml(error.message().to_string()))?;
        let keys = [
            "format",
            "rows",
            "delimiter",
            "id",
            "source",
            "skip",
            "fields",
            "schedules",
            "ignore",
        ];
        allow("mapping", &root, &keys)?;
        let (source, language) = source(root.get("source"))?;
        let mut fields = Vec::new();
        let rules = root
            .get("fields")
            .ok_or_else(|| MappingError::missing("mapping", "fields"))?;
        collect_fields("", table("fields", rules)?, &mut fields)?;
        // In the order of their names, so that a mapping means the same however it is sorted.
        fields.sort_by(|(a, _): &(Path, _), (b, _)| a.written().cmp(b.written()));
        let id = paths("id", root.get("id"))?;
        Ok(Mapping {
            shape: shape(root.get("format"))?,
            rows: strings("rows", root.get("rows"))?.into_iter().next(),
            delimiter: delimiter(root.get("delimiter"))?,
            id,
            source,
            language,
            skip: skips(root.get("skip"))?,
            fields,
            schedules: schedules(root.get("schedules"))?,
            ignore: strings("ignore", root.get("ignore"))?,
        })
    }

    /// Which kind of file this mapping is for, if it says so.
    pub fn shape(&self) -> Option<Shape> {
        self.shape
    }

    /// First names of all paths that this mapping reads, and those it asks to ignore.
    pub(crate) fn columns(&self) -> BTreeSet<String> {
        let mut paths: Vec<&Path> = self.id.iter().collect();
        paths.extend(self.skip.iter().map(|skip| skip.condition.field()));
        paths.extend(
            self.fields
                .iter()
                .flat_map(|(_, rules)| rules)
                .flat_map(Rule::paths),
        );
        for schedule in &self.schedules {
            paths.extend([&schedule.day, &schedule.time]);
            paths.extend(schedule.end.iter().chain(&schedule.minutes));
        }
        let names = paths
            .into_iter()
            .flat_map(|path| [path.top().to_string(), path.written().to_string()]);
        names.chain(self.ignore.iter().cloned()).collect()
    }

    /// The source, filled up with what the mapping states for all rows.
    pub fn source_for(&self, source: &Source) -> Source {
        let mut full = source.clone().or(&self.source);
        if let Some(language) = &self.language {
            full.language = language.clone();
        }
        full.contacts_consented |= self.source.contacts_consented;
        full
    }
}

fn shape(value: Option<&toml::Value>) -> Result<Option<Shape>, MappingError> {
    match value.map(|v| v.as_str()) {
        None => Ok(None),
        Some(Some("json")) => Ok(Some(Shape::Json)),
        Some(Some("csv")) => Ok(Some(Shape::Csv)),
        Some(_) => Err(MappingError::expected("format", "\"json\" or \"csv\"")),
    }
}

fn delimiter(value: Option<&toml::Value>) -> Result<Option<u8>, MappingError> {
    match value.map(|v| v.as_str().map(str::as_bytes)) {
        None => Ok(None),
        Some(Some([one])) => Ok(Some(*one)),
        Some(_) => Err(MappingError::expected(
            "delimiter",
            "one letter such as \";\"",
        )),
    }
}

fn source(value: Option<&toml::Value>) -> Result<(Source, Option<String>), MappingError> {
    let mut source = Source::named("");
    let Some(value) = value else {
        return Ok((source, None));
    };
    let table = table("source", value)?;
    let keys = [
        "time_zone",
        "country",
        "region",
        "city",
        "language",
        "languages",
        "licence",
        "concerns",
        "contacts_consented",
    ];
    allow("source", table, &keys)?;
    let one = |key: &str| -> Result<Option<String>, MappingError> {
        Ok(strings(&format!("source.{key}"), table.get(key))?
            .into_iter()
            .next())
    };
    source.time_zone = one("time_zone")?;
    source.country = one("country")?;
    source.region = one("region")?;
    source.city = one("city")?;
    source.licence = one("licence")?;
    source.languages = strings("source.languages", table.get("languages"))?;
    source.concerns = strings("source.concerns", table.get("concerns"))?;
    source.contacts_consented = match table.get("contacts_consented") {
        None => false,
        Some(toml::Value::Boolean(flag)) => *flag,
        Some(_) => {
            return Err(MappingError::expected(
                "source.contacts_consented",
                "true or false",
            ));
        }
    };
    Ok((source, one("language")?))
}

/// Walks `[fields]`: `"name.en" = …` and `name.en = …` are the same field.
fn collect_fields(
    above: &str,
    table: &Table,
    out: &mut Vec<(Path, Vec<Rule>)>,
) -> Result<(), MappingError> {
    for (name, value) in table {
        let key = if above.is_empty() {
            name.clone()
        } else {
            format!("{above}.{name}")
        };
        let nested = value
            .as_table()
            .is_some_and(|t| !t.keys().any(|k| RULE_KEYS.contains(&k.as_str())));
        if let (true, Some(inner)) = (nested, value.as_table()) {
            collect_fields(&key, inner, out)?;
            continue;
        }
        let target = Path::parse(&key)
            .ok_or_else(|| MappingError::expected(&key, "a field such as name.en"))?;
        if !FIELDS.contains(&target.top()) {
            return Err(MappingError::unknown("fields", target.top(), FIELDS));
        }
        let rules = match value {
            toml::Value::Array(many) => many
                .iter()
                .map(|one| Rule::from_toml(&key, one))
                .collect::<Result<_, _>>()?,
            one => vec![Rule::from_toml(&key, one)?],
        };
        if out.len() == MAX_FIELDS {
            return Err(MappingError::TooLong);
        }
        out.push((target, rules));
    }
    Ok(())
}

fn skips(value: Option<&toml::Value>) -> Result<Vec<Skip>, MappingError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let list = value
        .as_array()
        .ok_or_else(|| MappingError::expected("skip", "[[skip]] tables"))?;
    list.iter()
        .map(|one| {
            let why = strings("skip", table("skip", one)?.get("why"))?
                .into_iter()
                .next();
            Ok(Skip {
                condition: Condition::from_toml("skip", one)?,
                why: why.unwrap_or_default(),
            })
        })
        .collect()
}

fn schedules(value: Option<&toml::Value>) -> Result<Vec<ScheduleRule>, MappingError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let list = value
        .as_array()
        .ok_or_else(|| MappingError::expected("schedules", "[[schedules]] tables"))?;
    let place = "schedules";
    list.iter()
        .map(|one| {
            let table = table(place, one)?;
            allow(
                place,
                table,
                &["day", "time", "end", "minutes", "time_zone", "way"],
            )?;
            let path = |key: &str| Ok(paths(place, table.get(key))?.into_iter().next());
            let word = |key: &str| Ok(strings(place, table.get(key))?.into_iter().next());
            Ok(ScheduleRule {
                day: path("day")?.ok_or_else(|| MappingError::missing(place, "day"))?,
                time: path("time")?.ok_or_else(|| MappingError::missing(place, "time"))?,
                end: path("end")?,
                minutes: path("minutes")?,
                time_zone: word("time_zone")?,
                way: word("way")?,
            })
        })
        .collect()
}
