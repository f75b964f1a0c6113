//! Is each way out of one log and into the next read as it is written, and no other?

use super::super::entry::Day;
use super::super::origin::Nid;
use super::*;

fn epoch(number: u32) -> Epoch {
    number.to_string().parse().expect("from one on")
}

fn note() -> EpochNote {
    EpochNote {
        previous: epoch(1),
        size: Size(300),
        root: Hash([7; 32]),
        opening: Size(4),
    }
}

fn course(number: u32) -> Course {
    Course::new(Origin {
        nid: Nid::of_genesis("a"),
        epoch: epoch(number),
    })
}

fn open(note: EpochNote) -> Entry {
    Entry::with_payload(Kind::Epoch, Day(1), note.write().into_bytes())
}

fn close(next: u32) -> Entry {
    let note = CloseNote { next: epoch(next) };
    Entry::with_payload(Kind::Close, Day(1), note.write().into_bytes())
}

fn put() -> Entry {
    Entry::put(Day(1), None, 10, [1; 32])
}

fn carry(target: u64) -> Entry {
    Entry::carry(Index(target), &put())
}

#[test]
fn both_texts_have_one_spelling() {
    let text = note().write();
    assert_eq!(EpochNote::read(text.as_bytes()), Ok(note()));
    for (from, to) in [
        ("previous 1", "previous 01"),
        ("previous 1", "previous 0"),
        ("size 300", "size +300"),
        ("opening 4", "opening 0"),
        ("opening 4\n", "opening 4"),
        ("opening 4\n", "opening 4\n\n"),
        ("opening 4\n", ""),
        ("root Bwc", "root bwc "),
        ("/v1", "/v2"),
    ] {
        assert!(text.contains(from), "{from:?} is no part of the text");
        let other = text.replacen(from, to, 1);
        assert_eq!(EpochNote::read(other.as_bytes()), Err(EpochError::Shape));
    }
    let text = CloseNote { next: epoch(2) }.write();
    assert_eq!(
        CloseNote::read(text.as_bytes()),
        Ok(CloseNote { next: epoch(2) })
    );
    for wrong in [
        "clearinghouse/close/v1\nnext 2",
        "clearinghouse/close/v1\nnext 02\n",
        "clearinghouse/close/v1\nnext 2\nnext 3\n",
        "clearinghouse/close/v1\n",
    ] {
        assert_eq!(CloseNote::read(wrong.as_bytes()), Err(EpochError::Shape));
    }
}

#[test]
fn every_entry_has_its_place_between_opening_and_close() {
    use EpochError::{Carry, Closed, Next, NotFirst, NotOpened, Previous};
    let later = EpochNote {
        previous: epoch(2),
        ..note()
    };
    type Step = (Entry, Result<(), EpochError>);
    let script: [(u32, Vec<Step>); 5] = [
        (1, vec![(open(note()), Err(NotFirst)), (put(), Ok(()))]),
        (
            1,
            vec![
                (carry(0), Err(Carry)),
                (close(3), Err(Next(epoch(3)))),
                (put(), Ok(())),
            ],
        ),
        (
            1,
            vec![
                (close(2), Ok(())),
                (put(), Err(Closed)),
                (close(2), Err(Closed)),
            ],
        ),
        (
            2,
            vec![
                (put(), Err(NotOpened)),
                (open(note()), Err(NotOpened)),
                (close(3), Err(NotOpened)),
            ],
        ),
        (
            2,
            vec![
                (open(later), Err(Previous(epoch(2)))),
                (put(), Err(NotOpened)),
            ],
        ),
    ];
    for (number, steps) in script {
        let mut course = course(number);
        for (index, (entry, outcome)) in (0..).zip(steps) {
            assert_eq!(
                course.apply(Index(index), &entry),
                outcome,
                "{number}/{index}"
            );
        }
    }
}

#[test]
fn carries_stand_in_the_opening_in_rising_order() {
    let mut course = course(2);
    assert_eq!(course.apply(Index(0), &open(note())), Ok(()));
    assert_eq!(course.apply(Index(1), &carry(7)), Ok(()));
    assert_eq!(course.apply(Index(2), &carry(7)), Err(EpochError::Carry));
    assert_eq!(course.apply(Index(2), &carry(300)), Err(EpochError::Carry));
    assert_eq!(course.apply(Index(3), &carry(299)), Ok(()));
    let late = EpochNote {
        opening: Size(2),
        ..note()
    };
    let mut course = self::course(2);
    assert_eq!(course.apply(Index(0), &open(late)), Ok(()));
    assert_eq!(course.apply(Index(2), &carry(8)), Err(EpochError::Carry));
}

#[test]
fn what_no_longer_counts_is_not_stated_again() {
    let nid = |text: &str| Nid::of_genesis(text);
    let (a, b) = (nid("a"), nid("b"));
    let join = |nid, at: &str| Statement::Join {
        nid,
        url: format!("https://{at}.example/"),
    };
    let admit = |nid| Statement::Admit {
        nid,
        url: "https://a.example/".to_owned(),
        regions: BTreeSet::new(),
    };
    let all = vec![
        join(b, "old"),
        admit(a),
        Statement::Suspend { nid: b },
        join(a, "one"),
        join(b, "new"),
        Statement::Leave { nid: a },
        Statement::Suspend { nid: a },
        admit(a),
        Statement::Suspend { nid: a },
    ];
    assert_eq!(
        restated(all),
        [join(b, "new"), admit(a), Statement::Suspend { nid: a }]
    );
}

#[test]
fn what_was_not_living_is_not_carried_and_what_was_left_out_is_told() {
    let bodies = [[1; 32], [2; 32], [3; 32], [4; 32]];
    let entries: Vec<Entry> = bodies
        .iter()
        .map(|commitment| Entry::put(Day(1), None, 10, *commitment))
        .collect();
    let mut living = Living::default();
    for (index, entry) in (0..).zip(&entries) {
        living.apply(Index(index), entry).expect("is new");
    }
    let gone = Entry::erase(Day(1), Index(1));
    living.apply(Index(4), &gone).expect("is in force");
    let entry_of = |index: Index| entries.get(index.0 as usize).cloned();
    let mut other = Entry::carry(Index(2), &entries[2]);
    other.commitment = [9; 32];
    let carries = [
        Entry::carry(Index(0), &entries[0]),
        Entry::carry(Index(1), &entries[1]),
        other,
    ];
    let carried = check_carried(&living, entry_of, (1..).map(Index).zip(carries));
    assert_eq!(
        carried,
        Carried {
            copied: vec![(Index(1), Index(0))],
            not_living: vec![Index(2), Index(3)],
            left_out: vec![Index(2), Index(3)],
        }
    );
}
