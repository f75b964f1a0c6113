//! How is each rule broken?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clearinghouse_protocol::feed::entry::{Day, Entry, Kind};

use super::forge::Forge;
use super::liar::{Reply, answer};

pub(super) fn at(path: &str, part: &str, reply: impl FnOnce() -> Reply) -> Option<Reply> {
    path.contains(part).then(reply)
}

pub(super) fn note(path: &str, note: impl FnOnce() -> Vec<u8>) -> Option<Reply> {
    at(path, "/checkpoint", || {
        Reply::Raw(answer("200 OK", "", &note()))
    })
}

pub(super) fn wrong_key(forge: &Forge, path: &str) -> Option<Reply> {
    let origin = forge.identity.origin.to_string();
    note(path, || forge.checkpoint_as(&origin, [7; 32]))
}

pub(super) fn false_signature(forge: &Forge, path: &str) -> Option<Reply> {
    note(path, || {
        let sound = String::from_utf8(forge.checkpoint()).expect("a note is text");
        let (before, signature) = sound.trim_end().rsplit_once(' ').expect("a signature");
        let mut bytes = STANDARD
            .decode(signature)
            .expect("a signature is in base64");
        // Name and key id stay, the rest is another signature.
        *bytes.last_mut().expect("it is not empty") ^= 1;
        format!("{before} {}\n", STANDARD.encode(bytes)).into_bytes()
    })
}

pub(super) fn name_collision(forge: &Forge, path: &str) -> Option<Reply> {
    note(path, || {
        let other = forge.checkpoint_as(&forge.identity.origin.to_string(), [9; 32]);
        let other = String::from_utf8(other).expect("a note is text");
        let line = other.lines().last().unwrap_or_default().to_owned();
        [forge.checkpoint(), format!("{line}\n").into_bytes()].concat()
    })
}

pub(super) fn another_origin(_: &Forge, path: &str) -> Option<Reply> {
    note(path, || {
        Forge::new("somebody else", "https://else.example/").checkpoint()
    })
}

pub(super) fn endless() -> Reply {
    let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    Reply::Endless(head.to_vec(), vec![b'1'; 256 * 1024])
}

pub(super) fn drip() -> Reply {
    Reply::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())
}

pub(super) fn drip_head() -> Reply {
    let mut head = b"HTTP/1.1 200 OK\r\nx: ".to_vec();
    head.extend([b'y'; 4000]);
    Reply::Drip(head)
}

/// A frame of zstd (RFC 8878) that unpacks to 8 GiB: blocks of one repeated byte.
pub(super) fn bomb() -> Reply {
    Reply::Raw(packed(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]))
}

/// The same, asking for a window of two gibibytes.
pub(super) fn bomb_window() -> Reply {
    Reply::Raw(packed(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3]))
}

pub(super) fn packed(head: &[u8]) -> Vec<u8> {
    let mut bytes = head.to_vec();
    let block = ((128 * 1024) << 3 | 1 << 1) as u32;
    for _ in 0..65_536 {
        bytes.extend(&block.to_le_bytes()[..3]);
        bytes.push(b'!');
    }
    answer("200 OK", "content-encoding: zstd\r\n", &bytes)
}

pub(super) fn gzip() -> Reply {
    Reply::Raw(answer(
        "200 OK",
        "content-encoding: gzip\r\n",
        &[0x1f, 0x8b, 8, 0],
    ))
}

pub(super) fn million_headers() -> Reply {
    Reply::Endless(
        b"HTTP/1.1 200 OK\r\n".to_vec(),
        b"x-more: and more\r\n".repeat(4096),
    )
}

pub(super) fn redirect_home() -> Reply {
    Reply::Raw(answer(
        "302 Found",
        "location: /redirect-home/feed/1\r\n",
        b"",
    ))
}

pub(super) fn redirect_private() -> Reply {
    let to = "location: http://169.254.169.254/latest/meta-data/\r\n";
    Reply::Raw(answer("307 Temporary Redirect", to, b""))
}

pub(super) fn cut() -> Reply {
    let whole = answer("200 OK", "", &[0; 500]);
    Reply::Raw(whole[..whole.len() - 100].to_vec())
}

pub(super) fn garbage() -> Reply {
    Reply::Raw(vec![0x16; 4096])
}

pub(super) fn empty() -> Reply {
    Reply::Raw(answer("200 OK", "", b""))
}

pub(super) fn nested_card() -> Reply {
    let deep = format!(r#"{{"x":{}"#, "[".repeat(60_000));
    Reply::Raw(answer("200 OK", "", deep.as_bytes()))
}

/// An entry with these in its second, third and fourth byte, otherwise a sound one of kind roster.
pub(super) fn entry(kind: u8, flags: u16) -> Vec<u8> {
    let mut bytes =
        Entry::with_payload(Kind::Roster, Day(1), b"clearinghouse/roster/v1\n".to_vec());
    bytes.payload.clear();
    let mut bytes = bytes.encode();
    bytes[1] = kind;
    bytes[2..4].copy_from_slice(&flags.to_be_bytes());
    bytes
}

pub(super) fn critical(forge: &mut Forge) {
    forge.push(entry(200, 0x8000));
}

pub(super) fn refused_pages(forge: &mut Forge) {
    for _ in 0..20_000 {
        forge.push(entry(200, 0));
    }
}

/// A sound listing with one more field of this value.
pub(super) fn with(forge: &mut Forge, value: &str) {
    forge.list("oddqzx", |body| {
        body.replacen(
            r#""listing":{"#,
            &format!(r#""listing":{{"later":{value},"#),
            1,
        )
    });
}

pub(super) fn version(forge: &mut Forge, value: &str) {
    forge.list("oddqzx", |body| {
        body.replacen(r#""version":1"#, &format!(r#""version":{value}"#), 1)
    });
}

pub(super) fn nesting(forge: &mut Forge) {
    // As deep as a body can be.
    let deep = "[".repeat(30_000) + &"]".repeat(30_000);
    with(forge, &deep);
}

pub(super) fn twice(forge: &mut Forge) {
    forge.list("oddqzx", |body| {
        body.replacen(r#""listing":{"#, r#""listing":{"kind":"group","#, 1)
    });
}

pub(super) fn html(forge: &mut Forge) {
    forge.list("scriptqzx", |body| {
        let text = "<script>alert(1)</script><img src=x onerror=alert(1)>";
        body.replace("We meet and listen", text)
    });
}
