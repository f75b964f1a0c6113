//! How can somebody prove years later that an entry stood in a log? `feedtool receipt`

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clearinghouse_protocol::feed::body::{check_commitment, read_bundle};
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::VerifierKey;
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::text::decimal;
use clearinghouse_protocol::tlog::tile::{EntryBundle, FULL_WIDTH, bodies_path, bundle_of};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use futures_util::stream::{self, StreamExt};
use serde_json::json;

use crate::bodies;
use crate::failure::Failure;
use crate::fetch::PARALLEL;
use crate::source::{Address, Source, read_vkey};

/// A receipt is a page of text, an entry at most 4 KiB.
const FILE_MAX_BYTES: u64 = 256 * 1024;

/// Letters of a UUID as RFC 9562 writes it.
const UUID_LETTERS: usize = 36;

/// Fetches the proof that an entry stands in a log, and checks it without trusting the server.
///
/// With -o the receipt is kept in FILE and the entry in FILE.entry; both together can be checked by anyone, offline, with --check.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  feedtool receipt https://centre.example/ 42 -o group.receipt\n  \
    feedtool receipt https://centre.example/ 3f0c2a6e-7d6b-8f00-9a51-1e2d3c4b5a69\n  \
    feedtool receipt --check group.receipt --entry group.receipt.entry --vkey clearinghouse/qy6…/1+…"
)]
pub struct ReceiptArgs {
    /// Address of a node, or of a feed: <node>/feed/<nid>/<epoch>/
    #[arg(required_unless_present = "check", conflicts_with = "check")]
    pub url: Option<String>,
    /// UUID of a listing in force, or index of an entry
    #[arg(value_name = "UUID|INDEX", required_unless_present = "check")]
    pub which: Option<String>,
    /// The log's public key as you know it from elsewhere
    #[arg(long, value_name = "VKEY")]
    pub vkey: Option<String>,
    /// Keep the receipt in this file, and the entry beside it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Check a receipt that was kept, offline
    #[arg(long, value_name = "FILE", requires_all = ["entry", "vkey"])]
    pub check: Option<PathBuf>,
    /// The entry that the receipt is for
    #[arg(long, value_name = "FILE", requires = "check")]
    pub entry: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]: the receipt does not hold, or there is none.
pub async fn run(args: &ReceiptArgs, out: &mut impl Write) -> Result<(), Failure> {
    let (receipt, signed) = match (&args.check, &args.entry, &args.vkey) {
        (Some(receipt), Some(entry), Some(vkey)) => {
            let (origin, key) = read_vkey(vkey)?;
            check(&read(receipt)?, &read(entry)?, origin, &key)?
        }
        _ => fetch_and_keep(args).await?,
    };
    let (index, checkpoint) = (receipt.index.0, signed.checkpoint());
    let (origin, size) = (&checkpoint.origin, checkpoint.size.0);
    let root = checkpoint.root.to_string();
    if args.json {
        let says = json!({"verified": true, "origin": origin, "index": index, "entries": size, "root": root});
        writeln!(out, "{says}")?;
    } else {
        writeln!(
            out,
            "entry {index} stands in {origin}, which signed {size} entries under root {root}"
        )?;
    }
    Ok(())
}

async fn fetch_and_keep(args: &ReceiptArgs) -> Result<(Receipt, SignedCheckpoint), Failure> {
    let (Some(url), Some(which)) = (&args.url, &args.which) else {
        return Err(Failure::Usage(
            "an address and a UUID or index are needed".to_owned(),
        ));
    };
    let address: Address = url.parse()?;
    let source = Source::connect(&address, args.vkey.as_deref()).await?;
    let fetched = fetch(&Arc::new(source), which).await?;
    if let Some(path) = &args.output {
        let mut beside = path.clone().into_os_string();
        beside.push(".entry");
        write(path, &fetched.receipt.to_bytes())?;
        write(Path::new(&beside), &fetched.entry)?;
    }
    Ok((fetched.receipt, fetched.signed))
}

/// A receipt that holds, and what it is for.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The proof.
    pub receipt: Receipt,
    /// The entry.
    pub entry: Vec<u8>,
    /// The checkpoint that it leads to.
    pub signed: SignedCheckpoint,
}

/// Fetches the receipt of the entry with this index, or of the listing in force with this UUID.
///
/// # Errors
/// [`Failure::NotFound`], [`Failure::Receipt`], or as for every question.
pub async fn fetch(source: &Arc<Source>, which: &str) -> Result<Fetched, Failure> {
    let (index, found) = match decimal(which) {
        Ok(index) => (Index(index), None),
        Err(_) => find(source, &which.to_ascii_lowercase()).await?,
    };
    let bytes = source.receipt(index).await?;
    let size = Receipt::parse(&bytes)
        .ok()
        .and_then(|receipt| size_of(&receipt, source));
    let size = size.unwrap_or(index.as_last());
    let bundle = EntryBundle::within(size, bundle_of(index));
    let bundle = bundle.ok_or_else(|| not_found(source, which))?;
    let served = source.entries(bundle).await?;
    let entries = EntryBundle::decode(&served, bundle.width()).map_err(|fault| Failure::Shape {
        path: bundle.path(),
        source: fault,
    })?;
    let entry = entries.get((index.0 % u64::from(FULL_WIDTH)) as usize);
    let entry = entry.ok_or_else(|| not_found(source, which))?;
    let identity = source.identity();
    let (receipt, signed) = check(&bytes, entry, identity.origin, &identity.log_key)?;
    // What proves the listing must be the entry whose commitment was held against its body.
    let is_other = found.is_some_and(|found| found != *entry);
    if receipt.index != index || is_other {
        return Err(not_found(source, which));
    }
    Ok(Fetched {
        receipt,
        entry: entry.to_vec(),
        signed,
    })
}

/// Checks a receipt against the entry that it is for; needs nobody else.
///
/// # Errors
/// [`Failure::Receipt`].
pub fn check(
    receipt: &[u8],
    entry: &[u8],
    origin: Origin,
    key: &VerifierKey,
) -> Result<(Receipt, SignedCheckpoint), Failure> {
    let receipt = Receipt::parse(receipt)?;
    let signed = receipt.verify(Hash::leaf(entry), &origin.to_string(), key)?;
    Ok((receipt, signed))
}

fn size_of(receipt: &Receipt, source: &Source) -> Option<Size> {
    let identity = source.identity();
    let (note, origin) = (receipt.checkpoint.clone(), identity.origin.to_string());
    let signed = SignedCheckpoint::from_note(note, &origin, &identity.log_key).ok()?;
    Some(signed.checkpoint().size)
}

/// Looks through the bodies for a listing, the latest first: the log itself knows no UUIDs.
async fn find(source: &Arc<Source>, uuid: &str) -> Result<(Index, Option<Vec<u8>>), Failure> {
    if uuid.len() != UUID_LETTERS {
        return Err(Failure::Usage(format!(
            "{uuid:?} is neither an index nor a UUID"
        )));
    }
    let identity = source.identity();
    let note = source.checkpoint().await?;
    let origin = identity.origin.to_string();
    let signed = SignedCheckpoint::read(&note, &origin, &identity.log_key);
    let size = signed
        .map_err(clearinghouse_protocol::tlog::receipt::ReceiptError::from)?
        .checkpoint()
        .size;
    let numbers = (0..size.0.div_ceil(FULL_WIDTH.into())).rev();
    let candidates = stream::iter(numbers)
        .map(|number| find_in(source, size, number, uuid))
        .buffered(PARALLEL);
    let mut candidates = std::pin::pin!(candidates);
    while let Some(found) = candidates.next().await {
        if let Some((index, entry)) = found? {
            return Ok((index, Some(entry)));
        }
    }
    Err(not_found(source, uuid))
}

async fn find_in(
    source: &Arc<Source>,
    size: Size,
    number: u64,
    uuid: &str,
) -> Result<Option<(Index, Vec<u8>)>, Failure> {
    let bundle = source.bodies(number).await?;
    let framed = read_bundle(number, &bundle).map_err(|fault| Failure::Body {
        path: bodies_path(number),
        source: fault,
    })?;
    let mentions = |body: &[u8]| body.windows(uuid.len()).any(|part| part == uuid.as_bytes());
    for framed in framed.iter().rev().filter(|framed| mentions(framed.body)) {
        let is_it = bodies::read(source.origin(), framed.body)
            .is_ok_and(|body| body.uuid.to_string() == uuid);
        let Some(entries) = EntryBundle::within(size, number).filter(|_| is_it) else {
            continue;
        };
        let served = source.entries(entries).await?;
        let entry = EntryBundle::decode(&served, entries.width()).ok();
        let place = (framed.index.0 % u64::from(FULL_WIDTH)) as usize;
        let Some(entry) = entry.and_then(|entries| entries.get(place).copied()) else {
            continue;
        };
        // The receipt shows that the entry stands in the log; this, that it is this listing's.
        let is_bound = Entry::decode(entry).is_ok_and(|entry| {
            check_commitment(framed.index, &entry, framed.salt, framed.body).is_ok()
        });
        if is_bound {
            return Ok(Some((framed.index, entry.to_vec())));
        }
    }
    Ok(None)
}

fn not_found(source: &Source, which: &str) -> Failure {
    let origin = source.origin();
    Failure::NotFound(format!(
        "{which} is neither the index of an entry of {origin} nor the UUID of a listing in force there"
    ))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let fault = |source| Failure::File {
        path: path.to_owned(),
        source,
    };
    let length = fs::metadata(path).map_err(fault)?.len();
    if length > FILE_MAX_BYTES {
        return Err(Failure::Unrecognized(path.display().to_string()));
    }
    fs::read(path).map_err(fault)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })
}
