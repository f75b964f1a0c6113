//! How does one reach somebody, and did they agree to be reached?

use std::net::Ipv6Addr;

use phonenumber::{Mode, PhoneNumber, country};
use url::Host;

use super::{
    at::At, fault_code::FaultCode, place::LINE_CHARACTERS_MAX, reading::Reading,
    schedule::NOTE_CHARACTERS_MAX, text::Text,
};

/// How long a telephone number may be as it is written, in characters: room for words in brackets.
const TELEPHONE_CHARACTERS_MAX: usize = 50;

/// How long an extension may be, in digits.
const EXTENSION_DIGITS_MAX: usize = 8;

/// How long an e-mail address may be, in bytes (RFC 5321, section 4.5.3.1.3, less the brackets).
const EMAIL_BYTES_MAX: usize = 254;

/// How long the part before the @ may be, in bytes (RFC 5321, section 4.5.3.1.1).
const EMAIL_LOCAL_BYTES_MAX: usize = 64;

/// The fields of a contact in the order in which they are written.
pub(super) const CONTACT_FIELDS: &[&str] = &[
    "role",
    "name",
    "telephone",
    "extension",
    "email",
    "consent",
    "note",
];

/// Somebody one can reach. A public contact has agreed to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    role: Option<Text>,
    name: Option<String>,
    telephone: Option<String>,
    extension: Option<String>,
    email: Option<String>,
    consent: bool,
    note: Option<Text>,
}

impl Contact {
    /// What this person does for the initiative.
    pub fn role(&self) -> Option<&Text> {
        self.role.as_ref()
    }

    /// The name by which to ask for them, best a first name only.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The telephone number as it was written.
    pub fn telephone(&self) -> Option<&str> {
        self.telephone.as_deref()
    }

    /// The extension: digits.
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Whether they agreed to be published; always so for a public contact.
    pub fn consent(&self) -> bool {
        self.consent
    }

    /// When and how best to reach them.
    pub fn note(&self) -> Option<&Text> {
        self.note.as_ref()
    }

    /// The telephone number as a telephone takes it: E.164 (`+14165550123`), or a short number
    /// such as `211` as it stands; `None` if there is none, or none that our tables know.
    pub fn dialable(&self) -> Option<String> {
        dialable(self.telephone.as_deref()?)
    }
}

/// What a telephone can dial for a number written by people, read as Canadian unless it begins
/// with `+` and a country code.
pub(super) fn dialable(written: &str) -> Option<String> {
    let is_short = (3..=6).contains(&written.len()) && written.bytes().all(|b| b.is_ascii_digit());
    if is_short {
        return Some(written.to_owned());
    }
    let number: PhoneNumber = phonenumber::parse(Some(country::Id::CA), written).ok()?;
    number
        .is_valid()
        .then(|| number.format().mode(Mode::E164).to_string())
}

impl Reading<'_> {
    /// A contact here that everybody may see.
    pub(super) fn public_contact(&mut self, at: At<'_>) -> Option<Contact> {
        let contact = self.contact(at)?;
        if !contact.consent {
            self.fault(at.field("consent"), FaultCode::NoConsent, &[]);
        }
        Some(contact)
    }

    /// A contact here that only the centre's own staff may see.
    pub(super) fn contact(&mut self, at: At<'_>) -> Option<Contact> {
        self.object(at, CONTACT_FIELDS)?;
        if ["telephone", "email", "note"]
            .iter()
            .all(|name| at.field(name).is_empty())
        {
            self.fault(at, FaultCode::ContactEmpty, &[]);
        }
        if at.field("telephone").is_empty() && !at.field("extension").is_empty() {
            self.fault(at.field("extension"), FaultCode::ExtensionAlone, &[]);
        }
        // Numbering plans change, so a number that another node found right is not asked again.
        let strict = self.strict;
        let is_telephone = |written: &str| !strict || dialable(written).is_some();
        Some(Contact {
            role: self.title(at.field("role"), LINE_CHARACTERS_MAX),
            name: self
                .line(at.field("name"), LINE_CHARACTERS_MAX)
                .map(str::to_owned),
            telephone: self
                .checked(
                    at.field("telephone"),
                    TELEPHONE_CHARACTERS_MAX,
                    FaultCode::BadTelephone,
                    is_telephone,
                )
                .map(str::to_owned),
            extension: self
                .checked(
                    at.field("extension"),
                    EXTENSION_DIGITS_MAX,
                    FaultCode::BadExtension,
                    is_digits,
                )
                .map(str::to_owned),
            email: self
                .checked(
                    at.field("email"),
                    EMAIL_BYTES_MAX,
                    FaultCode::BadEmail,
                    is_email,
                )
                .map(str::to_owned),
            consent: self.flag(at.field("consent")).unwrap_or(false),
            note: self.prose(at.field("note"), NOTE_CHARACTERS_MAX),
        })
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether this is one address in its plain form (RFC 5321, section 4.1.2, without quoted local
/// parts and address literals): what every mail program takes.
pub(super) fn is_email(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let is_atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let is_local = (1..=EMAIL_LOCAL_BYTES_MAX).contains(&local.len())
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    is_local && is_domain(domain)
}

/// Whether this is a domain of the public name system: two labels or more, no address.
pub(super) fn is_domain(domain: &str) -> bool {
    let is_written = domain
        .chars()
        .all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    let is_host =
        matches!(Host::parse(domain), Ok(Host::Domain(_))) && domain.parse::<Ipv6Addr>().is_err();
    let mut labels = domain.split('.');
    is_written
        && is_host
        && domain.contains('.')
        && labels.all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_numbers_and_telephones_dial_them() {
        for (written, dialled) in [
            ("+1 416 555-0123", Some("+14165550123")),
            ("416-555-0123", Some("+14165550123")),
            ("(416) 555.0123", Some("+14165550123")),
            ("1 416 555 0123", Some("+14165550123")),
            ("1-800-FLOWERS", Some("+18003569377")),
            ("416 555-0123 ext. 12", Some("+14165550123")),
            ("+44 20 7946 0958", Some("+442079460958")),
            ("211", Some("211")),
            ("988", Some("988")),
            ("686868", Some("686868")),
            ("555-0123", None),
            ("12", None),
            ("call Robin", None),
            ("", None),
            ("+", None),
            ("+999 123456789", None),
        ] {
            assert_eq!(dialable(written).as_deref(), dialled, "{written}");
        }
    }
}
