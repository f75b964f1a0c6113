//! What else belongs to a listing: links, cost, parents, identifiers, confirmation?

use jiff::civil::Date;
use url::Url;
use uuid::Uuid;

use super::{
    at::At,
    contact::is_domain,
    day::date,
    fault_code::FaultCode,
    place::{LINE_CHARACTERS_MAX, is_capitals},
    reading::Reading,
    schedule::NOTE_CHARACTERS_MAX,
    text::Text,
    word::{Choice, ConfirmedBy, CostKind, LinkKind},
};

/// How long a web address may be, in characters: what every browser takes.
const URL_CHARACTERS_MAX: usize = 2_000;

/// How long a licence's or another system's identifier may be, in characters.
const IDENTIFIER_CHARACTERS_MAX: usize = 200;

/// The fields of a link in the order in which they are written.
pub(super) const LINK_FIELDS: &[&str] = &["url", "kind", "label"];
/// The fields of a cost in the order in which they are written.
pub(super) const COST_FIELDS: &[&str] = &["kind", "amount", "currency", "note"];
/// The fields of a parent or network in the order in which they are written.
pub(super) const AFFILIATION_FIELDS: &[&str] = &["name", "uuid"];
/// The fields of a confirmation in the order in which they are written.
pub(super) const CONFIRMATION_FIELDS: &[&str] = &["on", "by"];
/// The fields of an identifier in the order in which they are written.
pub(super) const IDENTIFIER_FIELDS: &[&str] = &["system", "id"];

/// A page on the web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    url: String,
    kind: Option<Choice<LinkKind>>,
    label: Option<Text>,
}

impl Link {
    /// The address as it was written: http or https, with a host, without user name and password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What one finds there.
    pub fn kind(&self) -> Option<&Choice<LinkKind>> {
        self.kind.as_ref()
    }

    /// What to call it.
    pub fn label(&self) -> Option<&Text> {
        self.label.as_ref()
    }
}

/// What taking part costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    kind: Choice<CostKind>,
    amount: Option<String>,
    currency: Option<String>,
    note: Option<Text>,
}

impl Cost {
    /// Free, a donation, a nominal amount or a fee.
    pub fn kind(&self) -> &Choice<CostKind> {
        &self.kind
    }

    /// How much, in decimal digits with a point: `5.00`. There is a currency if there is an amount.
    pub fn amount(&self) -> Option<&str> {
        self.amount.as_deref()
    }

    /// ISO 4217, such as `CAD`.
    pub fn currency(&self) -> Option<&str> {
        self.currency.as_deref()
    }

    /// What the amount is for.
    pub fn note(&self) -> Option<&Text> {
        self.note.as_ref()
    }
}

/// An organization or network that a listing belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affiliation {
    name: Option<Text>,
    uuid: Option<Uuid>,
}

impl Affiliation {
    /// What it is called. There is a name or a UUID.
    pub fn name(&self) -> Option<&Text> {
        self.name.as_ref()
    }

    /// The UUID of its own listing.
    pub fn uuid(&self) -> Option<Uuid> {
        self.uuid
    }
}

/// When somebody last said that a listing is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    on: Date,
    by: Option<Choice<ConfirmedBy>>,
}

impl Confirmation {
    /// The day.
    pub fn on(&self) -> Date {
        self.on
    }

    /// Who said so.
    pub fn by(&self) -> Option<&Choice<ConfirmedBy>> {
        self.by.as_ref()
    }
}

/// What another system calls the same initiative.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    system: String,
    id: String,
}

impl Identifier {
    /// The other system, such as `meeting-guide:edmonton`.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// Its name there.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Reading<'_> {
    /// A link here.
    pub(super) fn link(&mut self, at: At<'_>) -> Option<Link> {
        self.object(at, LINK_FIELDS)?;
        self.require(at.field("url"));
        let url = self.checked(
            at.field("url"),
            URL_CHARACTERS_MAX,
            FaultCode::BadUrl,
            is_web_address,
        );
        let kind = self.word(at.field("kind"));
        let label = self.title(at.field("label"), LINE_CHARACTERS_MAX);
        Some(Link {
            url: url?.to_owned(),
            kind,
            label,
        })
    }

    /// A cost here.
    pub(super) fn cost(&mut self, at: At<'_>) -> Option<Cost> {
        if at.is_empty() {
            return None;
        }
        self.object(at, COST_FIELDS)?;
        self.require(at.field("kind"));
        let kind: Option<Choice<CostKind>> = self.word(at.field("kind"));
        let is_free = kind.as_ref().is_some_and(|kind| kind.is(CostKind::Free));
        for (name, other) in [("amount", "currency"), ("currency", "amount")] {
            let is_alone = at.field(other).is_empty();
            if !at.field(name).is_empty() && (is_free || is_alone) {
                let field = if is_free { name } else { other };
                self.fault(
                    at.field(field),
                    FaultCode::AmountOfNothing,
                    &[("field", field)],
                );
            }
        }
        let is_currency = |code: &str| is_capitals(code, 3);
        let amount = self.checked(at.field("amount"), 12, FaultCode::BadAmount, is_amount);
        let currency = self.checked(at.field("currency"), 3, FaultCode::BadCurrency, is_currency);
        let note = self.prose(at.field("note"), NOTE_CHARACTERS_MAX);
        Some(Cost {
            kind: kind?,
            amount: amount.map(str::to_owned),
            currency: currency.map(str::to_owned),
            note,
        })
    }

    /// A parent or network here.
    pub(super) fn affiliation(&mut self, at: At<'_>) -> Option<Affiliation> {
        if at.is_empty() {
            return None;
        }
        self.object(at, AFFILIATION_FIELDS)?;
        if at.field("uuid").is_empty() {
            self.require(at.field("name"));
        }
        let name = self.title(at.field("name"), LINE_CHARACTERS_MAX);
        let uuid = self.checked(at.field("uuid"), 36, FaultCode::BadUuid, |text| {
            uuid(text).is_some()
        });
        Some(Affiliation {
            name,
            uuid: uuid.and_then(self::uuid),
        })
    }

    /// A confirmation here.
    pub(super) fn confirmation(&mut self, at: At<'_>) -> Option<Confirmation> {
        if at.is_empty() {
            return None;
        }
        self.object(at, CONFIRMATION_FIELDS)?;
        self.require(at.field("on"));
        let on = self.date(at.field("on"));
        let by = self.word(at.field("by"));
        Some(Confirmation { on: on?, by })
    }

    /// An identifier here.
    pub(super) fn identifier(&mut self, at: At<'_>) -> Option<Identifier> {
        self.object(at, IDENTIFIER_FIELDS)?;
        self.require(at.field("system"));
        self.require(at.field("id"));
        let system = self.line(at.field("system"), IDENTIFIER_CHARACTERS_MAX);
        let id = self.line(at.field("id"), IDENTIFIER_CHARACTERS_MAX);
        Some(Identifier {
            system: system?.to_owned(),
            id: id?.to_owned(),
        })
    }

    /// A founding date here: a year, a month or a day.
    pub(super) fn founding(&mut self, at: At<'_>) -> Option<String> {
        self.checked(at, 10, FaultCode::BadFounding, is_founding)
            .map(str::to_owned)
    }

    /// A licence's SPDX identifier here.
    pub(super) fn licence(&mut self, at: At<'_>) -> Option<String> {
        let is_token = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-+".contains(&b))
        };
        self.checked(
            at,
            IDENTIFIER_CHARACTERS_MAX,
            FaultCode::BadLicence,
            is_token,
        )
        .map(str::to_owned)
    }
}

/// Whether a browser could open this and land where it seems to lead.
fn is_web_address(text: &str) -> bool {
    // The standard's parser forgives white space, backslashes and missing slashes, which other
    // programs that read this listing do not.
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c == '\\');
    let is_full = text.starts_with("https://") || text.starts_with("http://");
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    is_plain && is_full && is_anonymous && url.domain().is_some_and(is_domain)
}

/// One to seven digits without a superfluous zero, perhaps a point and two more.
fn is_amount(text: &str) -> bool {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_whole = (1..=7).contains(&whole.len()) && (whole == "0" || !whole.starts_with('0'));
    is_whole && is_digits(whole) && cents.len() == 2 && is_digits(cents)
}

/// `1998`, `1998-04` or `1998-04-12`.
fn is_founding(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    date(&whole).is_some()
}

/// A UUID in its one spelling: lower case with hyphens.
fn uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    (uuid.hyphenated().to_string() == text).then_some(uuid)
}
