//! What do many feeds say together?

use uuid::Uuid;

use super::body::Body;
use super::handed::Handed;
use super::handover::{Handovers, Title};
use super::origin::{Nid, Origin};
use crate::tlog::tree::Index;

/// Where a listing is stated: an entry of a log that is in force and whose body was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// The log.
    pub origin: Origin,
    /// The entry.
    pub index: Index,
}

/// Why a verified body is set aside and shown to staff instead of visitors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    /// It stands in the log of a node that nobody handed it to, as far as it says itself.
    #[error("{uuid} belongs to {owner}, and {speaker} is not the one to change it")]
    NotHanded {
        /// The listing.
        uuid: Uuid,
        /// Who minted it.
        owner: Nid,
        /// Whose log it stands in.
        speaker: Nid,
    },
    /// It says how it was handed over, and not all of that is stated by those who could.
    #[error(
        "{uuid} of {owner} is said to have been handed over to {speaker}, and not every step of that is stated where it must be"
    )]
    NotStated {
        /// The listing.
        uuid: Uuid,
        /// Who minted it.
        owner: Nid,
        /// Whose log it stands in.
        speaker: Nid,
    },
}

/// Accepts a body from the node that minted its UUID, or from one to which every step of a hand-over
/// leads; answers by which title.
///
/// What is refused for want of a statement is to be asked again when statements change: so the result
/// does not depend on the order in which feeds arrive.
pub fn accept(origin: Origin, body: &Body, handovers: &Handovers) -> Result<Title, Foreign> {
    let (uuid, owner) = (body.uuid, body.minted.node);
    entitled(origin, uuid, owner, &body.handed, handovers)
}

/// As [`accept`], of a listing that `owner` minted and that came in the steps `handed`.
pub fn entitled(
    origin: Origin,
    uuid: Uuid,
    owner: Nid,
    handed: &[Handed],
    handovers: &Handovers,
) -> Result<Title, Foreign> {
    let speaker = origin.nid;
    let title = handovers.title(owner, speaker, uuid, handed);
    title.ok_or(if handed.is_empty() {
        Foreign::NotHanded {
            uuid,
            owner,
            speaker,
        }
    } else {
        Foreign::NotStated {
            uuid,
            owner,
            speaker,
        }
    })
}

/// Which of the accepted claims to one listing is shown: that of the greatest title, and of this the
/// latest of the latest log.
///
/// What was taken over is no claim any more, so that it does not come back when the successor erases the
/// listing. `is_held_back` says of a taker's entry that it is in force and its body not here: until that
/// comes, the listing is shown as it was.
pub fn prevailing(
    claims: impl IntoIterator<Item = (Title, Claim)>,
    handovers: &Handovers,
    is_held_back: impl Fn(Claim) -> bool,
) -> Option<Claim> {
    let is_over = |claim: &Claim| {
        let mut takers = handovers.takers(claim.origin, claim.index);
        takers.any(|(origin, index)| !is_held_back(Claim { origin, index }))
    };
    claims
        .into_iter()
        .filter(|(_, claim)| !is_over(claim))
        .max_by(|(title, claim), (other, that)| {
            let place = |claim: &Claim| (claim.origin.epoch, claim.index);
            title.cmp(other).then(place(claim).cmp(&place(that)))
        })
        .map(|(_, claim)| claim)
}

/// Which of one node's claims to one listing counts: the latest of its latest log.
///
/// A pure function of the set of claims, so the order in which feeds arrive is of no account. When the
/// latest is erased, an earlier one that was never replaced counts again.
pub fn latest(claims: impl IntoIterator<Item = Claim>) -> Option<Claim> {
    claims
        .into_iter()
        .max_by_key(|claim| (claim.origin.epoch, claim.index))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::origin::Epoch;
    use super::*;

    proptest! {
        #[test]
        fn the_claim_that_counts_does_not_depend_on_the_order_of_arrival(
            indexes in prop::collection::vec((0..3u8, 0..50u64), 0..20),
            seed in any::<u64>(),
        ) {
            let claim = |(epoch, index): &(u8, u64)| {
                let epoch: Epoch = (epoch + 1).to_string().parse().expect("from one on");
                Claim { origin: Origin { nid: Nid::of_genesis("a"), epoch }, index: Index(*index) }
            };
            let mut claims: Vec<Claim> = indexes.iter().map(claim).collect();
            let first = latest(claims.clone());
            let turn = seed as usize % claims.len().max(1);
            claims.rotate_left(turn);
            prop_assert_eq!(latest(claims.clone()), first);
            claims.reverse();
            prop_assert_eq!(latest(claims), first);
        }
    }
}
