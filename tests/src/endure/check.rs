//! Does a node still say what it promised?

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use super::chance::Chance;
use super::ledger::{Promise, State};
use super::process::Node;
use super::writers::Desk;
use crate::drafts::draft;

/// Listings that are asked for at once.
const PARALLEL: usize = 12;

/// Older listings that are looked at in every round.
const SAMPLE: u64 = 40;

/// Fields that a draft and its listing have alike.
const ALIKE: [&str; 5] = ["kind", "name", "summary", "description", "concerns"];

/// What was looked at, and what was wrong.
#[derive(Debug, Default)]
pub struct Seen {
    /// Listings that were asked for.
    pub asked: u64,
    /// Promises that were not kept.
    pub lost: Vec<String>,
    /// Erased listings that are 404 and no longer 410: their text stays away, but a view that was built
    /// anew does not know that they ever were.
    pub forgotten: u64,
}

/// Asks for every listing of this round and some older ones, or for all.
///
/// After a new start, what it says is what it keeps to: then `settles` is true, and what was open is not
/// open any more.
pub async fn promises(
    node: &Node,
    desk: &mut Desk,
    round: Option<u64>,
    settles: bool,
    chance: &mut Chance,
) -> Seen {
    let total = desk.promises.iter().map(Vec::len).sum::<usize>() as u64;
    let wanted = desk.promises.iter_mut().flatten().filter(|promise| {
        let is_new = round.is_none_or(|round| promise.round >= round);
        is_new || promise.open.is_some() || chance.below(total) < SAMPLE
    });
    let answers = stream::iter(wanted).map(|promise| async move {
        let said = ask(node, promise).await;
        (promise, said)
    });
    let mut answers = answers.buffer_unordered(PARALLEL);
    let mut seen = Seen::default();
    while let Some((promise, said)) = answers.next().await {
        seen.asked += 1;
        match said {
            Ok((State::Unknown, _)) if promise.allows(&State::Erased) => {
                seen.forgotten += 1;
                if settles {
                    promise.settle(State::Erased, String::new());
                }
            }
            Ok((said, etag)) => {
                if !promise.allows(&said) {
                    seen.lost.push(format!("{promise:?} is now {said:?}"));
                } else if settles {
                    promise.settle(said, etag);
                }
            }
            Err(what) => seen.lost.push(format!("{promise:?}: {what}")),
        }
    }
    seen
}

async fn ask(node: &Node, promise: &Promise) -> Result<(State, String), String> {
    let url = node.url(&format!("api/v1/listings/{}", promise.id));
    let answer = node.client().get(url).send().await;
    let answer = answer.map_err(|error| format!("no answer, {error:?}"))?;
    let status = answer.status().as_u16();
    let etag = answer
        .headers()
        .get("etag")
        .and_then(|etag| etag.to_str().ok());
    let etag = etag.unwrap_or_default().to_owned();
    let body = answer.bytes().await.map_err(|error| error.to_string())?;
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    match status {
        410 => Ok((State::Erased, etag)),
        404 => Ok((State::Unknown, etag)),
        200 => {
            let name = said["name"]["en"].as_str().unwrap_or_default();
            let marker = name.trim_start_matches("Evenings ");
            let draft = draft(marker);
            match ALIKE.iter().find(|field| said[**field] != draft[**field]) {
                None => Ok((State::Says(marker.to_owned()), etag)),
                Some(field) => Err(format!("its {field} is {}", said[*field])),
            }
        }
        _ => Err(format!("answered with {status} {said}")),
    }
}
