//! How does a foreign list become listings of ours, again and again?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use clearinghouse_protocol::formats::compare::{Plan, Revision};
use clearinghouse_protocol::formats::rows::MAX_FILE_BYTES;
use clearinghouse_protocol::formats::{Mapping, Report, SoundListing, Source, What, read};
use clearinghouse_protocol::listing::{Lang, Listing, Private, Taxonomy};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Desk;
use super::edit::Putting;
use super::progress::{Teller, tell};
use super::refusal::Refusal;
use crate::store::private::{Import as Told, ImportCounts, Statement};

/// Listings that share one flush and one signature.
const BATCH: usize = 500;

/// How long we wait for our own view, before and after; a view that is built anew takes its time.
const VIEW_WAIT: Duration = Duration::from_secs(120);

/// What is to be imported, and how far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportRequest {
    /// The file's name: it helps to tell formats apart.
    pub name: String,
    /// The name under which the list's rows are found again; the file's name without its ending if not said.
    pub source: Option<String>,
    /// Which of the missing listings may be erased.
    pub removals: Removals,
    /// Whether only to say what would be done.
    pub dry_run: bool,
    /// The language of the report, `en` or `fr`.
    pub lang: String,
}

/// Which listings that the file no longer names may be erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removals {
    /// None: they are proposed.
    #[default]
    Propose,
    /// All, if that is plausible.
    Accept,
    /// All, if they are exactly so many.
    Exactly(usize),
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The name of the source.
    pub source: String,
    /// Whether nothing was changed because only a report was asked for.
    pub dry_run: bool,
    /// Rows of the file.
    pub rows: usize,
    /// Rows that became further times of an earlier row's listing.
    pub merged: usize,
    /// Listings added.
    pub added: usize,
    /// Listings whose content changed.
    pub revised: usize,
    /// Listings that say what they said before; no entry was made for them.
    pub unchanged: usize,
    /// Listings whose row is in the file but not sound now: left as they are.
    pub held: usize,
    /// Listings erased.
    pub removed: Vec<Missing>,
    /// Listings that the file no longer names, waiting for a person's yes.
    pub proposed: Vec<Missing>,
    /// Listings with an identifier that an earlier one has too: left as they are.
    pub doubled: Vec<Missing>,
    /// Rows that are in, of which something was changed.
    pub rows_changed: usize,
    /// Rows that were set aside.
    pub rows_set_aside: usize,
    /// Rows that were refused.
    pub rows_refused: usize,
    /// Every such row, and why.
    pub notes: Vec<NoteLine>,
}

/// One listing that the file does not name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// The listing.
    pub uuid: Uuid,
    /// Its identifier within the source.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One sentence of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteLine {
    /// Row of the file, counted from 1; 0 stands for the file as a whole.
    pub row: usize,
    /// The row's identifier, empty where it has none.
    pub id: String,
    /// The field, empty where the whole row is meant.
    pub field: String,
    /// `changed`, `set-aside` or `refused`.
    pub what: String,
    /// The reason, for machines.
    pub code: String,
    /// The reason as a sentence.
    pub message: String,
}

/// What was read from the file and compared with what we hold.
struct Prepared {
    plan: Plan,
    report: Report,
    private: BTreeMap<String, Private>,
    held_listings: BTreeMap<Uuid, Listing>,
}

impl Desk {
    /// Reads a file, compares it with our listings of the same source, and publishes what is new or changed.
    /// Nothing is erased unless that was accepted, and nothing at all is changed where it was accepted wrongly.
    pub async fn import(
        &self,
        wanted: &ImportRequest,
        file: Bytes,
        mapping: Option<Bytes>,
        teller: &Teller,
    ) -> Result<Imported, Refusal> {
        // Two imports of one source at once would each find the other's listings missing.
        let _turn = self.importing.lock().await;
        let source = wanted.source.clone();
        let source = source.unwrap_or_else(|| stem(&wanted.name).to_owned());
        tell(teller, "reading", 0, 0);
        self.view_is_whole().await?;
        let (name, system) = (wanted.name.clone(), source.clone());
        let prepared = self
            .blocking(move |desk| desk.prepare(&name, &system, &file, mapping.as_deref()))
            .await?;
        let accepted = match wanted.removals {
            Removals::Propose => None,
            Removals::Accept => Some(None),
            Removals::Exactly(count) => Some(Some(count)),
        };
        if let Some(exact) = accepted {
            let plausible = prepared.plan.removals_plausible(exact);
            plausible.map_err(Refusal::asked)?;
        }
        let lang = Lang::of_tag(&wanted.lang).unwrap_or(Lang::En);
        let mut imported = prepared.report_in(lang, source);
        imported.dry_run = wanted.dry_run;
        if accepted.is_some() {
            imported.removed = std::mem::take(&mut imported.proposed);
        }
        if !wanted.dry_run {
            self.apply(prepared, &imported, teller).await?;
            self.remember(&imported).await?;
        }
        Ok(imported)
    }

    fn prepare(
        &self,
        name: &str,
        system: &str,
        file: &[u8],
        mapping: Option<&[u8]>,
    ) -> Result<Prepared, Refusal> {
        let mapping = mapping.map(std::str::from_utf8).transpose();
        let mapping = mapping.map_err(|_| Refusal::asked("the mapping file is not UTF-8"))?;
        let mapping = mapping.map(Mapping::from_toml).transpose();
        let mapping = mapping.map_err(|error| Refusal::asked(format!("the mapping: {error}")))?;
        let source = Source::named(system);
        let import = read(file, name, mapping.as_ref(), &source).map_err(Refusal::asked)?;
        let mut sound = import.check(Taxonomy::standard());
        let mut private = BTreeMap::new();
        for SoundListing {
            id, private: own, ..
        } in &mut sound.listings
        {
            if let Some(own) = own.take() {
                private.insert(id.clone(), own);
            }
        }
        let report = sound.report.clone();
        let mut ours: BTreeMap<Uuid, Listing> = BTreeMap::new();
        self.view.each_of(self.identity().nid, |shown| {
            ours.insert(shown.uuid, shown.listing);
        })?;
        let known: Vec<(Uuid, &Listing)> = ours.iter().map(|(uuid, one)| (*uuid, one)).collect();
        let plan = Plan::of(&known, sound, system);
        let touched: BTreeSet<Uuid> = plan.revise.iter().map(|one| one.uuid).collect();
        let named = [&plan.missing, &plan.doubled];
        let named: BTreeSet<Uuid> = named.into_iter().flatten().map(|one| one.0).collect();
        ours.retain(|uuid, _| touched.contains(uuid) || named.contains(uuid));
        Ok(Prepared {
            plan,
            report,
            private,
            held_listings: ours,
        })
    }

    async fn apply(
        &self,
        prepared: Prepared,
        imported: &Imported,
        teller: &Teller,
    ) -> Result<(), Refusal> {
        let Prepared {
            plan,
            mut private,
            held_listings,
            ..
        } = prepared;
        let added = plan.add.into_iter().map(|(id, listing)| Putting {
            replaces: None,
            private: private.remove(&id),
            listing,
        });
        let mut puttings: Vec<Putting> = added.collect();
        for Revision { uuid, id, listing } in plan.revise {
            puttings.push(Putting {
                replaces: Some(uuid),
                private: private.remove(&id),
                listing: carried_over(&held_listings[&uuid], &listing),
            });
        }
        let (total, mut done) = (puttings.len() + imported.removed.len(), 0);
        let mut puttings = puttings.into_iter().peekable();
        while puttings.peek().is_some() {
            tell(teller, "publishing", done, total);
            let batch: Vec<Putting> = puttings.by_ref().take(BATCH).collect();
            done += batch.len();
            for outcome in self.put_all(batch).await? {
                outcome?;
            }
        }
        for batch in imported.removed.chunks(BATCH) {
            tell(teller, "erasing", done, total);
            done += batch.len();
            let uuids = batch.iter().map(|one| one.uuid).collect();
            for outcome in self.erase_all(uuids).await? {
                outcome?;
            }
        }
        tell(teller, "showing", done, total);
        self.view_is_whole().await
    }

    /// Waits until our own view holds all of our own log: what it does not show yet would be taken for new.
    async fn view_is_whole(&self) -> Result<(), Refusal> {
        let own = self.feeds.own();
        let Some(last) = own.files().size().last() else {
            return Ok(());
        };
        let reached = self.view.reach(own.identity.origin, last);
        match self.clock.within(VIEW_WAIT, reached).await {
            Some(reached) => Ok(reached?),
            None => Err(Refusal::asked(
                "this node's view lags behind its log; look at its log file, or rebuild the view",
            )),
        }
    }

    async fn remember(&self, imported: &Imported) -> Result<(), Refusal> {
        let count = |number: usize| number as u64;
        let told = Statement::Import(Told {
            source: imported.source.clone(),
            time: u64::try_from(self.clock.now().as_second()).unwrap_or(0),
            counts: ImportCounts {
                added: count(imported.added),
                revised: count(imported.revised),
                unchanged: count(imported.unchanged),
                removed: count(imported.removed.len()),
                proposed: count(imported.proposed.len()),
                refused: count(imported.rows_refused),
            },
        });
        Ok(self
            .blocking(move |desk| desk.private().say(&[told]))
            .await?)
    }
}

impl Prepared {
    fn report_in(&self, lang: Lang, source: String) -> Imported {
        let name = |(uuid, id): &(Uuid, String)| Missing {
            uuid: *uuid,
            id: id.clone(),
            name: self.held_listings[uuid].title(lang.tag()).1.to_owned(),
        };
        let (plan, report) = (&self.plan, &self.report);
        Imported {
            source,
            dry_run: false,
            rows: report.rows_read,
            merged: report.rows_merged,
            added: plan.add.len(),
            revised: plan.revise.len(),
            unchanged: plan.unchanged.len(),
            held: plan.held.len(),
            removed: Vec::new(),
            proposed: plan.missing.iter().map(name).collect(),
            doubled: plan.doubled.iter().map(name).collect(),
            rows_changed: report.rows(What::Changed),
            rows_set_aside: report.rows(What::SetAside),
            rows_refused: report.rows(What::Refused),
            notes: report
                .notes
                .iter()
                .map(|note| NoteLine {
                    row: note.row,
                    id: note.id.clone(),
                    field: note.field.clone(),
                    what: note.what.code().to_owned(),
                    code: note.why.code.to_owned(),
                    message: note.message(lang),
                })
                .collect(),
        }
    }
}

/// What the centre added to a listing itself stays with it when the list it came from changes.
fn carried_over(old: &Listing, new: &Listing) -> Listing {
    let (old, mut value) = (old.to_value(), new.to_value());
    let Some(fields) = value.as_object_mut() else {
        return new.clone();
    };
    for field in ["confirmed", "neutral_title", "sensitive"] {
        if let (None, Some(kept)) = (fields.get(field), old.get(field)) {
            fields.insert(field.to_owned(), kept.clone());
        }
    }
    let kept = old.get("identifiers").and_then(Value::as_array);
    if let (Some(kept), Some(Value::Array(named))) = (kept, fields.get_mut("identifiers")) {
        let systems: BTreeSet<String> = named.iter().filter_map(system_of).collect();
        let others = kept.iter();
        let others = others.filter(|one| system_of(one).is_some_and(|own| !systems.contains(&own)));
        named.extend(others.cloned());
    }
    // Each part was sound where it stood; should they not be together, what the list says counts.
    Listing::from_value(&value, Taxonomy::standard()).unwrap_or_else(|_| new.clone())
}

fn system_of(identifier: &Value) -> Option<String> {
    Some(identifier.get("system")?.as_str()?.to_owned())
}

/// A file's name without its folder and its ending.
pub fn stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// The largest file that an import takes, in bytes.
pub const IMPORT_MAX_BYTES: usize = MAX_FILE_BYTES;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_centre_added_survives_a_new_version_of_the_list() {
        let listing = |value: Value| Listing::from_value(&value, Taxonomy::standard()).unwrap();
        let base = serde_json::json!({
            "kind": "organization", "name": {"en": "A"}, "status": "active",
            "confirmed": {"on": "2026-10-01", "by": "centre"},
            "identifiers": [{"system": "list", "id": "1"}, {"system": "other", "id": "9"}],
        });
        let new = serde_json::json!({
            "kind": "organization", "name": {"en": "B"}, "status": "active",
            "identifiers": [{"system": "list", "id": "1"}],
        });
        let carried = carried_over(&listing(base.clone()), &listing(new)).to_value();
        assert_eq!(carried["name"]["en"], "B");
        assert_eq!(carried["confirmed"], base["confirmed"]);
        assert_eq!(carried["identifiers"], base["identifiers"]);
    }

    #[test]
    fn a_source_is_named_after_its_file() {
        for (name, source) in [
            ("a/b/list.json", "list"),
            ("list", "list"),
            (".hidden", ".hidden"),
            ("two.dots.csv", "two.dots"),
        ] {
            assert_eq!(stem(name), source);
        }
    }
}
