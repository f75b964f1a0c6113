//! Which spellings lead to this machine or beside it?

/// Hosts, as somebody could write them into a roster.
const HOSTS: [&str; 84] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0177.1",
    "017700000001",
    "127.0.0.1.",
    "127.0.0.01",
    "0x7F.0x0.0x0.0x1",
    "0",
    "0.0.0.0",
    "0x0",
    "127.255.255.254",
    "127.0.0.2",
    "%31%32%37.0.0.1",
    "１２７.０.０.１",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "[::7f00:1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "LocalHost.",
    "foo.localhost",
    "foo.localhost.",
    "localhost.localdomain",
    "localhost6",
    "ip6-localhost",
    "localhost6.localdomain6",
    "a.local",
    "router",
    "intranet",
    "host.internal",
    "metadata.google.internal",
    "fritz.lan",
    "x.home.arpa",
    "loc%61lhost",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "lo\u{ad}calhost",
    "localhost%2e",
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "3232235777",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "user@127.0.0.1",
    "user:word@localhost",
    "127.0.0.1#@maple.example",
    "maple.example@127.0.0.1",
];

/// Addresses with these hosts, and with other schemes and odd signs; `port` is where somebody listens.
pub fn addresses(port: u16) -> Vec<String> {
    let mut urls: Vec<String> = HOSTS
        .iter()
        .map(|host| format!("http://{host}:{port}/"))
        .collect();
    // As an author would have to write them, so that it is the guard that refuses.
    let canonical = urls
        .iter()
        .filter_map(|url| Some(url::Url::parse(url).ok()?.to_string()));
    let canonical: Vec<String> = canonical.collect();
    urls.extend(canonical);
    urls.extend([
        format!("gopher://127.0.0.1:{port}/"),
        "file:///etc/passwd".to_owned(),
        format!("http:127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("http:\\\\127.0.0.1:{port}\\"),
        format!("http://127.0.0.1:{port}/../"),
        format!(" http://127.0.0.1:{port}/"),
    ]);
    urls.sort();
    urls.dedup();
    urls
}
