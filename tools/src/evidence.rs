//! Has a log signed two histories? `feedtool evidence`

use std::io::Write;

use clap::Args;
use clearinghouse_protocol::feed::evidence::{Evidence, Fork};
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::checkpoint::Checkpoint;
use clearinghouse_protocol::tlog::cosignature::times_s;
use clearinghouse_protocol::tlog::key::VerifierKey;
use clearinghouse_protocol::tlog::note::SignedNote;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::show;
use crate::source::read_vkey;

/// Checks, offline, the proof that a log has signed two histories, and says what is proven.
///
/// Nothing is believed but the log's key: give it with --vkey, or with --identity the centre's identity, which names it and is proven by the log's name. Without either, and with the URL of a node, the identity is fetched from there.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  feedtool evidence fork.txt --vkey clearinghouse/qy6…/1+2bd47162+AW56…\n  \
    feedtool evidence fork.txt --identity identity.txt\n  \
    feedtool evidence https://centre.example/feed/qy6…/1/evidence"
)]
pub struct EvidenceArgs {
    /// A file, a URL, or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    pub from: String,
    /// The log's public key as you know it from elsewhere
    #[arg(long, value_name = "VKEY", conflicts_with = "identity")]
    pub vkey: Option<String>,
    /// The identity of the centre whose log it is
    #[arg(long, value_name = "FILE|URL")]
    pub identity: Option<String>,
    /// The key of a witness whose word for the time you take; can be given more than once
    #[arg(long, value_name = "VKEY")]
    pub witness: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]: nothing is proven, or the evidence cannot be read.
pub async fn run(args: &EvidenceArgs, out: &mut impl Write) -> Result<(), Failure> {
    let evidence = Evidence::read(&show::read(&args.from).await?)?;
    let named = evidence.origin().ok_or_else(|| {
        Failure::NotFound("the evidence is about a log that is not a centre's".to_owned())
    })?;
    let witnesses = args.witness.iter().map(|vkey| read_witness(vkey));
    let witnesses: Vec<VerifierKey> = witnesses.collect::<Result<_, _>>()?;
    let (origin, key) = key_of(args, named).await?;
    let fork = evidence.check(&origin, &key)?;
    let sides = [
        (&fork.smaller, evidence.smaller()),
        (&fork.larger, evidence.larger()),
    ];
    if args.json {
        let sides = sides.map(|(tree, note)| side_as_json(tree, note, &witnesses));
        let says = json!({"proven": true, "origin": origin.to_string(), "histories": sides});
        writeln!(out, "{says}")?;
        return Ok(());
    }
    writeln!(out, "{origin} has signed two histories")?;
    for (name, (tree, note)) in ["one", "other"].iter().zip(sides) {
        let (entries, root) = (tree.size.0, tree.root);
        writeln!(out, "  {name:<10} {entries} entries, root {root}")?;
        for (witness, time) in seen(note, &witnesses) {
            writeln!(out, "  {:<10} {witness} saw it at {time}", "")?;
        }
    }
    writeln!(out, "{}", meaning(&fork))?;
    Ok(())
}

/// What follows, for people.
fn meaning(fork: &Fork) -> String {
    let (fewer, more) = (fork.smaller.size.0, fork.larger.size.0);
    if fewer == more {
        return format!("proven: both have {more} entries, and they are not the same");
    }
    format!("proven: the {more} entries do not begin with the {fewer}")
}

fn side_as_json(tree: &Checkpoint, note: &SignedNote, witnesses: &[VerifierKey]) -> Value {
    let seen = seen(note, witnesses).into_iter();
    let seen: Vec<Value> = seen
        .map(|(witness, time)| json!({"witness": witness, "time": time.to_string()}))
        .collect();
    json!({"entries": tree.size.0, "root": tree.root.to_string(), "cosigned": seen})
}

/// Which of the witnesses saw a checkpoint, and when: their earliest word for it.
fn seen(note: &SignedNote, witnesses: &[VerifierKey]) -> Vec<(String, Timestamp)> {
    let seen = witnesses.iter().filter_map(|key| {
        let first = times_s(note, key).into_iter().min()?;
        let time = Timestamp::from_second(i64::try_from(first).ok()?).ok()?;
        Some((key.name().to_string(), time))
    });
    seen.collect()
}

fn read_witness(vkey: &str) -> Result<VerifierKey, Failure> {
    vkey.parse().map_err(|error| {
        Failure::Usage(format!(
            "--witness: {error}; give the text that the witness publishes: <name>+<id>+<key>"
        ))
    })
}

/// The key of the log that the evidence names, from what the caller knows of it.
async fn key_of(args: &EvidenceArgs, named: Origin) -> Result<(Origin, VerifierKey), Failure> {
    if let Some(vkey) = &args.vkey {
        return read_vkey(vkey);
    }
    let beside = format!("/{}/evidence", named.epoch);
    let address = match (&args.identity, args.from.strip_suffix(&beside)) {
        (Some(address), _) => address.clone(),
        (None, Some(feed)) if feed.ends_with(&format!("/feed/{}", named.nid)) => {
            format!("{feed}/identity")
        }
        _ => {
            return Err(Failure::Usage(format!(
                "the key of {named} is needed: give --vkey, or --identity with what any node serves at feed/{}/identity",
                named.nid
            )));
        }
    };
    // Its own name proves the identity, whoever serves it.
    let identity = Identity::read(&show::read(&address).await?, Some(named.nid))?;
    if identity.origin != named {
        return Err(Failure::OtherLog {
            expected: named.to_string(),
            found: identity.origin.to_string(),
        });
    }
    Ok((identity.origin, identity.log_key))
}
