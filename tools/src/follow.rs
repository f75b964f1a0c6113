//! What changes in a feed, for ever? `feedtool follow`

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clearinghouse_protocol::feed::follow::{FollowError, Follower, Offer};
use clearinghouse_protocol::tlog::tree::Index;
use futures_util::stream::{self, StreamExt};
use tokio::time::sleep;

use crate::bodies::{self, Wanted};
use crate::change::{BodyState, Change};
use crate::cursor::Cursor;
use crate::failure::Failure;
use crate::fetch::PARALLEL;
use crate::news::{News, Pace, scattered};
use crate::source::{Address, Source};
use crate::walk::{self, Step, Tiles};

/// From so many missing bodies of one bundle on, the bundle is fetched instead of each.
const BUNDLE_FROM: usize = 4;

/// Times that a body is asked for in vain before its line is printed without a listing: one body
/// that nobody hands out must not stop a feed for good.
const PATIENCE: u32 = 3;

/// Prints every change of a feed as one line of JSON, for ever.
///
/// Nothing is printed before it is verified: entries under the signed checkpoint, listings against their commitment. With a cursor file, the next start goes on where this one stopped; after a crash the last lines may come a second time, none is left out.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  feedtool follow https://centre.example/ --cursor centre.cursor\n  \
    feedtool follow http://127.0.0.1:7102/ --once | jq -r 'select(.listing) | .listing.name.en'"
)]
pub struct FollowArgs {
    /// Address of a node, or of a feed: <node>/feed/<nid>/<epoch>/
    pub url: String,
    /// File that remembers how far the changes were printed
    #[arg(long, value_name = "FILE")]
    pub cursor: Option<PathBuf>,
    /// The log's public key as you know it from elsewhere; without it, the identity names it
    #[arg(long, value_name = "VKEY")]
    pub vkey: Option<String>,
    /// End as soon as everything that is there was printed
    #[arg(long)]
    pub once: bool,
}

/// Runs the command until it is interrupted, or caught up with `--once`.
///
/// # Errors
/// [`Failure`] if the feed forked, needs a newer program, or cannot be found to begin with.
pub async fn run(args: &FollowArgs, out: &mut impl Write) -> Result<(), Failure> {
    let address: Address = args.url.parse()?;
    let source = Source::connect(&address, args.vkey.as_deref()).await?;
    let cursor = args.cursor.as_ref().map(Cursor::new);
    let pace = Pace::default();
    let mut following = Following::begin(Arc::new(source), cursor).await?;
    if !args.once {
        return following.go_on(&pace, out).await;
    }
    loop {
        match following.advance(out).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(Failure::Withheld { .. }) if following.patience > 0 => sleep(pace.poll).await,
            Err(failure) => return Err(failure),
        }
    }
}

/// A feed that is being followed.
pub struct Following {
    source: Arc<Source>,
    follower: Follower,
    cursor: Option<Cursor>,
    /// The first entry whose line was not printed yet: a step that fails half way is taken again.
    unprinted: Index,
    patience: u32,
}

impl Following {
    /// Goes on where the cursor stands, else at the beginning of the log.
    ///
    /// # Errors
    /// [`Failure::Cursor`], or as for a step.
    pub async fn begin(source: Arc<Source>, cursor: Option<Cursor>) -> Result<Following, Failure> {
        let mut follower = Follower::new(source.identity());
        let kept = cursor.as_ref().map(|cursor| cursor.load(source.origin()));
        if let (Some(cursor), Some(note)) = (&cursor, kept.transpose()?.flatten()) {
            let offer = follower
                .consider(note.as_bytes())
                .map_err(|fault| cursor.unusable(&fault.to_string()))?;
            if let Some(offer) = offer {
                follower = walk::step(&source, &follower, &offer, Tiles::Skip)
                    .await?
                    .after;
            }
        }
        Ok(Following {
            unprinted: follower.size().next_index(),
            source,
            follower,
            cursor,
            patience: PATIENCE,
        })
    }

    /// Prints what is new; `false` when there is nothing.
    ///
    /// # Errors
    /// [`Failure`]; what was printed stays true, and the step can be taken again.
    pub async fn advance(&mut self, out: &mut impl Write) -> Result<bool, Failure> {
        let note = self.source.checkpoint().await?;
        let Some(offer) = self.follower.consider(&note)? else {
            return Ok(false);
        };
        let step = match walk::step(&self.source, &self.follower, &offer, Tiles::Skip).await {
            Err(Failure::Follow(FollowError::Altered { .. })) => {
                return Err(self.judge(&offer).await);
            }
            step => Arc::new(step?),
        };
        let mut out = BufWriter::new(out);
        let printed = self.print(&step, &mut out).await;
        out.flush()?;
        if matches!(printed, Err(Failure::Withheld { .. })) {
            self.patience = self.patience.saturating_sub(1);
        }
        printed?;
        self.patience = PATIENCE;
        if let Some(cursor) = &self.cursor {
            cursor.save(self.source.origin(), &String::from_utf8_lossy(&note))?;
        }
        self.follower = step.after.clone();
        Ok(true)
    }

    /// Prints for ever; ends only with a failure that time does not heal.
    ///
    /// # Errors
    /// [`Failure`]: a fork, an entry that needs a newer program, or the output.
    pub async fn go_on(&mut self, pace: &Pace, out: &mut impl Write) -> Result<(), Failure> {
        let (mut news, mut failures) = (News::new(), 0);
        loop {
            match self.advance(out).await {
                Ok(true) => failures = 0,
                Ok(false) => {
                    failures = 0;
                    news.wait(&self.source, pace).await;
                }
                Err(failure) if is_final(&failure) => return Err(failure),
                Err(failure) => {
                    failures += 1;
                    let wait = scattered(pace.after(failures));
                    let (sentence, seconds) = (failure.sentence(), wait.as_secs());
                    eprintln!("feedtool: {sentence}; trying again in {seconds} s");
                    sleep(wait).await;
                }
            }
        }
    }

    async fn judge(&self, offer: &Offer) -> Failure {
        match walk::judge(&self.source, &self.follower, offer).await {
            Ok(verdict) => verdict.into(),
            Err(failure) => failure,
        }
    }

    async fn print(&mut self, step: &Arc<Step>, out: &mut impl Write) -> Result<(), Failure> {
        let aside: BTreeMap<Index, String> = step
            .verified
            .set_aside
            .iter()
            .map(|(index, reason)| (*index, reason.to_string()))
            .collect();
        let (from, patient) = (self.unprinted, self.patience > 0);
        let tasks = stream::iter(step.entries.numbers()).map(|number| {
            let (source, step) = (Arc::clone(&self.source), Arc::clone(step));
            tokio::spawn(async move {
                let bodies = bodies_of(&source, &step, number, from).await?;
                match bodies.iter().find(|(_, state)| state.is_withheld()) {
                    Some((Index(first), _)) if patient => Err(Failure::Withheld {
                        count: 1,
                        first: *first,
                    }),
                    _ => Ok((number, bodies)),
                }
            })
        });
        let mut tasks = tasks.buffered(PARALLEL);
        while let Some(fetched) = tasks.next().await {
            let (number, mut bodies) = fetched.expect("a task of ours does not panic")?;
            for (index, bytes) in step.entries.of_bundle(number) {
                if index < self.unprinted {
                    continue;
                }
                let (reason, body) = (aside.get(&index).cloned(), bodies.remove(&index));
                let change = Change::of(self.follower.origin(), index, bytes, reason, body);
                serde_json::to_writer(&mut *out, &change).map_err(std::io::Error::from)?;
                out.write_all(b"\n")?;
                self.unprinted = index.as_last().next_index();
            }
        }
        Ok(())
    }
}

/// The bodies of one bundle's entries from `from` on, and why some are not here.
async fn bodies_of(
    source: &Arc<Source>,
    step: &Step,
    number: u64,
    from: Index,
) -> Result<BTreeMap<Index, BodyState>, Failure> {
    let entries = step.entries.of_bundle(number);
    let living: Vec<Index> = entries
        .iter()
        .map(|(index, _)| *index)
        .filter(|index| *index >= from && step.after.living().contains(*index))
        .collect();
    let mut states: BTreeMap<Index, BodyState> = entries
        .iter()
        .filter(|(index, bytes)| *index >= from && walk::is_put(bytes))
        .map(|(index, _)| (*index, BodyState::Ended))
        .collect();
    if living.is_empty() {
        return Ok(states);
    }
    let wanted = Wanted {
        number,
        entries: &entries,
        living: &living,
        size: step.after.size(),
        bundle_from: BUNDLE_FROM,
    };
    let bodies = bodies::fetch(source, &wanted).await?;
    let here = bodies.sound.into_iter();
    states.extend(here.map(|(index, body)| (index, BodyState::Here(body))));
    states.extend(
        bodies
            .gone
            .into_iter()
            .map(|index| (index, BodyState::Gone)),
    );
    let withheld = bodies.missing.into_iter();
    states.extend(withheld.map(|index| (index, BodyState::Withheld)));
    Ok(states)
}

fn is_final(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Follow(FollowError::Forked { .. } | FollowError::Critical { .. })
            | Failure::Output(_)
            | Failure::File { .. }
            | Failure::Cursor { .. }
            | Failure::TooMuch { .. }
    )
}
