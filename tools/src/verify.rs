//! Is a whole feed what its node signed? `feedtool verify`

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use clearinghouse_protocol::feed::follow::{Follower, Offer};
use clearinghouse_protocol::tlog::tile::bundle_of;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use serde_json::json;

use crate::bodies::{self, Bodies, Wanted};
use crate::failure::Failure;
use crate::fetch::PARALLEL;
use crate::progress::Progress;
use crate::source::{Address, Source};
use crate::walk::{self, Counts, Step, Tiles};

/// Times that a log may go on under our hands before bodies that are not served count as held back.
const ROUNDS: usize = 5;

/// Reasons that are kept and printed; a feed full of nonsense fills no memory.
const ASIDE_MAX: usize = 1000;

/// Walks a whole feed as a stranger would and says what it verified.
///
/// Checked are the chain of identity notes, the signature of the checkpoint, every entry, every tile of every level, every body in force against its commitment, and the certificate of every UUID. The program ends with 0 if all of it holds, 1 if not, 2 if the command line is wrong, 3 if no answer came.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  feedtool verify https://centre.example/\n  \
    feedtool verify http://127.0.0.1:7102/feed/qy6…/1/ --json")]
pub struct VerifyArgs {
    /// Address of a node, or of a feed: <node>/feed/<nid>/<epoch>/
    pub url: String,
    /// The log's public key as you know it from elsewhere; without it, the identity names it
    #[arg(long, value_name = "VKEY")]
    pub vkey: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// An entry that changes nothing, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Aside {
    /// Its position.
    pub index: u64,
    /// Why, as text for people.
    pub reason: String,
}

/// What was verified.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The log.
    pub origin: String,
    /// The centre's name.
    pub name: String,
    /// The log's key.
    pub vkey: String,
    /// Entries in the log; all of them were verified.
    pub entries: u64,
    /// The signed root over them.
    pub root: String,
    /// Bundles of entries.
    pub bundles: u64,
    /// Their bytes.
    pub entry_bytes: u64,
    /// Tiles of hashes, of every level.
    pub tiles: u64,
    /// Their bytes.
    pub tile_bytes: u64,
    /// Entries that state a listing, in force or not.
    pub puts: u64,
    /// Listings in force.
    pub living: u64,
    /// Their bodies that were held against the commitment.
    pub bodies: u64,
    /// The bytes of these bodies.
    pub body_bytes: u64,
    /// Listings that were replaced or erased while we read.
    pub ended_meanwhile: u64,
    /// Bodies that are served although they were replaced or erased.
    pub overstayed: u64,
    /// Entries and bodies that change nothing.
    pub set_aside_count: u64,
    /// The first thousand of them.
    pub set_aside: Vec<Aside>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Entries in a second.
    pub entries_per_s: u64,
}

/// Runs the command and prints what came of it.
///
/// # Errors
/// [`Failure`]: not verified, or not reachable.
pub async fn run(args: &VerifyArgs, out: &mut impl Write) -> Result<(), Failure> {
    let outcome = connect_and_verify(args).await;
    match (&outcome, args.json) {
        (Ok(report), false) => write_text(out, report)?,
        (Ok(report), true) => {
            let mut object = json!({"verified": true});
            let report = serde_json::to_value(report).expect("a report is plain JSON");
            if let (Some(object), serde_json::Value::Object(report)) =
                (object.as_object_mut(), report)
            {
                object.extend(report);
            }
            writeln!(out, "{object}")?;
        }
        (Err(failure), true) => {
            let reason = failure.sentence();
            writeln!(out, "{}", json!({"verified": false, "reason": reason}))?;
        }
        (Err(_), false) => {}
    }
    outcome.map(|_| ())
}

async fn connect_and_verify(args: &VerifyArgs) -> Result<Report, Failure> {
    let address: Address = args.url.parse()?;
    let source = Source::connect(&address, args.vkey.as_deref()).await?;
    let mut report = verify(Arc::new(source)).await?;
    if address.origin.is_none() && args.vkey.is_none() {
        eprintln!(
            "feedtool: the server itself said whose feed this is; with --vkey or a feed's address you say it"
        );
    }
    report.entries_per_s = (report.entries as f64 / report.seconds.max(1e-9)) as u64;
    Ok(report)
}

/// Walks the whole feed.
///
/// # Errors
/// [`Failure`] at the first thing that does not hold.
pub async fn verify(source: Arc<Source>) -> Result<Report, Failure> {
    let since = Instant::now();
    let blank = Follower::new(source.identity());
    let note = source.checkpoint().await?;
    let mut report = blank_report(&source);
    if let Some(offer) = blank.consider(&note)? {
        let step = walk::step(&source, &blank, &offer, Tiles::Compare).await?;
        report.counted(&offer, step.counts);
        report.living = step.after.living().count();
        for (index, reason) in &step.verified.set_aside {
            report.put_aside(*index, reason.to_string());
        }
        verify_bodies(&source, step, &mut report).await?;
    }
    report.seconds = since.elapsed().as_secs_f64();
    Ok(report)
}

/// What bodies are still open after one pass.
#[derive(Debug, Default)]
struct Open {
    absent: Vec<Index>,
    beyond: Option<Index>,
}

async fn verify_bodies(
    source: &Arc<Source>,
    step: Step,
    report: &mut Report,
) -> Result<(), Failure> {
    let step = Arc::new(step);
    let mut progress = Progress::new("bodies", step.verified.begun.len() as u64);
    let mut open = Open::default();
    let begun = &step.verified.begun;
    let groups = begun.chunk_by(|one, next| bundle_of(*one) == bundle_of(*next));
    let tasks = stream::iter(groups).map(|living| {
        let (source, step, living) = (Arc::clone(source), Arc::clone(&step), living.to_vec());
        tokio::spawn(async move { verify_bundle(&source, &step, &living).await })
    });
    let mut checked = tasks.buffered(PARALLEL);
    while let Some(checked) = checked.next().await {
        let (bodies, unsound) = checked.expect("a task of ours does not panic")?;
        report.bodies += bodies.sound.len() as u64;
        report.body_bytes += bodies
            .sound
            .iter()
            .map(|(_, b)| b.len() as u64)
            .sum::<u64>();
        report.overstayed += bodies.overstayed;
        for (index, reason) in unsound {
            report.put_aside(index, reason);
        }
        progress.advance(bodies.sound.len() as u64);
        open.absent.extend(bodies.gone);
        open.absent.extend(bodies.missing);
        open.beyond = open.beyond.max(bodies.beyond);
    }
    settle(source, step.after.clone(), open, report).await
}

/// Fetches and reads one bundle of bodies; with the reasons for which some are set aside.
async fn verify_bundle(
    source: &Arc<Source>,
    step: &Step,
    living: &[Index],
) -> Result<(Bodies, Vec<(Index, String)>), Failure> {
    let number = living.first().map_or(0, |index| bundle_of(*index));
    let wanted = Wanted {
        number,
        entries: &step.entries.of_bundle(number),
        living,
        size: step.after.size(),
        bundle_from: 1,
    };
    let bodies = bodies::fetch(source, &wanted).await?;
    let unsound = bodies.sound.iter().filter_map(|(index, body)| {
        let fault = bodies::read(source.origin(), body).err()?;
        Some((*index, fault))
    });
    let unsound = unsound.collect();
    Ok((bodies, unsound))
}

/// A body may be absent only because the log went on, and then the log says so under its signature.
async fn settle(
    source: &Arc<Source>,
    mut follower: Follower,
    mut open: Open,
    report: &mut Report,
) -> Result<(), Failure> {
    for round in 0..=ROUNDS {
        let begun = open.absent.len();
        open.absent
            .retain(|index| follower.living().contains(*index));
        report.ended_meanwhile += (begun - open.absent.len()) as u64;
        let known = open
            .beyond
            .is_none_or(|index| follower.size().contains(index));
        if open.absent.is_empty() && known {
            return Ok(());
        }
        if round == ROUNDS {
            break;
        }
        let note = source.checkpoint().await?;
        let Some(offer) = follower.consider(&note)? else {
            break;
        };
        follower = walk::step(source, &follower, &offer, Tiles::Skip)
            .await?
            .after;
    }
    match (open.absent.first(), open.beyond) {
        (None, Some(beyond)) => Err(invented(beyond, follower.size())),
        (first, _) => Err(Failure::Withheld {
            count: open.absent.len(),
            first: first.map_or(0, |index| index.0),
        }),
    }
}

fn invented(beyond: Index, size: Size) -> Failure {
    Failure::Invented {
        index: beyond.0,
        size: size.0,
    }
}

fn blank_report(source: &Source) -> Report {
    let identity = source.identity();
    Report {
        origin: identity.origin.to_string(),
        name: identity.name("en").to_owned(),
        vkey: identity.log_key.to_string(),
        root: Follower::new(identity).root().to_string(),
        entries: 0,
        bundles: 0,
        entry_bytes: 0,
        tiles: 0,
        tile_bytes: 0,
        puts: 0,
        living: 0,
        bodies: 0,
        body_bytes: 0,
        ended_meanwhile: 0,
        overstayed: 0,
        set_aside_count: 0,
        set_aside: Vec::new(),
        seconds: 0.0,
        entries_per_s: 0,
    }
}

impl Report {
    fn counted(&mut self, offer: &Offer, counts: Counts) {
        self.entries = offer.size().0;
        self.root = offer.checkpoint().root.to_string();
        self.bundles = counts.bundles;
        self.entry_bytes = counts.entry_bytes;
        self.tiles = counts.tiles;
        self.tile_bytes = counts.tile_bytes;
        self.puts = counts.puts;
    }

    fn put_aside(&mut self, index: Index, reason: String) {
        self.set_aside_count += 1;
        if self.set_aside.len() < ASIDE_MAX {
            let index = index.0;
            self.set_aside.push(Aside { index, reason });
        }
    }
}

fn write_text(out: &mut impl Write, report: &Report) -> Result<(), Failure> {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let ended = report.puts - report.living.min(report.puts);
    writeln!(out, "{} ({})", report.origin, report.name)?;
    writeln!(out, "  key        {}", report.vkey)?;
    writeln!(
        out,
        "  signed     {} entries, root {}",
        report.entries, report.root
    )?;
    let (count, size) = (report.bundles, megabytes(report.entry_bytes));
    writeln!(out, "  entries    all, in {count} bundles, {size:.1} MB")?;
    let (count, size) = (report.tiles, megabytes(report.tile_bytes));
    writeln!(out, "  tiles      {count}, {size:.1} MB")?;
    let (count, size) = (report.bodies, megabytes(report.body_bytes));
    writeln!(out, "  bodies     {count}, {size:.1} MB")?;
    let living = report.living;
    writeln!(
        out,
        "  listings   {living} in force, {ended} replaced, erased or set aside"
    )?;
    if report.ended_meanwhile > 0 {
        let count = report.ended_meanwhile;
        writeln!(out, "  meanwhile  {count} listings were replaced or erased")?;
    }
    if report.overstayed > 0 {
        let count = report.overstayed;
        writeln!(
            out,
            "  overstayed {count} bodies are served although they were replaced or erased"
        )?;
    }
    if report.set_aside_count > 0 {
        writeln!(out, "  set aside  {}", report.set_aside_count)?;
        for Aside { index, reason } in &report.set_aside {
            writeln!(out, "    entry {index}: {reason}")?;
        }
    }
    let (seconds, speed) = (report.seconds, report.entries_per_s);
    writeln!(out, "verified in {seconds:.2} s, {speed} entries a second")?;
    Ok(())
}
