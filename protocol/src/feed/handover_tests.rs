//! Does a hand-over need both sides, and does nothing else come to matter?

use super::super::handed::{Handed, Word};
use super::super::roster::Statement;
use super::*;
use jiff::civil::Date;
use proptest::prelude::*;

const URL: &str = "https://example.org/";

fn nid(name: &str) -> Nid {
    Nid::of_genesis(name)
}

fn origin(name: &str) -> Origin {
    let text = format!("clearinghouse/{}/1", nid(name));
    text.parse().expect("an origin")
}

fn uuid(number: u8) -> Uuid {
    Uuid::from_bytes([number; 16])
}

fn salt(number: u8) -> [u8; 32] {
    [number; 32]
}

fn hand(from: &str, by: Word) -> Handed {
    let on = Date::constant(2026, 11, 22);
    Handed {
        from: nid(from),
        by,
        on,
    }
}

fn one(from: &str, number: u8) -> Handed {
    let salt = salt(number);
    hand(from, Word::One { salt })
}

/// Logs that are written statement by statement.
#[derive(Default, Clone)]
struct Logs(BTreeMap<&'static str, (Rosters, Transfers)>);

impl Logs {
    fn give(&mut self, from: &'static str, to: &str, number: Option<u8>) {
        let listing = number.map(|number| commitment(&salt(number), uuid(number)));
        let target = number.map(|number| Index(number.into()));
        let give = Transfer::Give {
            to: nid(to),
            url: URL.to_owned(),
            listing,
        };
        let log = self.0.entry(from).or_default();
        assert!(log.1.apply(target, give));
    }

    fn take(&mut self, taker: &'static str, from: &str, entry: u64, target: u64) {
        let take = Transfer::Take {
            from: origin(from),
            entry: Index(entry),
        };
        let log = self.0.entry(taker).or_default();
        assert!(log.1.apply(Some(Index(target)), take));
    }

    fn state(&mut self, speaker: &'static str, statement: Statement) {
        self.0.entry(speaker).or_default().0.apply(statement);
    }

    fn family(&mut self, network: &'static str, member: &'static str) {
        let (url, regions) = (URL.to_owned(), BTreeSet::new());
        let admitted = nid(member);
        self.state(
            network,
            Statement::Admit {
                nid: admitted,
                url: url.clone(),
                regions,
            },
        );
        let nid = nid(network);
        self.state(member, Statement::Join { nid, url });
    }

    fn dissolve(&mut self, network: &'static str, member: &str, successor: &str) {
        let (nid, successor) = (nid(member), Some(nid(successor)));
        self.state(network, Statement::Dissolve { nid, successor });
    }

    fn together(&self) -> Handovers {
        let logs = self.0.iter();
        Handovers::of(logs.map(|(name, (rosters, transfers))| (origin(name), rosters, transfers)))
    }
}

#[test]
fn a_statement_has_one_spelling_and_a_target_where_it_names_a_listing() {
    let (to, url) = (nid("b"), URL.to_owned());
    let listing = Some([7; 32]);
    for (transfer, has_target) in [
        (
            Transfer::Give {
                to,
                url: url.clone(),
                listing: None,
            },
            false,
        ),
        (Transfer::Give { to, url, listing }, true),
        (
            Transfer::Take {
                from: origin("a"),
                entry: Index(0),
            },
            true,
        ),
    ] {
        let text = transfer.write();
        let read = Transfer::read(text.as_bytes(), has_target);
        assert_eq!(read, Ok(transfer));
        assert!(Transfer::read(text.as_bytes(), !has_target).is_err());
        for wrong in [
            text.replace('\n', "\r\n"),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            format!("{text}url {URL}\n"),
            text.replacen(' ', "  ", 1),
            text.replace("entry 0", "entry 00"),
            text.replace("entry 0", "entry 9007199254740992"),
        ] {
            let read = Transfer::read(wrong.as_bytes(), has_target);
            assert!(wrong == text || read.is_err(), "{wrong:?}");
        }
    }
}

#[test]
fn a_title_needs_every_step_in_the_log_of_the_one_who_gives() {
    let mut logs = Logs::default();
    logs.give("a", "b", Some(1));
    logs.give("b", "c", None);
    let all = logs.together();
    let title = |owner, speaker, number, handed: &[Handed]| {
        all.title(nid(owner), nid(speaker), uuid(number), handed)
    };
    let (ab, bc) = (one("a", 1), hand("b", Word::All));
    for (speaker, number, handed, holds) in [
        ("a", 1, vec![], true),
        ("b", 1, vec![], false),
        ("b", 1, vec![ab], true),
        ("c", 1, vec![ab], false),
        ("c", 1, vec![ab, bc], true),
        ("c", 1, vec![bc], false),
        // Another listing, another salt, and another way than the one that was stated.
        ("b", 2, vec![ab], false),
        ("b", 1, vec![one("a", 2)], false),
        ("b", 1, vec![hand("a", Word::All)], false),
        ("c", 1, vec![ab, one("b", 1)], false),
        ("b", 1, vec![hand("a", Word::Network(nid("n")))], false),
        ("a", 1, vec![ab], false),
    ] {
        let found = title("a", speaker, number, &handed);
        assert_eq!(found.is_some(), holds, "{speaker} {number} {handed:?}");
    }
}

#[test]
fn what_goes_on_from_a_title_counts_more_and_of_two_gifts_the_first() {
    let mut logs = Logs::default();
    logs.give("a", "b", Some(1));
    logs.give("a", "c", Some(1));
    logs.give("b", "a", None);
    logs.family("n", "a");
    logs.family("n", "d");
    logs.dissolve("n", "a", "d");
    let all = logs.together();
    let title = |speaker: &str, handed: &[Handed]| {
        let title = all.title(nid("a"), nid(speaker), uuid(1), handed);
        title.expect("every step is stated")
    };
    let first = title("a", &[]);
    let to_b = title("b", &[one("a", 1)]);
    let to_c = title("c", &[one("a", 1)]);
    let to_d = title("d", &[hand("a", Word::Network(nid("n")))]);
    let back = title("a", &[one("a", 1), hand("b", Word::All)]);
    let mut all = vec![
        back.clone(),
        to_b.clone(),
        to_c.clone(),
        to_d.clone(),
        first.clone(),
    ];
    all.sort();
    assert_eq!(all, [first, to_d, to_c, to_b, back]);
}

#[test]
fn a_network_names_a_successor_only_for_those_who_joined_it() {
    for (joined, known, holds) in [
        (true, true, true),
        (false, true, false),
        (true, false, false),
    ] {
        let mut logs = Logs::default();
        logs.family("n", "dead");
        if known {
            logs.family("n", "heir");
        }
        if !joined {
            let nid = nid("n");
            logs.state("dead", Statement::Leave { nid });
        }
        logs.dissolve("n", "dead", "heir");
        logs.take("heir", "dead", 4, 9);
        let step = hand("dead", Word::Network(nid("n")));
        let all = logs.together();
        let title = all.title(nid("dead"), nid("heir"), uuid(4), &[step]);
        assert_eq!(title.is_some(), holds);
        assert_eq!(all.taken().count(), usize::from(holds));
        // Suspended or not, what it took over stays its own; admitted again, the dead are not dead.
        let gone = nid("dead");
        logs.state("n", Statement::Suspend { nid: gone });
        let title = logs.together();
        let title = title.title(gone, nid("heir"), uuid(4), &[step]);
        assert_eq!(title.is_some(), holds);
        logs.state(
            "n",
            Statement::Admit {
                nid: gone,
                url: URL.to_owned(),
                regions: BTreeSet::new(),
            },
        );
        let title = logs.together();
        let title = title.title(gone, nid("heir"), uuid(4), &[step]);
        assert_eq!(title, None);
    }
}

#[test]
fn only_what_was_given_can_be_taken() {
    let mut logs = Logs::default();
    logs.give("a", "b", Some(1));
    for (taker, entry, target) in [("b", 1, 10), ("b", 2, 11), ("c", 1, 12)] {
        logs.take(taker, "a", entry, target);
    }
    let all = logs.together();
    let takers = |entry| all.takers(origin("a"), Index(entry)).collect::<Vec<_>>();
    assert_eq!(takers(1), [(origin("b"), Index(10))]);
    assert_eq!(takers(2), []);
    logs.give("a", "c", None);
    let all = logs.together();
    assert_eq!(all.takers(origin("a"), Index(1)).count(), 2);
    assert_eq!(all.takers(origin("a"), Index(2)).count(), 0);
}

#[test]
fn a_log_that_hands_over_for_ever_fills_no_memory() {
    let mut transfers = Transfers::default();
    let give = Transfer::Give {
        to: nid("b"),
        url: URL.to_owned(),
        listing: None,
    };
    for _ in 0..TRANSFERS_MAX {
        assert!(transfers.apply(None, give.clone()));
    }
    assert!(!transfers.apply(None, give));
    assert_eq!(transfers.len(), TRANSFERS_MAX);
}

proptest! {
    #[test]
    fn what_logs_say_together_does_not_depend_on_their_order(
        gifts in prop::collection::vec((0..4_usize, 0..4_usize, prop::option::of(0..4_u8)), 0..20),
        takes in prop::collection::vec((0..4_usize, 0..4_usize, 0..4_u64, 0..30_u64), 0..20),
        ends in prop::collection::vec((0..4_usize, 0..4_usize, 0..4_usize), 0..4),
        turn in 0..4_usize,
    ) {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let mut logs = Logs::default();
        for (from, to, number) in gifts {
            logs.give(NAMES[from], NAMES[to], number);
        }
        for (taker, from, entry, target) in takes {
            logs.take(NAMES[taker], NAMES[from], entry, target);
        }
        for (network, member, heir) in ends {
            logs.family(NAMES[network], NAMES[member]);
            logs.family(NAMES[network], NAMES[heir]);
            logs.dissolve(NAMES[network], NAMES[member], NAMES[heir]);
        }
        let all = logs.together();
        let mut names: Vec<&str> = logs.0.keys().copied().collect();
        if !names.is_empty() {
            let turn = turn % names.len();
            names.rotate_left(turn);
        }
        let turned = names.iter().map(|name| {
            let (rosters, transfers) = &logs.0[name];
            (origin(name), rosters, transfers)
        });
        prop_assert_eq!(Handovers::of(turned), all);
    }
}
