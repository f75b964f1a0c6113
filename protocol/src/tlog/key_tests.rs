//! Is a key read in one spelling only, and only if it can be trusted?

use super::*;
use proptest::prelude::*;

fn name(text: &str) -> KeyName {
    KeyName::new(text).expect("a sound name")
}

#[test]
fn a_name_can_stand_in_a_note() {
    for (text, sound) in [
        ("a", true),
        ("clearinghouse/abc/0", true),
        ("centre.example/é—", true),
        ("", false),
        ("a b", false),
        ("a+b", false),
        ("a\tb", false),
        ("a\nb", false),
        ("a\u{a0}b", false),
        ("a\u{2003}b", false),
        ("a\u{1}b", false),
    ] {
        assert_eq!(KeyName::new(text).is_ok(), sound, "{text:?}");
    }
}

#[test]
fn keys_of_each_role_are_read_as_written() {
    for algorithm in [Algorithm::Ed25519, Algorithm::CosignatureV1] {
        let key = SigningKey::from_seed(name("centre.example/log"), algorithm, [7; 32]);
        let secret = key.to_secret_text();
        let again: SigningKey = secret.parse().expect("as written");
        assert_eq!(again.verifier(), key.verifier());
        assert_eq!(again.to_secret_text(), secret);
        let vkey = key.verifier().to_string();
        assert_eq!(vkey.parse().as_ref(), Ok(key.verifier()));
        assert!(key.verifier().verify(b"words", &key.sign(b"words")));
        assert!(!key.verifier().verify(b"other", &key.sign(b"words")));
        assert!(!key.verifier().verify(b"words", &key.sign(b"words")[..63]));
        assert!(!format!("{key:?}").contains(secret.rsplit('+').next().expect("a seed")));
    }
}

#[test]
fn a_role_is_part_of_the_id() {
    let [log, witness] = [Algorithm::Ed25519, Algorithm::CosignatureV1].map(|role| {
        SigningKey::from_seed(name("n"), role, [7; 32])
            .verifier()
            .clone()
    });
    assert_eq!(log.public_key(), witness.public_key());
    assert_ne!(log.id(), witness.id());
}

#[test]
fn an_id_belongs_to_its_key() {
    let key = SigningKey::from_seed(name("a"), Algorithm::Ed25519, [1; 32]);
    let vkey = key.verifier().to_string();
    let renamed = vkey.replacen('a', "b", 1);
    assert!(matches!(
        renamed.parse::<VerifierKey>(),
        Err(KeyError::Id { .. })
    ));
    let secret = key.to_secret_text().replacen("+a+", "+b+", 1);
    assert!(matches!(
        secret.parse::<SigningKey>(),
        Err(KeyError::Id { .. })
    ));
}

#[test]
fn points_that_cannot_be_trusted_are_refused() {
    // The eight points of small order, a second spelling of one, and no point at all.
    let minus_one = hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let order_8 = hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let order_8_too = hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
    let (mut zero, mut one) = ([0; 32], [0; 32]);
    (zero[31], one[0]) = (0, 1);
    let negative = |point: [u8; 32]| {
        let mut point = point;
        point[31] |= 0x80;
        point
    };
    let second_spelling = hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    // y = 3 is on the curve and of large order; p + 3 is its second spelling.
    let large_twice = hex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let mut no_point = [0; 32];
    no_point[0] = 2;
    let points = [
        zero,
        negative(zero),
        one,
        negative(one),
        minus_one,
        negative(minus_one),
        order_8,
        negative(order_8),
        order_8_too,
        negative(order_8_too),
        second_spelling,
        large_twice,
        no_point,
    ];
    for point in points {
        let key = VerifierKey::new(name("n"), Algorithm::Ed25519, &point);
        assert_eq!(key, Err(KeyError::Weak), "{}", text::to_hex(&point));
    }
    let mut large = [0; 32];
    large[0] = 3;
    assert!(VerifierKey::new(name("n"), Algorithm::Ed25519, &large).is_ok());
}

fn hex(text: &str) -> [u8; 32] {
    text::array_from_hex(text).expect("64 digits")
}

proptest! {
    #[test]
    fn a_key_that_is_read_is_written_the_same(
        seed: [u8; 32], cosigner: bool, at in 0_usize..80, with in "[a-f0-9+=/ A-Z]",
    ) {
        let role = if cosigner { Algorithm::CosignatureV1 } else { Algorithm::Ed25519 };
        let key = SigningKey::from_seed(name("centre.example"), role, seed);
        let vkey = key.verifier().to_string();
        let secret = key.to_secret_text();
        prop_assert_eq!(&vkey.parse::<VerifierKey>().expect("as written").to_string(), &vkey);
        for text in [vkey, secret] {
            let at = at % text.len();
            let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            if let Ok(read) = changed.parse::<VerifierKey>() {
                prop_assert_eq!(&read.to_string(), &changed);
            }
            if let Ok(read) = changed.parse::<SigningKey>() {
                prop_assert_eq!(&read.to_secret_text(), &changed);
            }
        }
    }
}
