//! Does our witness ever vouch for two histories, whatever the disk does?

use std::collections::BTreeMap;
use std::path::Path;

use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::KeyName;
use clearinghouse_protocol::tlog::proof::prove_consistency;
use clearinghouse_protocol::tlog::tree::Frontier;
use clearinghouse_protocol::tlog::witness::{origin_hash, parse_cosignatures};

use super::*;
use crate::clock::Hand;
use crate::node::{init, open_feeds};
use crate::store::fault_disk::{Fault, FaultDisk};
use crate::store::keys::Keys;

const DATA: &str = "/node";
const ORIGIN: &str = "log.example/one";

struct Here {
    disk: FaultDisk,
    clock: Clock,
    hand: Arc<Hand>,
}

impl Here {
    fn new(seed: u64) -> Here {
        let disk = FaultDisk::new(seed);
        let start = "2026-11-21T12:00:00Z".parse().unwrap();
        let (clock, hand) = Clock::by_hand(start, seed);
        let names = [("en".to_owned(), "Maple Centre".to_owned())].into();
        let url = "https://maple.example/";
        init(&disk.start(), Path::new(DATA), names, url, &clock).unwrap();
        Here { disk, clock, hand }
    }

    fn start(&self) -> Witness {
        let (disk, data) = (self.disk.start(), Path::new(DATA));
        let feeds = open_feeds(&disk, data, &self.clock).unwrap().feeds;
        let key = Keys::open(&disk, &data.join("keys")).unwrap().witness;
        let files = Cosigned::open(disk, data).unwrap();
        let logs = vec![log_key().verifier().clone()];
        Witness::open(key, feeds, files, logs, self.clock.clone()).unwrap()
    }
}

fn log_key() -> SigningKey {
    SigningKey::from_seed(KeyName::new(ORIGIN).unwrap(), Algorithm::Ed25519, [4; 32])
}

/// The leaves of one of two histories that part behind the third entry.
fn leaves(history: u8) -> Vec<Hash> {
    let leaf = |at: u8| Hash::leaf(&[if at < 3 { 0 } else { history }, at]);
    (0..20).map(leaf).collect()
}

fn request(history: u8, old: u64, new: u64) -> Vec<u8> {
    let leaves = leaves(history);
    let tree = Frontier::of(Size(new), leaves.as_slice()).unwrap();
    let checkpoint = Checkpoint::of(ORIGIN, &tree).sign(&log_key()).unwrap();
    let proof = prove_consistency(Size(old), Size(new), leaves.as_slice()).unwrap_or_default();
    let old = Size(old);
    Request {
        old,
        proof,
        checkpoint,
    }
    .to_bytes()
}

/// What was handed out: for each size the history that it vouches for.
#[derive(Default)]
struct HandedOut(BTreeMap<u64, u8>);

impl HandedOut {
    fn ask(&mut self, witness: &Witness, history: u8, old: u64, new: u64) -> Result<(), Refused> {
        let lines = witness.add_checkpoint(&request(history, old, new))?;
        let signatures = parse_cosignatures(lines.as_bytes()).unwrap();
        let mut note = Request::parse(&request(history, old, new))
            .unwrap()
            .checkpoint;
        note.add(signatures[0].clone()).unwrap();
        assert_eq!(times_s(&note, witness.key()).len(), 1);
        let before = self.0.insert(new, history);
        assert!(before.is_none_or(|before| before == history), "{new} twice");
        Ok(())
    }
}

#[test]
fn a_log_that_grows_is_cosigned_and_whoever_asks_sees_the_last() {
    let here = Here::new(1);
    let witness = here.start();
    let mut out = HandedOut::default();
    assert!(witness.last(&origin_hash(ORIGIN)).unwrap().is_none());
    for (old, new) in [(0, 0), (0, 3), (3, 3), (3, 7)] {
        out.ask(&witness, 1, old, new).unwrap();
        let shown = witness.last(&origin_hash(ORIGIN)).unwrap().unwrap();
        shown.verify(log_key().verifier()).unwrap();
        assert_eq!(times_s(&shown, witness.key()).len(), 1);
        assert_eq!(shown.signatures().len(), 2);
        assert_eq!(Checkpoint::parse(shown.text()).unwrap().size, Size(new));
    }
    let mut forks = witness.forks();
    let conflict = |outcome| matches!(outcome, Err(Refused::Conflict { size: Size(7) }));
    assert!(conflict(out.ask(&witness, 1, 0, 9)));
    assert!(conflict(out.ask(&witness, 1, 3, 5)));
    assert!(forks.try_recv().is_err());
    assert!(conflict(out.ask(&witness, 2, 7, 7)));
    assert_eq!(forks.try_recv().unwrap().origin, ORIGIN);
    assert!(matches!(out.ask(&witness, 2, 7, 9), Err(Refused::Unproven)));
    let backwards = out.ask(&witness, 1, 9, 8);
    assert!(matches!(backwards, Err(Refused::Backwards { .. })));
    out.ask(&witness, 1, 7, 20).unwrap();
}

#[test]
fn a_replay_within_a_minute_writes_nothing_and_a_later_one_is_cosigned_anew() {
    let here = Here::new(1);
    let witness = here.start();
    let first = witness.add_checkpoint(&request(1, 0, 3)).unwrap();
    let steps = here.disk.steps();
    here.hand.advance(std::time::Duration::from_secs(59));
    assert_eq!(witness.add_checkpoint(&request(1, 3, 3)).unwrap(), first);
    assert_eq!(here.disk.steps(), steps);
    here.hand.advance(std::time::Duration::from_secs(2));
    assert_ne!(witness.add_checkpoint(&request(1, 3, 3)).unwrap(), first);
    assert!(here.disk.steps() > steps);
}

#[test]
fn after_any_fault_no_size_is_cosigned_for_two_histories() {
    let mut interrupted = 0;
    for fault in Fault::ALL {
        for step in 0..6 {
            for seed in 0..8 {
                let here = Here::new(seed);
                let mut out = HandedOut::default();
                let witness = here.start();
                out.ask(&witness, 1, 0, 3).unwrap();
                here.disk.fail_at(here.disk.steps() + step, fault);
                if out.ask(&witness, 1, 3, 5).is_err() {
                    interrupted += 1;
                    // Also without a new start: an error must not make us forget.
                    let _ = out.ask(&witness, 2, 3, 5);
                }
                here.disk.tear(seed % 2 == 0);
                here.disk.power_cut();
                // A fault that nothing met does not meet the next start.
                let disk = here.disk.copy();
                let here = Here { disk, ..here };
                let witness = here.start();
                let _ = out.ask(&witness, 2, 3, 5);
                let _ = out.ask(&witness, 1, 3, 5);
                // Whoever finds itself cosigned without an answer asks again from there.
                let _ = out.ask(&witness, 2, 5, 5);
                let _ = out.ask(&witness, 1, 5, 5);
                assert_eq!(out.0.len(), 2, "{fault:?} {step} {seed}: it goes on");
            }
        }
    }
    assert!(interrupted > 100, "{interrupted}");
}

#[test]
fn what_was_cosigned_and_is_damaged_is_not_nothing() {
    let here = Here::new(1);
    let witness = here.start();
    witness.add_checkpoint(&request(1, 0, 3)).unwrap();
    let path = Path::new(DATA).join("witness").join(origin_hash(ORIGIN));
    here.disk.put(&path, b"");
    let asked = witness.add_checkpoint(&request(2, 0, 5));
    assert!(matches!(
        asked,
        Err(Refused::Kept(CosignedError::Damaged { .. }))
    ));
}

#[test]
fn of_many_who_ask_at_once_one_history_wins() {
    let here = Here::new(1);
    let witness = here.start();
    witness.add_checkpoint(&request(1, 0, 3)).unwrap();
    let won: Vec<u8> = std::thread::scope(|scope| {
        let ask = |history: u8| {
            let witness = &witness;
            scope.spawn(move || {
                let asked = witness.add_checkpoint(&request(history, 3, 5));
                asked.is_ok().then_some(history)
            })
        };
        let all: Vec<_> = (0..16).map(|n| ask(1 + n % 2)).collect();
        all.into_iter()
            .filter_map(|one| one.join().unwrap())
            .collect()
    });
    assert_eq!(won.len(), 1);
}

#[test]
fn our_own_log_and_unknown_ones_are_not_cosigned() {
    let here = Here::new(1);
    let witness = here.start();
    let own = witness.feeds.own().identity.origin.to_string();
    assert!(witness.keys_of(&own).is_empty());
    assert!(witness.keys_of("log.example/two").is_empty());
    assert_eq!(witness.keys_of(ORIGIN).len(), 1);
}

#[test]
fn a_foreign_log_is_chosen_once_and_for_the_next_start() {
    let here = Here::new(1);
    let witness = here.start();
    let name = KeyName::new("sum.golang.org").unwrap();
    let key = SigningKey::from_seed(name.clone(), Algorithm::Ed25519, [9; 32]);
    let cosigner = SigningKey::from_seed(name, Algorithm::CosignatureV1, [9; 32]);
    let node = witness.feeds.own().identity.log_key.to_string();
    for _ in 0..2 {
        witness.choose(&key.verifier().to_string()).unwrap();
        assert_eq!(witness.foreign().len(), 2);
    }
    let refused = [cosigner.verifier().to_string(), node, "key".to_owned()];
    assert!(refused.iter().all(|vkey| witness.choose(vkey).is_err()));
    here.disk.power_cut();
    assert_eq!(here.start().foreign().len(), 2);
}
