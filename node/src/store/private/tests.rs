//! Is what was acknowledged kept, what was forgotten gone, and what is unknown left alone?

use super::super::fault_disk::{Fault, FaultDisk};
use super::*;

fn dir() -> &'static Path {
    Path::new("/data")
}

fn log_path() -> PathBuf {
    dir().join(LOG)
}

fn new_disk(seed: u64) -> (FaultDisk, PrivateLog) {
    let disk = FaultDisk::new(seed);
    let process = disk.start();
    process.create_dir_all(dir()).unwrap();
    (disk, PrivateLog::create(process, dir()).unwrap())
}

fn reopen(disk: &FaultDisk) -> PrivateLog {
    PrivateLog::open(disk.start(), dir()).unwrap()
}

fn token(name: &str, chance: u8) -> Statement {
    let hash = TokenSecret::new([chance; 32]).hash();
    Statement::Token(Token {
        name: name.into(),
        hash,
        created: 1,
        scopes: vec!["write".into()],
    })
}

fn follow(url: &str) -> Statement {
    Statement::Follow(Follow {
        url: url.into(),
        nid: None,
        with_members: true,
    })
}

fn audit(day: u32) -> Statement {
    Statement::Audit(Audit {
        day,
        who: "anna".into(),
        what: "put".into(),
        uuid: None,
    })
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[test]
fn what_was_said_is_there_after_a_power_cut() {
    let (disk, mut log) = new_disk(1);
    let counts = ImportCounts {
        added: 115,
        proposed: 175,
        ..ImportCounts::default()
    };
    let import = Import {
        source: "philadelphia".into(),
        time: 9,
        counts,
    };
    log.say(&[
        token("anna", 1),
        token("bert", 2),
        follow("http://a/"),
        follow("http://b/"),
    ])
    .unwrap();
    let revoked = Statement::TokenRevoked {
        name: "bert".into(),
    };
    let unfollow = Statement::Unfollow {
        url: "http://a/".into(),
    };
    log.say(&[
        revoked,
        unfollow,
        Statement::Import(import.clone()),
        audit(7),
    ])
    .unwrap();
    disk.power_cut();
    let log = reopen(&disk);
    let state = log.state();
    assert_eq!(log.cut_bytes(), 0);
    assert_eq!(
        state
            .tokens()
            .map(|token| &token.name[..])
            .collect::<Vec<_>>(),
        ["anna"]
    );
    assert_eq!(
        state
            .follows()
            .map(|follow| &follow.url[..])
            .collect::<Vec<_>>(),
        ["http://b/"]
    );
    assert_eq!(state.imports().collect::<Vec<_>>(), [&import]);
    assert_eq!(
        state.audit().map(|audit| audit.day).collect::<Vec<_>>(),
        [7]
    );
}

#[test]
fn only_the_secret_of_a_valid_token_opens() {
    let (_, mut log) = new_disk(1);
    log.say(&[token("anna", 1), token("bert", 2)]).unwrap();
    let name = "bert".into();
    log.say(&[Statement::TokenRevoked { name }]).unwrap();
    let opens = |secret: &str| {
        log.state()
            .token_with(secret)
            .map(|token| token.name.clone())
    };
    assert_eq!(opens(TokenSecret::new([1; 32]).as_str()).unwrap(), "anna");
    assert_eq!(opens(TokenSecret::new([2; 32]).as_str()), None);
    assert_eq!(opens(""), None);
}

#[test]
fn what_cannot_be_said_is_refused_and_changes_nothing() {
    let (disk, mut log) = new_disk(1);
    log.say(&[token("anna", 1)]).unwrap();
    let before = disk.bytes(&log_path());
    assert!(matches!(
        log.say(&[token("anna", 2)]),
        Err(PrivateError::Taken(_))
    ));
    assert!(matches!(
        log.say(&[token("", 2)]),
        Err(PrivateError::TooLong)
    ));
    let long = "x".repeat(MAX_NAME + 1);
    assert!(matches!(
        log.say(&[token(&long, 2)]),
        Err(PrivateError::TooLong)
    ));
    let unknown = Statement::TokenRevoked {
        name: "bert".into(),
    };
    assert!(matches!(
        log.say(&[audit(1), unknown]),
        Err(PrivateError::Unknown(_))
    ));
    let unknown = Statement::Unfollow {
        url: "http://a/".into(),
    };
    assert!(matches!(log.say(&[unknown]), Err(PrivateError::Unknown(_))));
    let value = vec![0; MAX_VALUE + 1];
    assert!(matches!(
        log.keep(uuid(1), &value, [1; 32]),
        Err(PrivateError::TooLong)
    ));
    assert_eq!(disk.bytes(&log_path()), before);
    for n in 1..MAX_TOKENS {
        log.say(&[token(&n.to_string(), 2)]).unwrap();
    }
    assert!(matches!(
        log.say(&[token("one more", 2)]),
        Err(PrivateError::TooMany)
    ));
}

#[test]
fn a_private_value_is_read_until_it_is_forgotten_and_stands_nowhere_in_plain_text() {
    let (disk, mut log) = new_disk(1);
    let largest = vec![b'x'; MAX_VALUE];
    log.keep(uuid(1), b"the shelter is at 12 Elm Street", [1; 32])
        .unwrap();
    log.keep(uuid(2), &largest, [2; 32]).unwrap();
    assert!(disk.holding(b"Elm Street").is_empty());
    disk.power_cut();
    let mut log = reopen(&disk);
    assert_eq!(
        log.private(uuid(1)).unwrap().unwrap(),
        b"the shelter is at 12 Elm Street"
    );
    assert_eq!(log.private(uuid(2)).unwrap().unwrap(), largest);
    let sealed = log.state().value(uuid(1)).unwrap().clone();
    log.forget(uuid(1)).unwrap();
    log.forget(uuid(1)).unwrap();
    disk.power_cut();
    // The ciphertext may still lie in the log, but its key is nowhere, so it says nothing.
    assert!(!disk.holding(sealed.value.as_bytes()).is_empty());
    assert!(disk.holding(&[1; 32]).is_empty());
    let mut log = reopen(&disk);
    assert_eq!(log.private(uuid(1)).unwrap(), None);
    log.compact().unwrap();
    assert!(disk.holding(sealed.value.as_bytes()).is_empty());
    assert_eq!(log.private(uuid(2)).unwrap().unwrap(), largest);
}

#[test]
fn a_newer_private_value_takes_the_place_and_the_key_of_the_older() {
    let (disk, mut log) = new_disk(1);
    log.keep(uuid(1), b"old", [1; 32]).unwrap();
    log.keep(uuid(1), b"new", [2; 32]).unwrap();
    assert_eq!(log.private(uuid(1)).unwrap().unwrap(), b"new");
    assert!(disk.holding(&[1; 32]).is_empty());
    assert_eq!(log.state().private_uuids().collect::<Vec<_>>(), [uuid(1)]);
    assert_eq!(log.slots.used(), 1);
}

#[test]
fn a_value_whose_key_is_damaged_is_reported_and_not_taken_for_forgotten() {
    let (disk, mut log) = new_disk(1);
    log.keep(uuid(1), b"value", [1; 32]).unwrap();
    let mut keys = disk.bytes(&dir().join(KEYS)).unwrap();
    keys[64 + 10] ^= 1;
    disk.put(&dir().join(KEYS), &keys);
    let found = reopen(&disk).private(uuid(1));
    assert!(matches!(found, Err(PrivateError::Unreadable(_))));
}

/// Puts a statement of a later version behind what stands in the log.
fn put_foreign(disk: &FaultDisk, version: u8, json: &str) {
    let mut bytes = disk.bytes(&log_path()).unwrap();
    let at = bytes.len() as u64;
    bytes.extend(frames::encode(at, at, version, json.as_bytes()));
    disk.put(&log_path(), &bytes);
}

#[test]
fn what_a_later_version_said_is_kept_byte_for_byte() {
    let (disk, mut log) = new_disk(1);
    log.say(&[token("anna", 1), audit(1)]).unwrap();
    let stranger = r#"{ "kind":"account" , "name":"é", "more":[1,2.50] }"#;
    let richer = r#"{"kind":"follow","url":"http://c/","with_members":false,"colour":"blue"}"#;
    put_foreign(&disk, VERSION, stranger);
    put_foreign(&disk, VERSION, richer);
    let mut log = reopen(&disk);
    log.say(&[Statement::TokenRevoked {
        name: "anna".into(),
    }])
    .unwrap();
    log.compact().unwrap();
    for kept in [stranger, richer] {
        assert_eq!(disk.holding(kept.as_bytes()), [log_path()]);
    }
    assert!(disk.holding(b"anna\",\"hash").is_empty());
    let log = reopen(&disk);
    assert_eq!(
        (log.state().follows().count(), log.state().audit().count()),
        (1, 1)
    );
}

#[test]
fn a_log_of_a_later_version_is_not_touched() {
    let (disk, _) = new_disk(1);
    put_foreign(&disk, VERSION + 1, "anything");
    let found = PrivateLog::open(disk.start(), dir());
    assert!(matches!(found, Err(PrivateError::Newer(_))));
    disk.put(&log_path(), b"clearinghouse private log 2\n");
    let found = PrivateLog::open(disk.start(), dir());
    assert!(matches!(found, Err(PrivateError::Newer(_))));
    assert_eq!(
        disk.bytes(&log_path()).unwrap(),
        b"clearinghouse private log 2\n"
    );
}

#[test]
fn only_a_new_node_makes_a_log() {
    let disk = FaultDisk::new(1);
    let process = disk.start();
    process.create_dir_all(dir()).unwrap();
    let missing = PrivateLog::open(process.clone(), dir());
    assert!(matches!(missing, Err(PrivateError::Missing(_))));
    PrivateLog::create(process.clone(), dir()).unwrap();
    let again = PrivateLog::create(process, dir());
    assert!(matches!(again, Err(PrivateError::Exists(_))));
}

#[test]
fn damage_in_the_middle_stops_with_a_sentence_and_at_the_end_is_cut() {
    let (disk, mut log) = new_disk(1);
    for day in 0..3 {
        log.say(&[audit(day)]).unwrap();
    }
    let sound = disk.bytes(&log_path()).unwrap();
    let mut bytes = sound.clone();
    bytes[HEADER.len() + 30] ^= 1;
    disk.put(&log_path(), &bytes);
    let found = PrivateLog::open(disk.start(), dir())
        .err()
        .unwrap()
        .to_string();
    assert!(found.contains("damaged at byte 28"), "{found}");
    assert_eq!(disk.bytes(&log_path()).unwrap(), bytes);
    for garbage in [&b"garbage"[..], &[0; 5000], &[255; 13]] {
        disk.put(&log_path(), &[&sound, garbage].concat());
        let mut log = reopen(&disk);
        assert_eq!(log.cut_bytes(), garbage.len() as u64);
        assert_eq!(log.state().audit().count(), 3);
        log.say(&[audit(4)]).unwrap();
        assert_eq!(reopen(&disk).state().audit().count(), 4);
    }
}

#[test]
fn a_log_that_is_mostly_dead_is_compacted() {
    let (disk, mut log) = new_disk(1);
    for n in 0..2_000 {
        log.say(&[follow("http://a/"), follow(&format!("http://{}/", n % 7))])
            .unwrap();
    }
    let len = disk.bytes(&log_path()).unwrap().len() as u64;
    assert!(len <= SMALL + 1_000, "{len}");
    disk.power_cut();
    assert_eq!(reopen(&disk).state().follows().count(), 8);
}

#[test]
fn the_audit_trail_is_bounded() {
    let (disk, mut log) = new_disk(1);
    let lines: Vec<_> = (0..MAX_AUDIT as u32 + 10).map(audit).collect();
    log.say(&lines).unwrap();
    log.compact().unwrap();
    let log = reopen(&disk);
    assert_eq!(log.state().audit().count(), MAX_AUDIT);
    assert_eq!(log.state().audit().next().unwrap().day, 10);
}

/// Says, keeps, forgets and compacts until something fails; answers what was acknowledged: the
/// days of the audit trail, and the listings whose private value is kept.
fn work(
    log: &mut PrivateLog,
    days: &mut Vec<u32>,
    kept: &mut Vec<u128>,
) -> Result<(), PrivateError> {
    for day in 0..4 {
        log.say(&[audit(day)])?;
        days.push(day);
        let n = u128::from(day);
        log.keep(
            uuid(n),
            format!("value {n}").as_bytes(),
            [day as u8 + 1; 32],
        )?;
        kept.push(n);
        if day == 2 {
            kept.retain(|n| *n != 1);
            log.forget(uuid(1))?;
            log.compact()?;
        }
    }
    Ok(())
}

/// What was acknowledged must be there, and at most one deed that was not.
fn check(log: &PrivateLog, days: &[u32], kept: &[u128], case: &str) {
    let found: Vec<u32> = log.state().audit().map(|audit| audit.day).collect();
    assert!(
        found.starts_with(days) && found.len() <= days.len() + 1,
        "{case}: {found:?} {days:?}"
    );
    for n in kept {
        let value = log.private(uuid(*n)).unwrap().unwrap();
        assert_eq!(value, format!("value {n}").as_bytes(), "{case}");
    }
    for found in log.state().private_uuids() {
        log.private(found).unwrap().unwrap();
    }
    assert_eq!(
        log.slots.used(),
        log.state().private_uuids().count(),
        "{case}"
    );
}

#[test]
fn a_fault_at_any_step_and_another_in_the_recovery_break_no_promise() {
    let (disk, mut log) = new_disk(1);
    let first = disk.steps();
    work(&mut log, &mut vec![], &mut vec![]).unwrap();
    let steps = disk.steps() - first;
    for fault in Fault::ALL {
        for step in 0..steps {
            for second in Fault::ALL {
                for seed in 0..6 {
                    two_faults(step, fault, second, seed);
                }
            }
        }
    }
}

fn two_faults(step: u64, fault: Fault, second: Fault, seed: u64) {
    let case = format!("{fault:?} at {step}, then {second:?}, seed {seed}");
    let (disk, mut log) = new_disk(seed + 1_000 * step);
    let (mut days, mut kept) = (vec![], vec![]);
    disk.fail_at(disk.steps() + step, fault);
    let _ = work(&mut log, &mut days, &mut kept);
    disk.tear(true);
    if seed.is_multiple_of(2) {
        disk.power_cut()
    } else {
        disk.crash()
    }
    let process = disk.start();
    disk.fail_at(disk.steps() + seed / 2, second);
    let _ = PrivateLog::open(process, dir());
    if seed.is_multiple_of(2) {
        disk.crash()
    } else {
        disk.power_cut()
    }
    let mut log = reopen_without_faults(&disk);
    check(&log, &days, &kept, &case);
    // What was found is built upon, and a last power cut shows whether it was really there.
    days = log.state().audit().map(|audit| audit.day).collect();
    kept = log
        .state()
        .private_uuids()
        .map(|uuid| uuid.as_u128())
        .collect();
    log.say(&[audit(99)]).unwrap();
    days.push(99);
    disk.power_cut();
    check(&reopen_without_faults(&disk), &days, &kept, &case);
}

/// Opens again until no fault is left over from the round before.
fn reopen_without_faults(disk: &FaultDisk) -> PrivateLog {
    match PrivateLog::open(disk.start(), dir()) {
        Ok(log) => log,
        Err(_) => reopen(disk),
    }
}
