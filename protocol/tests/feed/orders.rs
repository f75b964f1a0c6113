//! Does the order of arrival, or of anything else that has none, ever count?

use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::feed::merge::{Claim, latest};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::feed::roster::{
    DEPTH_MAX, Place, Region, Rosters, Standing, Statement, resolve,
};
use clearinghouse_protocol::tlog::tree::Index;
use proptest::prelude::*;

/// One statement in the log of one of eight nodes about another.
#[derive(Debug, Clone)]
struct Said {
    speaker: usize,
    about: usize,
    verb: u8,
    regions: Vec<usize>,
}

const REGIONS: [&str; 6] = ["CA", "CA-ON", "CA-ON-TOR", "CA-ONE", "CA-QC", "US"];

fn nid(number: usize) -> Nid {
    Nid::of_genesis(&format!("node {number}\n"))
}

fn said() -> impl Strategy<Value = Said> {
    let regions = prop::collection::vec(0..REGIONS.len(), 0..3);
    (0..8_usize, 0..8_usize, 0..12_u8, regions).prop_map(|(speaker, about, verb, regions)| Said {
        speaker,
        about,
        verb,
        regions,
    })
}

fn statement(said: &Said) -> Statement {
    let (nid, url) = (nid(said.about), "https://example.org/".to_owned());
    match said.verb {
        0..4 => {
            let codes = said.regions.iter().map(|place| REGIONS[*place]);
            let regions = codes
                .map(|code| code.parse().expect("a region"))
                .collect::<BTreeSet<Region>>();
            Statement::Admit { nid, url, regions }
        }
        4..8 => Statement::Join { nid, url },
        8 => Statement::Suspend { nid },
        9 => Statement::Dissolve {
            nid,
            successor: None,
        },
        10 => Statement::Lease { nid, days: 60 },
        _ => Statement::Leave { nid },
    }
}

fn fold(all: &[Said]) -> BTreeMap<Nid, Rosters> {
    let mut rosters: BTreeMap<Nid, Rosters> = BTreeMap::new();
    for said in all {
        let log = rosters.entry(nid(said.speaker)).or_default();
        log.apply(statement(said));
    }
    rosters
}

/// The same statements in the order of their logs: within a log nothing moves.
fn log_by_log(all: &[Said], turn: usize) -> Vec<Said> {
    let mut sorted = all.to_vec();
    sorted.sort_by_key(|said| (said.speaker + turn) % 8);
    sorted
}

/// How a node stands when it is admitted by `network`, from what the rules F47 to F50 say.
fn stands(network: (&Nid, &Place), nid: &Nid, rosters: &BTreeMap<Nid, Rosters>) -> Option<Place> {
    let (network, above) = network;
    let member = rosters.get(network)?.members.get(nid)?;
    let inside = |region: &&Region| {
        above.regions.is_empty() || above.regions.iter().any(|outer| region.is_inside(outer))
    };
    let left: BTreeSet<Region> = member.regions.iter().filter(inside).cloned().collect();
    let joined = rosters
        .get(nid)
        .is_some_and(|own| own.joined.contains_key(network));
    let standing = match () {
        () if member.suspended => Standing::Suspended,
        () if above.depth == DEPTH_MAX => Standing::TooDeep,
        () if left.is_empty() && !member.regions.is_empty() => Standing::OutOfScope,
        () if !joined => Standing::OneSided,
        () if member.dissolved => Standing::Dissolved,
        () => Standing::Mutual,
    };
    let regions = if member.regions.is_empty() {
        above.regions.clone()
    } else {
        left
    };
    Some(Place {
        standing,
        url: Some(member.url.clone()),
        through: Some(*network),
        depth: above.depth + 1,
        regions,
        lease_days: member.lease_days,
    })
}

/// Those who count are alike.
fn class(standing: Standing) -> Standing {
    match standing {
        Standing::Dissolved => Standing::Mutual,
        other => other,
    }
}

proptest! {
    #[test]
    fn who_belongs_to_a_network_does_not_depend_on_the_order_of_arrival(
        all in prop::collection::vec(said(), 0..60),
        roots in prop::collection::btree_set(0..8_usize, 1..3),
        turn in 0..8_usize,
    ) {
        let roots: BTreeSet<Nid> = roots.into_iter().map(nid).collect();
        let (at_once, later) = (fold(&all), fold(&log_by_log(&all, turn)));
        prop_assert_eq!(&at_once, &later);
        let places = resolve(&roots, &at_once);
        prop_assert_eq!(&places, &resolve(&roots, &later));
        // A map that grew otherwise is the same map.
        let grown: BTreeMap<Nid, Rosters> = later.into_iter().rev().collect();
        prop_assert_eq!(places, resolve(&roots, &grown));
    }

    #[test]
    fn every_standing_is_the_best_that_the_rules_give(
        all in prop::collection::vec(said(), 0..80),
        roots in prop::collection::btree_set(0..8_usize, 1..3),
    ) {
        let roots: BTreeSet<Nid> = roots.into_iter().map(nid).collect();
        let rosters = fold(&all);
        let places = resolve(&roots, &rosters);
        let counting: Vec<(&Nid, &Place)> =
            places.iter().filter(|(_, place)| place.standing.counts()).collect();
        for nid in (0..8).map(nid) {
            if roots.contains(&nid) {
                prop_assert_eq!(places[&nid].standing, Standing::Root);
                continue;
            }
            let ways = counting.iter().filter_map(|network| stands(*network, &nid, &rosters));
            let best = ways.min_by_key(|place| (class(place.standing), place.depth, place.through));
            prop_assert_eq!(places.get(&nid), best.as_ref());
        }
        for (_, place) in counting {
            prop_assert!(place.depth <= DEPTH_MAX);
        }
    }

    #[test]
    fn of_many_claims_the_same_one_counts_whoever_is_heard_first(
        claims in prop::collection::vec((1..4_u32, 0..50_u64), 0..20),
        by in any::<prop::sample::Index>(),
    ) {
        let origin = |epoch: u32| -> Origin {
            format!("clearinghouse/{}/{epoch}", nid(0)).parse().expect("an origin")
        };
        let mut claims: Vec<Claim> = claims
            .into_iter()
            .map(|(epoch, index)| Claim { origin: origin(epoch), index: Index(index) })
            .collect();
        let first = latest(claims.clone());
        prop_assert_eq!(first.is_none(), claims.is_empty());
        if !claims.is_empty() {
            let turn = by.index(claims.len());
            claims.rotate_left(turn);
        }
        prop_assert_eq!(latest(claims.clone()), first);
        claims.sort();
        prop_assert_eq!(claims.last().copied(), first);
        claims.dedup();
        prop_assert_eq!(latest(claims), first);
    }
}
