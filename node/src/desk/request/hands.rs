//! What is answered to commands about members that end, listings that change hands, and what is hidden?

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::Desk;
use super::super::handover::{HandedOver, Which};
use super::super::hide::What;
use super::super::refusal::Refusal;
use super::{Answer, Request, moment};
use crate::store::private::Hiding;

/// Listings that changed hands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transferred {
    /// The other node.
    pub nid: String,
    /// How many listings it was.
    pub listings: u64,
    /// Those that were left, each with the reason.
    pub left: Vec<(String, String)>,
}

/// What is hidden here, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HiddenLine {
    /// The listing's id or the node's identifier.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Since when, RFC 3339.
    pub since: String,
}

impl Desk {
    pub(super) async fn answer_hands(&self, request: Request) -> Result<Answer, Refusal> {
        match request {
            Request::Dissolve { nid, successor } => {
                let ended = nid.parse().map_err(Refusal::asked)?;
                let successor = successor.map(|nid| nid.parse()).transpose();
                self.dissolve(ended, successor.map_err(Refusal::asked)?)
                    .await?;
                Ok(Answer::Node { nid })
            }
            Request::Lease { nid, days } => {
                let silent = nid.parse().map_err(Refusal::asked)?;
                self.lease(silent, days).await?;
                Ok(Answer::Node { nid })
            }
            Request::HandOver { listings, to } => {
                let nid = to.parse().map_err(Refusal::asked)?;
                let done = self.hand_over(which(&listings)?, nid).await?;
                Ok(Answer::HandedOver(transferred(to, done)))
            }
            Request::TakeOver { listings, from } => {
                let nid = from.parse().map_err(Refusal::asked)?;
                let done = self.take_over(which(&listings)?, nid).await?;
                Ok(Answer::TakenOver(transferred(from, done)))
            }
            Request::Hide { what, reason } => {
                let named: What = what.parse().map_err(Refusal::asked)?;
                self.hide(named, &reason).await?;
                let name = named.to_string();
                Ok(Answer::Named { name })
            }
            Request::Unhide { what } => {
                let named: What = what.parse().map_err(Refusal::asked)?;
                self.unhide(named).await?;
                let name = named.to_string();
                Ok(Answer::Named { name })
            }
            Request::Hidden => Ok(self.hidden_lines()),
            other => unreachable!("{other:?} is answered before"),
        }
    }

    fn hidden_lines(&self) -> Answer {
        let line = |hiding: Hiding| HiddenLine {
            what: hiding.what,
            reason: hiding.reason,
            since: moment(hiding.since),
        };
        let hidden = self.hidden().into_iter().map(line).collect();
        Answer::Hidden { hidden }
    }
}

fn which(listings: &[String]) -> Result<Which, Refusal> {
    if listings.is_empty() {
        return Ok(Which::All);
    }
    let uuids = listings.iter().map(|id| id.parse::<Uuid>());
    let uuids: Result<BTreeSet<Uuid>, _> = uuids.collect();
    uuids.map(Which::These).map_err(Refusal::asked)
}

fn transferred(nid: String, done: HandedOver) -> Transferred {
    let left = done.left.into_iter();
    Transferred {
        nid,
        listings: done.listings,
        left: left
            .map(|(uuid, reason)| (uuid.to_string(), reason))
            .collect(),
    }
}
