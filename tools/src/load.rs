//! How many writes does a node acknowledge, and how soon? `feedtool load`

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::failure::Failure;
use crate::fetch::{Ask, Http};
use crate::fiction;
use crate::progress::Progress;
use crate::source::Address;

/// More writers than a node lets connections in make no sense.
const WRITERS_MAX: u64 = 4096;

/// An answer to a write is a page of JSON.
const ANSWER_MAX_BYTES: usize = 256 * 1024;

/// How long one write may take before it counts as lost.
const WAIT: Duration = Duration::from_secs(60);

/// Writes fictional listings at a given rate and says how soon they were acknowledged.
///
/// For benchmarks and trials only: what it writes stays in the node's log for ever. Latency counts from the moment at which a write was due, so a node that falls behind does not look fast.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  feedtool load http://127.0.0.1:7102/ --token $TOKEN --rate 500 --count 5000\n  \
    feedtool load http://127.0.0.1:7102/ --token $TOKEN --rate 0 --count 100000 --writers 2000"
)]
pub struct LoadArgs {
    /// Address of a node
    pub url: String,
    /// Token for writing, as the node's `token create` printed it
    #[arg(long, env = "FEEDTOOL_TOKEN", hide_env_values = true)]
    pub token: String,
    /// Writes a second; 0: as many as the node takes
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub rate: u64,
    /// Writes in all
    #[arg(long, value_name = "M", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub count: u64,
    /// Writes under way at once
    #[arg(long, value_name = "W", default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=WRITERS_MAX))]
    pub writers: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What came of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Writes that the node acknowledged.
    pub acknowledged: u64,
    /// Writes that it refused or did not answer.
    pub refused: u64,
    /// From the first to the last, in seconds.
    pub seconds: f64,
    /// Acknowledged writes in a second.
    pub acknowledged_per_s: f64,
    /// Half of the writes were acknowledged within so many milliseconds.
    pub p50_ms: f64,
    /// All but one in a hundred.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Refused`] if any write was refused, [`Failure::Fetch`] if nobody answered the first.
pub async fn run(args: &LoadArgs, out: &mut impl Write) -> Result<(), Failure> {
    let address: Address = args.url.parse()?;
    let url = address
        .base
        .join("api/v1/listings")
        .map_err(|error| Failure::Usage(format!("{}: {error}", args.url)))?;
    let plan = Arc::new(Plan {
        http: Http::new(&url, args.writers as usize)?,
        ask: Ask {
            url,
            max_bytes: ANSWER_MAX_BYTES,
            wait: WAIT,
            packed: false,
        },
        token: args.token.clone(),
        rate: args.rate,
        count: args.count,
        next: AtomicU64::new(1),
    });
    // The first by itself: a wrong address or token is said once and not a thousand times.
    let since = Instant::now();
    if let Some(first) = plan.write(0).await? {
        return Err(Failure::Refused {
            refused: 1,
            count: 1,
            first,
        });
    }
    let first_us = since.elapsed().as_micros();
    let (mut latencies_us, refusals) = write_all(&plan, since, args.writers).await;
    latencies_us.push(first_us.try_into().unwrap_or(u32::MAX));
    let outcome = Outcome::of(latencies_us, refusals.0, since.elapsed());
    print(out, &outcome, args.json)?;
    match refusals {
        (0, _) => Ok(()),
        (refused, first) => Err(Failure::Refused {
            refused,
            count: args.count,
            first: first.unwrap_or_default(),
        }),
    }
}

/// What all writers share.
struct Plan {
    http: Http,
    ask: Ask,
    token: String,
    rate: u64,
    count: u64,
    /// The number of the next write.
    next: AtomicU64,
}

impl Plan {
    /// Writes one listing; with what the node said if it refused it.
    async fn write(&self, number: u64) -> Result<Option<String>, Failure> {
        let json = fiction::draft(number).to_string().into_bytes();
        let answer = self.http.post(self.ask.clone(), &self.token, json).await?;
        if (200..300).contains(&answer.status) {
            return Ok(None);
        }
        let said: String = String::from_utf8_lossy(&answer.body)
            .chars()
            .filter(|letter| !letter.is_control())
            .take(300)
            .collect();
        Ok(Some(format!("status {} {said}", answer.status)))
    }

    /// When the write with this number is due.
    fn due(&self, since: Instant, number: u64) -> Instant {
        match self.rate {
            0 => Instant::now(),
            rate => since + Duration::from_secs_f64(number as f64 / rate as f64),
        }
    }
}

/// Refused writes, and what the node said to the first of them.
type Refusals = (u64, Option<String>);

async fn write_all(plan: &Arc<Plan>, since: Instant, writers: u64) -> (Vec<u32>, Refusals) {
    let mut tasks = JoinSet::new();
    for _ in 0..writers.min(plan.count) {
        tasks.spawn(write_some(Arc::clone(plan), since));
    }
    let mut progress = Progress::new("writers done", writers.min(plan.count));
    let (mut latencies_us, mut refusals): (Vec<u32>, Refusals) = (Vec::new(), (0, None));
    while let Some(done) = tasks.join_next().await {
        let (latencies, (refused, first)) = done.expect("a task of ours does not panic");
        latencies_us.extend(latencies);
        refusals = (refusals.0 + refused, refusals.1.or(first));
        progress.advance(1);
    }
    (latencies_us, refusals)
}

async fn write_some(plan: Arc<Plan>, since: Instant) -> (Vec<u32>, Refusals) {
    let (mut latencies_us, mut refusals): (Vec<u32>, Refusals) = (Vec::new(), (0, None));
    loop {
        let number = plan.next.fetch_add(1, Ordering::Relaxed);
        if number >= plan.count {
            return (latencies_us, refusals);
        }
        let due = plan.due(since, number);
        sleep_until(due).await;
        let said = match plan.write(number).await {
            Ok(said) => said,
            Err(failure) => Some(failure.sentence()),
        };
        match said {
            None => latencies_us.push(due.elapsed().as_micros().try_into().unwrap_or(u32::MAX)),
            Some(said) => refusals = (refusals.0 + 1, refusals.1.or(Some(said))),
        }
    }
}

impl Outcome {
    /// Sums up latencies in microseconds.
    pub fn of(mut latencies_us: Vec<u32>, refused: u64, took: Duration) -> Outcome {
        latencies_us.sort_unstable();
        let at = |hundredths: usize| {
            let place = (latencies_us.len() * hundredths).div_ceil(100).max(1) - 1;
            latencies_us
                .get(place)
                .map_or(0.0, |us| f64::from(*us) / 1e3)
        };
        let seconds = took.as_secs_f64();
        let acknowledged = latencies_us.len() as u64;
        Outcome {
            acknowledged,
            refused,
            seconds,
            acknowledged_per_s: acknowledged as f64 / seconds.max(1e-9),
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

fn print(out: &mut impl Write, outcome: &Outcome, json: bool) -> Result<(), Failure> {
    if json {
        let json = serde_json::to_string(outcome).expect("numbers are JSON");
        writeln!(out, "{json}")?;
        return Ok(());
    }
    let Outcome {
        acknowledged,
        refused,
        seconds,
        acknowledged_per_s,
        p50_ms,
        p99_ms,
        max_ms,
    } = outcome;
    writeln!(
        out,
        "acknowledged {acknowledged} in {seconds:.2} s, {acknowledged_per_s:.0} a second; refused {refused}"
    )?;
    writeln!(
        out,
        "latency      p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, max {max_ms:.1} ms"
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_latencies_that_were_measured() {
        for (latencies, expected) in [
            (vec![], (0.0, 0.0, 0.0)),
            (vec![7000], (7.0, 7.0, 7.0)),
            (vec![2000, 1000], (1.0, 2.0, 2.0)),
            (
                (1..=200).rev().map(|ms| ms * 1000).collect(),
                (100.0, 198.0, 200.0),
            ),
        ] {
            let outcome = Outcome::of(latencies, 0, Duration::from_secs(1));
            assert_eq!((outcome.p50_ms, outcome.p99_ms, outcome.max_ms), expected);
        }
    }
}
