//! Whom can one reach, and where can one read on?

use clearinghouse_protocol::listing::{Choice, Contact, LinkKind, Listing};
use url::Url;

use crate::http::site::said::Said;
use crate::http::site::speech::Speech;

/// Somebody one can reach.
pub(super) struct Person {
    /// The first name by which to ask for them.
    pub(super) name: Option<Said>,
    /// What they do.
    pub(super) role: Option<Said>,
    /// The number as it was written.
    pub(super) telephone: Option<String>,
    /// The extension.
    pub(super) extension: Option<String>,
    /// The address that makes a telephone dial.
    pub(super) dial: Option<String>,
    /// The e-mail address.
    pub(super) email: Option<String>,
    /// The address that begins a letter.
    pub(super) write: Option<String>,
    /// When and how best.
    pub(super) note: Option<Said>,
}

/// A page elsewhere on the web.
pub(super) struct Web {
    /// Its address.
    pub(super) url: String,
    /// What to call it.
    pub(super) label: Said,
    /// Whose page it is, so that nobody is led astray.
    pub(super) host: String,
}

/// Everybody who agreed to be reached.
pub(super) fn people(w: Speech, listing: &Listing) -> Vec<Person> {
    listing
        .contacts()
        .iter()
        .map(|contact| person(w, contact))
        .collect()
}

fn person(w: Speech, contact: &Contact) -> Person {
    let dial = contact.dialable().map(|number| match contact.extension() {
        // RFC 3966, section 5.3.
        Some(extension) => format!("tel:{number};ext={extension}"),
        None => format!("tel:{number}"),
    });
    Person {
        name: contact.name().map(Said::plain),
        role: contact.role().and_then(|role| Said::best(w, role)),
        telephone: contact.telephone().map(str::to_owned),
        extension: contact.extension().map(str::to_owned),
        dial,
        email: contact.email().map(str::to_owned),
        write: contact
            .email()
            .filter(|email| is_plain(email))
            .map(|email| format!("mailto:{email}")),
        note: contact.note().and_then(|note| Said::best(w, note)),
    }
}

/// Whether an e-mail address means the same in a link: others could carry a subject or a second reader
/// (RFC 6068, section 2).
fn is_plain(email: &str) -> bool {
    email
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"@._-+".contains(&byte))
}

/// The pages that the listing names.
pub(super) fn webs(w: Speech, listing: &Listing) -> Vec<Web> {
    let webs = listing.links().iter().filter_map(|link| {
        // A sound listing's links are http or https with a host.
        let url = Url::parse(link.url()).ok()?;
        let host = url.host_str()?.trim_start_matches("www.").to_owned();
        let website = Choice::Known(LinkKind::Website);
        let kind = w.choice("link", link.kind().unwrap_or(&website));
        let label = link.label().and_then(|label| Said::best(w, label));
        Some(Web {
            url: url.into(),
            label: label.unwrap_or_else(|| Said::plain(&kind)),
            host,
        })
    });
    webs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_become_links() {
        for (email, plain) in [
            ("group@example.org", true),
            ("a.b+c_d-e@example.org", true),
            ("a?subject=x@example.org", false),
            ("a%2Cb@example.org", false),
            ("a&b@example.org", false),
            ("é@example.org", false),
        ] {
            assert_eq!(is_plain(email), plain, "{email}");
        }
    }
}
