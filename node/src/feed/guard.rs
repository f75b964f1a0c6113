//! Which addresses may this node call on behalf of what others wrote?
//!
//! A roster, an identity note or a staff member names the URLs that we fetch. Without this guard
//! such a URL could make the node ask its own machine, its office network or a cloud's metadata
//! service. There are three checks, because each sees what the others cannot: the URL before
//! anything is asked (the resolver is never consulted for literal addresses), the addresses a name
//! resolves to, and the address that was in fact connected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Longest URL that is considered, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 16;

/// The rule for outgoing requests; cheap to copy, and a resolver for `reqwest`.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    allow_private: bool,
}

/// Why an address may not be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The text is no URL, or longer than [`MAX_URL_BYTES`].
    #[error("this is not a usable URL: {0}")]
    NotAUrl(String),
    /// Only http and https are spoken.
    #[error("a URL must begin with http: or https:, not {0}:")]
    Scheme(String),
    /// A URL with a name or password in it.
    #[error("a URL must not carry a user name or password")]
    Credentials,
    /// The address or name lies where only this machine or its neighbours can reach.
    #[error("{host} is {why}; allow_private_peers would permit it")]
    Private {
        /// What was asked for.
        host: String,
        /// The range it lies in.
        why: &'static str,
    },
    /// The address is nobody's, or everybody's; no configuration permits it.
    #[error("{host} is {why}, which no peer can have")]
    Never {
        /// What was asked for.
        host: String,
        /// The range it lies in.
        why: &'static str,
    },
    /// The connection's far end could not be learned, so it cannot be trusted.
    #[error("the address that was connected is not known")]
    Unknown,
}

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    Private(&'static str),
    Never(&'static str),
}

impl Guard {
    /// A guard that refuses loopback and private ranges unless `allow_private`.
    pub fn new(allow_private: bool) -> Guard {
        Guard { allow_private }
    }

    /// Reads a URL and checks it as [`Guard::check`] does.
    pub fn read(&self, text: &str) -> Result<Url, Refused> {
        if text.len() > MAX_URL_BYTES {
            return Err(Refused::NotAUrl(format!(
                "longer than {MAX_URL_BYTES} bytes"
            )));
        }
        let url = Url::parse(text).map_err(|error| Refused::NotAUrl(error.to_string()))?;
        self.check(&url)?;
        Ok(url)
    }

    /// Whether this URL may be asked at all, as far as its text tells.
    ///
    /// The URL Standard's host parser has already turned every spelling of an IPv4 address
    /// (decimal, octal, hexadecimal, short, full-width, percent-encoded) into the address.
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(Refused::NotAUrl(format!(
                "longer than {MAX_URL_BYTES} bytes"
            )));
        }
        match url.host() {
            None => Err(Refused::NotAUrl("it names no host".to_owned())),
            Some(Host::Ipv4(address)) => self.check_address(address.into()),
            Some(Host::Ipv6(address)) => self.check_address(address.into()),
            Some(Host::Domain(name)) => self.judge(name, reach_of_name(name)),
        }
    }

    /// Whether this address may be connected.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Refused> {
        self.judge(&address.to_string(), reach(address))
    }

    /// Whether the far end of a connection, once made, is one we would have chosen.
    pub fn check_connected(&self, far_end: Option<SocketAddr>) -> Result<(), Refused> {
        match far_end {
            Some(address) => self.check_address(address.ip()),
            None => Err(Refused::Unknown),
        }
    }

    fn judge(&self, host: &str, reach: Reach) -> Result<(), Refused> {
        let host = || host.to_owned();
        match reach {
            Reach::Public => Ok(()),
            Reach::Private(_) if self.allow_private => Ok(()),
            Reach::Private(why) => Err(Refused::Private { host: host(), why }),
            Reach::Never(why) => Err(Refused::Never { host: host(), why }),
        }
    }

    /// The addresses of `found` that may be called; why not, if none may.
    fn keep(&self, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
        let mut refused = Refused::Unknown;
        let mut kept = Vec::new();
        for address in found.take(MAX_ADDRESSES) {
            match self.check_address(address.ip()) {
                Ok(()) => kept.push(address),
                Err(why) => refused = why,
            }
        }
        if kept.is_empty() {
            Err(refused)
        } else {
            Ok(kept)
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept = guard.keep(found)?;
            let addresses: Addrs = Box::new(kept.into_iter());
            Ok(addresses)
        })
    }
}

/// Names that lead to this machine or its network by agreement or custom (RFC 6761, 6762, 8375).
fn reach_of_name(name: &str) -> Reach {
    const LOCAL_ENDINGS: [&str; 9] = [
        "localhost",
        "localdomain",
        "local",
        "internal",
        "intranet",
        "lan",
        "home.arpa",
        "localhost6",
        "localdomain6",
    ];
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_local = LOCAL_ENDINGS.iter().any(|ending| {
        name.strip_suffix(ending)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    });
    if name.is_empty() {
        Reach::Never("an empty name")
    } else if is_local {
        Reach::Private("a local name")
    } else if !name.contains('.') {
        // The resolver would complete it with the search domain of the office.
        Reach::Private("a name without a domain")
    } else {
        Reach::Public
    }
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// After the IANA IPv4 Special-Purpose Address Registry.
fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127, ..] => Reach::Private("a loopback address"),
        [10, ..] | [192, 168, ..] => Reach::Private("a private address"),
        [172, second, ..] if second & 0xf0 == 16 => Reach::Private("a private address"),
        [100, second, ..] if second & 0xc0 == 64 => Reach::Private("a carrier's shared address"),
        [0, ..] => Reach::Never("an unspecified address"),
        // Also with private peers allowed: clouds hand out credentials at 169.254.169.254.
        [169, 254, ..] => Reach::Never("a link-local address"),
        [192, 0, 0, _] | [192, 88, 99, _] => Reach::Never("a protocol's own address"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Reach::Never("an address for documentation")
        }
        [198, second, ..] if second & 0xfe == 18 => Reach::Never("an address for measurements"),
        [first, ..] if first >= 240 => Reach::Never("a reserved address"),
        [first, ..] if first >= 224 => Reach::Never("a multicast address"),
        _ => Reach::Public,
    }
}

/// After the IANA IPv6 Special-Purpose Address Registry; an address that carries an IPv4 address
/// leads where that one leads, since a gateway on the way may unwrap it.
fn reach_v6(address: Ipv6Addr) -> Reach {
    let parts = address.segments();
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Never("an unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private("a loopback address"),
        // IPv4-mapped, IPv4-compatible, IPv4-translated (RFC 2765), NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => reach_v4(joined(high, low)),
        // NAT64 for use inside one network (RFC 8215): no peer elsewhere has it.
        [0x64, 0xff9b, 1, ..] => Reach::Never("a translator's own address"),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => reach_v4(joined(high, low)),
        // ISATAP (RFC 5214) in whatever prefix.
        [_, _, _, _, 0 | 0x0200, 0x5efe, high, low] => match reach_v4(joined(high, low)) {
            Reach::Public => reach_v6_prefix(parts),
            refused => refused,
        },
        _ => reach_v6_prefix(parts),
    }
}

fn reach_v6_prefix(parts: [u16; 8]) -> Reach {
    match parts[0] {
        first if first & 0xfe00 == 0xfc00 => Reach::Private("a private address"),
        first if first & 0xffc0 == 0xfe80 => Reach::Never("a link-local address"),
        first if first & 0xffc0 == 0xfec0 => Reach::Private("a site-local address"),
        first if first & 0xff00 == 0xff00 => Reach::Never("a multicast address"),
        // 2001::/23 holds Teredo, ORCHID, benchmarking and anycast services, but no peer.
        0x2001 if parts[1] < 0x0200 => Reach::Never("a protocol's own address"),
        0x2001 if parts[1] == 0x0db8 => Reach::Never("an address for documentation"),
        0x3fff if parts[1] < 0x1000 => Reach::Never("an address for documentation"),
        // Only 2000::/3 is given out as global unicast.
        first if first & 0xe000 == 0x2000 => Reach::Public,
        _ => Reach::Never("a reserved address"),
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
