//! What do the bytes of a feed say, told in a way that people can read?

use clearinghouse_protocol::feed::body::{Body, next_framed};
use clearinghouse_protocol::feed::entry::{Entry, HEADER_BYTES, PAYLOAD_MAX_BYTES};
use clearinghouse_protocol::feed::evidence::Evidence;
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::listing::{Draft, Taxonomy};
use clearinghouse_protocol::tlog::checkpoint::Checkpoint;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::note::SignedNote;
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::text::{to_base64, to_hex};
use clearinghouse_protocol::tlog::tile::FULL_WIDTH;
use serde_json::{Map, Value, json};

use crate::change::kind_name;
use crate::day::date_of;

/// Bytes recognized, and what they say.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// What they are, in a word or two.
    pub what: &'static str,
    /// What they say; the same for people and for machines.
    pub says: Value,
}

/// Recognizes bytes by themselves; `None` if they are nothing that a feed is made of.
///
/// Nothing is verified but what the bytes prove alone: an identity does, a checkpoint without its key
/// does not.
pub fn describe(bytes: &[u8]) -> Option<Described> {
    let found = |what, says| Some(Described { what, says });
    if let Ok(receipt) = Receipt::parse(bytes) {
        return found("receipt", of_receipt(&receipt));
    }
    if let Ok(evidence) = Evidence::read(bytes) {
        return found("evidence", of_evidence(&evidence));
    }
    if let Ok(identity) = Identity::read(bytes, None) {
        return found("identity", of_identity(&identity));
    }
    if let Ok(note) = SignedNote::parse(bytes) {
        return match Checkpoint::parse(note.text()) {
            Ok(checkpoint) => found("checkpoint", of_checkpoint(&checkpoint, &note)),
            Err(_) => found("signed note", of_note(&note)),
        };
    }
    if let Ok(Value::Object(object)) = serde_json::from_slice(bytes) {
        return Some(of_json(bytes, object));
    }
    if let Ok(entry) = Entry::decode(bytes) {
        return found("entry", of_entry(&entry, bytes));
    }
    let of_many = of_bundle(bytes).or_else(|| of_bodies(bytes));
    of_many.or_else(|| of_tile(bytes))
}

fn of_receipt(receipt: &Receipt) -> Value {
    let mut says = json!({"entry": receipt.index.0, "hashes_of_the_proof": receipt.proof.len()});
    if let Some(extra) = &receipt.extra {
        says["extra"] = to_base64(extra).into();
    }
    if let Ok(checkpoint) = Checkpoint::parse(receipt.checkpoint.text()) {
        says["checkpoint"] = of_checkpoint(&checkpoint, &receipt.checkpoint);
    }
    says
}

fn of_evidence(evidence: &Evidence) -> Value {
    let sides = [evidence.smaller(), evidence.larger()].map(|note| {
        let checkpoint = Checkpoint::parse(note.text()).ok();
        checkpoint.map(|checkpoint| of_checkpoint(&checkpoint, note))
    });
    json!({"signed_histories": sides})
}

fn of_identity(identity: &Identity) -> Value {
    let next = identity.next.iter().map(|hash| Hash(*hash).to_string());
    json!({
        "node": identity.nid.as_str(),
        "names": identity.names,
        "url": identity.url,
        "note": identity.seq,
        "origin": identity.origin.to_string(),
        "log_key": identity.log_key.to_string(),
        "witness_key": identity.witness_key.to_string(),
        "hashes_of_the_next_keys": next.collect::<Vec<String>>(),
        "announced_but_not_final": identity.pending.as_ref().map(|pending| json!({
            "priority": pending.priority,
            "origin": pending.identity.origin.to_string(),
            "log_key": pending.identity.log_key.to_string(),
        })),
    })
}

fn of_checkpoint(checkpoint: &Checkpoint, note: &SignedNote) -> Value {
    json!({
        "origin": checkpoint.origin,
        "entries": checkpoint.size.0,
        "root": checkpoint.root.to_string(),
        "signed_by": of_signatures(note),
    })
}

fn of_note(note: &SignedNote) -> Value {
    let lines: Vec<&str> = note.text().lines().collect();
    json!({"text": lines, "signed_by": of_signatures(note)})
}

/// Who claims to have signed; without keys nothing more can be said.
fn of_signatures(note: &SignedNote) -> Value {
    let names = note.signatures().iter();
    names
        .map(|signature| Value::from(format!("{} ({})", signature.name, signature.id)))
        .collect()
}

fn of_json(bytes: &[u8], object: Map<String, Value>) -> Described {
    if let Ok(body) = Body::read(bytes, Taxonomy::standard()) {
        let says = json!({
            "uuid": body.uuid.to_string(),
            "minted_by": body.minted.node.as_str(),
            "listing": body.listing.to_value(),
        });
        return Described { what: "body", says };
    }
    let says = Value::Object(object);
    let faults = match Draft::from_value(says.clone()) {
        Ok(draft) => draft.check(Taxonomy::standard()).err(),
        Err(faults) => Some(faults),
    };
    let what = match (faults, says.get("kind"), says.get("nid")) {
        (None, ..) => "listing",
        (Some(_), Some(_), None) => "listing, not sound",
        (_, _, Some(_)) => "card of a node",
        _ => "JSON",
    };
    Described { what, says }
}

fn of_entry(entry: &Entry, bytes: &[u8]) -> Value {
    let mut says = json!({
        "kind": kind_name(entry.kind),
        "day": date_of(entry.day),
        "leaf": Hash::leaf(bytes).to_string(),
        "commitment": to_hex(&entry.commitment),
    });
    if let Some(target) = entry.target {
        says["target"] = target.0.into();
    }
    if entry.critical {
        says["critical"] = true.into();
    }
    if entry.kind.has_body() {
        says["bytes_of_the_body_at_most"] = entry.length.into();
    }
    if !entry.payload.is_empty() {
        says["payload"] = match std::str::from_utf8(&entry.payload) {
            Ok(text) => text.lines().collect(),
            Err(_) => to_base64(&entry.payload).into(),
        };
    }
    says
}

/// A bundle's number is not in it, so entries are counted from its own start.
fn of_bundle(bytes: &[u8]) -> Option<Described> {
    let mut rest = bytes;
    let mut entries: Vec<Value> = Vec::new();
    while !rest.is_empty() && entries.len() < FULL_WIDTH.into() {
        let (length, after) = rest.split_first_chunk()?;
        let length: usize = u16::from_be_bytes(*length).into();
        if !(HEADER_BYTES..=HEADER_BYTES + PAYLOAD_MAX_BYTES).contains(&length) {
            return None;
        }
        let (entry, after) = after.split_at_checked(length)?;
        entries.push(match Entry::decode(entry) {
            Ok(decoded) => of_entry(&decoded, entry),
            Err(fault) => json!({"set_aside": fault.to_string()}),
        });
        rest = after;
    }
    let (what, count) = ("bundle of entries", entries.len());
    let says = json!({"count": count, "entries": entries});
    (rest.is_empty() && count > 0).then_some(Described { what, says })
}

fn of_bodies(bytes: &[u8]) -> Option<Described> {
    let mut rest = bytes;
    let mut bodies: Vec<Value> = Vec::new();
    while !rest.is_empty() && bodies.len() < FULL_WIDTH.into() {
        let framed = next_framed(&mut rest)?;
        let mut says = json!({"entry": framed.index.0});
        match Body::read(framed.body, Taxonomy::standard()) {
            Ok(body) => {
                says["uuid"] = body.uuid.to_string().into();
                says["title"] = body.listing.title("en").1.into();
            }
            Err(fault) => says["set_aside"] = fault.to_string().into(),
        }
        bodies.push(says);
    }
    let (what, count) = ("bundle of bodies", bodies.len());
    let says = json!({"count": count, "bodies": bodies});
    (rest.is_empty() && count > 0).then_some(Described { what, says })
}

fn of_tile(bytes: &[u8]) -> Option<Described> {
    let (hashes, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
    let fits = (1..=usize::from(FULL_WIDTH)).contains(&hashes.len()) && rest.is_empty();
    let lines = hashes.iter().map(|hash| Hash(*hash).to_string());
    fits.then(|| Described {
        what: "tile of hashes",
        says: json!({"width": hashes.len(), "hashes": lines.collect::<Vec<String>>()}),
    })
}

/// What `says` as lines for people: a field a line, what belongs together indented.
pub fn to_lines(says: &Value, indent: usize, lines: &mut Vec<String>) {
    let space = " ".repeat(indent);
    match says {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('_', " ");
                match leaf(value) {
                    Some(text) => lines.push(format!("{space}{name}: {text}")),
                    None => {
                        lines.push(format!("{space}{name}:"));
                        to_lines(value, indent + 2, lines);
                    }
                }
            }
        }
        Value::Array(values) => {
            for (value, number) in values.iter().zip(0..) {
                match leaf(value) {
                    Some(text) => lines.push(format!("{space}{text}")),
                    None => {
                        lines.push(format!("{space}{number}:"));
                        to_lines(value, indent + 2, lines);
                    }
                }
            }
        }
        single => lines.extend(leaf(single).map(|text| format!("{space}{text}"))),
    }
}

/// The text of a single value. Control characters of strangers do not reach the terminal.
fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::Object(_) | Value::Array(_) => None,
        Value::String(text) => Some(
            text.chars()
                .map(|letter| if letter.is_control() { ' ' } else { letter })
                .collect(),
        ),
        other => Some(other.to_string()),
    }
}
