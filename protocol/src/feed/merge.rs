//! What do many feeds say together?

use uuid::Uuid;

use super::body::Body;
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
#[error("{uuid} belongs to {owner}, and {speaker} is not the one to change it")]
pub struct Foreign {
    /// The listing.
    pub uuid: Uuid,
    /// Who minted it.
    pub owner: Nid,
    /// Whose log it stands in.
    pub speaker: Nid,
}

/// Accepts a body only from the node that minted its UUID.
pub fn accept(origin: Origin, body: &Body) -> Result<(), Foreign> {
    let (owner, speaker) = (body.minted.node, origin.nid);
    if owner == speaker {
        Ok(())
    } else {
        Err(Foreign {
            uuid: body.uuid,
            owner,
            speaker,
        })
    }
}

/// Which of the claims to one listing is shown: the latest of its owner's latest log.
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
