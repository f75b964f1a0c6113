//! Does every spelling of an inner address meet the guard?

use super::*;

/// Spellings of addresses that only this machine, its network or nobody has.
const INNER: &[&str] = &[
    // Loopback, in every way an IPv4 address can be written.
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "http://127.0.0.1:7100/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://2130706433./",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0X7F000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://0177.0x0.0.1/",
    "http://00000177.0.0.1/",
    "http://0x0000007f.0.0.1/",
    "http://127.0x0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://１２７.０.０.１/",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://127\t.0.0.1/",
    "http://127.0.\n0.1/",
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://///127.0.0.1/",
    " http://127.0.0.1/ ",
    "HTTP://127.0.0.1/",
    // Unspecified: Linux connects it to loopback.
    "http://0.0.0.0/",
    "http://0/",
    "http://0x0/",
    "http://00000000000/",
    "http://0.1.2.3/",
    // Private, shared, link-local.
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://167772161/",
    "http://012.0.0.1/",
    "http://0xa.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://0xac100001/",
    "http://192.168.0.1/",
    "http://192.168.1/",
    "http://0300.0250.0.1/",
    "http://3232235521/",
    "http://100.64.0.1/",
    "http://100.127.255.255/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    // Nobody's or everybody's.
    "http://192.0.0.8/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://198.19.255.255/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.255/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://4294967295/",
    // IPv6, plain.
    "http://[::1]/",
    "http://[::1]:80/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "http://[::0.0.0.1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:0]/",
    "http://[fe80::1]/",
    "http://[febf::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1%25lo]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fdff:ffff::1]/",
    "http://[ff02::1]/",
    "http://[ff0e::1]/",
    "http://[100::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[4000::1]/",
    "http://[e000::1]/",
    // IPv6 with an IPv4 address inside.
    "http://[::ffff:127.0.0.1]/",
    "http://[::FFFF:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:0001]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::ffff:0.0.0.0]/",
    "http://[::127.0.0.1]/",
    "http://[::7f00:1]/",
    "http://[::192.168.1.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::ffff:0:7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::10.1.2.3]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[64:ff9b:1:ffff::8.8.8.8]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:7f00:1::1]/",
    "http://[2002:c0a8:101::1]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001::1]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://[2001:2::1]/",
    "http://[2001:10::1]/",
    "http://[2001:20::1]/",
    "http://[2600::5efe:127.0.0.1]/",
    "http://[2600::200:5efe:10.0.0.1]/",
    // Names.
    "http://localhost/",
    "http://LOCALHOST/",
    "http://LocalHost:8080/",
    "http://localhost./",
    "http://localhost../",
    "http://a.localhost/",
    "http://a.b.localhost./",
    "http://ｌｏｃａｌｈｏｓｔ/",
    "http://local%68ost/",
    "http://localhost.localdomain/",
    "http://ip6-localhost/",
    "http://localhost6.localdomain6/",
    "http://printer.local/",
    "http://metadata.google.internal/",
    "http://nas.lan/",
    "http://router.home.arpa/",
    "http://intranet/",
    "http://router./",
    // What is no request to a peer at all.
    "http://centre.example.org@127.0.0.1/",
    "http://user:secret@centre.example.org/",
    "http://user@centre.example.org/",
    "http://centre.example.org:80@10.0.0.1/",
    "ftp://centre.example.org/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://centre.example.org/",
    "unix:/run/docker.sock",
    "data:text/plain,x",
    "javascript:alert(1)",
    "http://",
    "http:///",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://256.0.0.1/",
    "http://1.2.3.4.5/",
    "http://[::1",
    "http://[::ffff:127.0.0.1.]/",
    "http://127.0.0.1:99999/",
    "",
];

const OUTER: &[&str] = &[
    "http://centre.example.org/",
    "https://centre.example.org:7100/feed/",
    "https://centre.example.org./",
    "https://xn--qubec-csa.example/",
    "https://entraide.québec/",
    "http://8.8.8.8/",
    "http://134744072/",
    "http://9.255.255.255/",
    "http://11.0.0.0/",
    "http://100.63.255.255/",
    "http://100.128.0.0/",
    "http://126.255.255.255/",
    "http://128.0.0.0/",
    "http://169.253.255.255/",
    "http://172.15.255.255/",
    "http://172.32.0.0/",
    "http://192.167.255.255/",
    "http://198.17.255.255/",
    "http://198.20.0.0/",
    "http://223.255.255.255/",
    "http://[2606:4700::1111]/",
    "http://[2001:4860:4860::8888]/",
    "http://[2001:200::1]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[64:ff9b::8.8.8.8]/",
    "http://[2002:808:808::1]/",
    "https://local.example.org/",
    "https://notlocalhost.example/",
    "https://mylocal.ca/",
];

#[test]
fn every_spelling_of_an_inner_address_is_refused() {
    let guard = Guard::new(false);
    for text in INNER {
        assert!(guard.read(text).is_err(), "{text:?} was let through");
    }
}

#[test]
fn public_addresses_pass_on_both_sides_of_each_edge() {
    let guard = Guard::new(false);
    for text in OUTER {
        if let Err(why) = guard.read(text) {
            panic!("{text:?} was refused: {why}");
        }
    }
}

#[test]
fn private_peers_pass_when_the_configuration_allows_them() {
    let guard = Guard::new(true);
    for (text, allowed) in [
        ("http://127.0.0.1:7100/", true),
        ("http://localhost:7100/", true),
        ("http://[::1]:7100/", true),
        ("http://10.0.0.1/", true),
        ("http://192.168.1.20/", true),
        ("http://[fd00::1]/", true),
        ("http://office/", true),
        ("http://169.254.169.254/", false),
        ("http://[::ffff:169.254.169.254]/", false),
        ("http://0.0.0.0/", false),
        ("http://[::]/", false),
        ("http://224.0.0.1/", false),
        ("http://user@127.0.0.1/", false),
        ("ftp://127.0.0.1/", false),
    ] {
        assert_eq!(guard.read(text).is_ok(), allowed, "{text}");
    }
}

#[test]
fn a_name_keeps_only_its_public_addresses() {
    let address = |text: &str| text.parse::<SocketAddr>().expect("a test's own address");
    let (inner, outer) = (address("127.0.0.1:0"), address("8.8.8.8:0"));
    let strict = Guard::new(false);
    assert_eq!(strict.keep([inner, outer].into_iter()), Ok(vec![outer]));
    assert!(strict.keep([inner].into_iter()).is_err());
    assert_eq!(strict.keep([].into_iter()), Err(Refused::Unknown));
    let lenient = Guard::new(true);
    assert_eq!(lenient.keep([inner].into_iter()), Ok(vec![inner]));
    let many = (0..100).map(|_| outer);
    assert_eq!(strict.keep(many).map(|kept| kept.len()), Ok(MAX_ADDRESSES));
}

#[test]
fn a_connection_whose_far_end_is_inner_or_unknown_is_refused() {
    let guard = Guard::new(false);
    let inner = "127.0.0.1:80".parse().ok();
    let outer = "8.8.8.8:80".parse().ok();
    assert!(guard.check_connected(inner).is_err());
    assert!(guard.check_connected(None).is_err());
    assert!(guard.check_connected(outer).is_ok());
}

#[test]
fn a_url_longer_than_the_limit_is_refused() {
    let guard = Guard::new(false);
    let base = "https://centre.example.org/";
    let of_length = |length: usize| format!("{base}{}", "a".repeat(length - base.len()));
    assert!(guard.read(&of_length(MAX_URL_BYTES)).is_ok());
    assert!(guard.read(&of_length(MAX_URL_BYTES + 1)).is_err());
}
