//! Which faults can a draft have?

/// Which fault it is, for programs: stable from version to version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// The bytes are not JSON in UTF-8.
    NotJson,
    /// The document is longer than it may be, in KiB.
    TooLarge,
    /// Lists and objects lie too deep in each other.
    TooDeep,
    /// One object names a field twice.
    RepeatedField,
    /// A character that no listing may contain.
    BadCharacter,
    /// A line break where one line is expected.
    LineBreak,
    /// A field that every such object needs.
    Missing,
    /// A group or peer support without any of these.
    NeedsOne,
    /// A value of another JSON type.
    WrongType,
    /// A text with too many characters.
    TooLong,
    /// A list with too many elements.
    TooMany,
    /// A number outside its range.
    OutOfRange,
    /// A word outside the vocabulary of its field.
    UnknownWord,
    /// A concern that is not in the taxonomy.
    UnknownConcern,
    /// An unknown field that looks like a known one misspelt.
    MisspeltField,
    /// Not a language tag of BCP 47 in its usual spelling.
    BadLanguage,
    /// Not a date of the calendar.
    BadDate,
    /// Not a local date and time.
    BadDateTime,
    /// Not a day of a year.
    BadMonthDay,
    /// Not a year, month or day.
    BadFounding,
    /// Not a time zone of the IANA database.
    BadTimeZone,
    /// A part of a recurrence rule that we do not read.
    RulePart,
    /// A frequency that we do not read, or none.
    RuleFrequency,
    /// A part of a rule with a value it cannot have.
    RuleValue,
    /// Two parts of a rule that exclude each other.
    RuleClash,
    /// A rule that ends before it starts.
    RuleOver,
    /// A start on a day the rule does not name.
    StartOffRule,
    /// A time by arrangement that also has a fixed time.
    ArrangementWithTimes,
    /// A schedule that names a place that is not there.
    NoSuchPlace,
    /// A youngest age above the oldest.
    AgesCrossed,
    /// A withheld place that says where it is.
    WithheldDetail,
    /// A withheld place with more than the first three characters of its postal code.
    WithheldPostalCode,
    /// An approximate place that says exactly where it is.
    ApproximateDetail,
    /// An approximate place with a coordinate that is too exact.
    ApproximateCoordinate,
    /// A published listing with something that stays at home.
    PrivateMatter,
    /// A latitude without a longitude or the reverse.
    HalfCoordinates,
    /// Not a postal code of its country.
    BadPostalCode,
    /// Not a region code.
    BadRegion,
    /// Not a country code.
    BadCountry,
    /// A region outside the country that stands beside it.
    RegionElsewhere,
    /// Not a telephone number that can be dialled.
    BadTelephone,
    /// Not a telephone extension.
    BadExtension,
    /// An extension without a telephone number.
    ExtensionAlone,
    /// Not an e-mail address.
    BadEmail,
    /// A contact that cannot be reached.
    ContactEmpty,
    /// A contact who has not agreed to be published.
    NoConsent,
    /// Not a web address.
    BadUrl,
    /// Not an amount of money.
    BadAmount,
    /// Not a currency code.
    BadCurrency,
    /// An amount where the cost is free, or half an amount.
    AmountOfNothing,
    /// Not a UUID in its usual spelling.
    BadUuid,
    /// Not an SPDX licence identifier.
    BadLicence,
}

/// Every fault with its message and the arguments that the message names, in the order of the enum.
const TABLE: &[(FaultCode, &str, &[&str])] = &[
    (FaultCode::NotJson, "fault-not-json", &["detail"]),
    (FaultCode::TooLarge, "fault-too-large", &["max"]),
    (FaultCode::TooDeep, "fault-too-deep", &["max"]),
    (FaultCode::RepeatedField, "fault-repeated-field", &["name"]),
    (
        FaultCode::BadCharacter,
        "fault-bad-character",
        &["character"],
    ),
    (FaultCode::LineBreak, "fault-line-break", &[]),
    (FaultCode::Missing, "fault-missing", &[]),
    (FaultCode::NeedsOne, "fault-needs-one", &["kind"]),
    (FaultCode::WrongType, "fault-wrong-type", &["wanted"]),
    (FaultCode::TooLong, "fault-too-long", &["length", "max"]),
    (FaultCode::TooMany, "fault-too-many", &["count", "max"]),
    (
        FaultCode::OutOfRange,
        "fault-out-of-range",
        &["value", "min", "max"],
    ),
    (
        FaultCode::UnknownWord,
        "fault-unknown-word",
        &["value", "nearest", "allowed"],
    ),
    (
        FaultCode::UnknownConcern,
        "fault-unknown-concern",
        &["value", "nearest"],
    ),
    (
        FaultCode::MisspeltField,
        "fault-misspelt-field",
        &["nearest"],
    ),
    (
        FaultCode::BadLanguage,
        "fault-bad-language",
        &["value", "nearest"],
    ),
    (FaultCode::BadDate, "fault-bad-date", &["value"]),
    (FaultCode::BadDateTime, "fault-bad-date-time", &["value"]),
    (FaultCode::BadMonthDay, "fault-bad-month-day", &["value"]),
    (FaultCode::BadFounding, "fault-bad-founding", &["value"]),
    (
        FaultCode::BadTimeZone,
        "fault-bad-time-zone",
        &["value", "nearest"],
    ),
    (FaultCode::RulePart, "fault-rule-part", &["part"]),
    (FaultCode::RuleFrequency, "fault-rule-frequency", &["value"]),
    (FaultCode::RuleValue, "fault-rule-value", &["part", "value"]),
    (FaultCode::RuleClash, "fault-rule-clash", &["one", "other"]),
    (FaultCode::RuleOver, "fault-rule-over", &["start"]),
    (
        FaultCode::StartOffRule,
        "fault-start-off-rule",
        &["nearest"],
    ),
    (
        FaultCode::ArrangementWithTimes,
        "fault-arrangement-with-times",
        &["field"],
    ),
    (
        FaultCode::NoSuchPlace,
        "fault-no-such-place",
        &["index", "count"],
    ),
    (
        FaultCode::AgesCrossed,
        "fault-ages-crossed",
        &["min", "max"],
    ),
    (FaultCode::WithheldDetail, "fault-withheld-detail", &[]),
    (
        FaultCode::WithheldPostalCode,
        "fault-withheld-postal-code",
        &["nearest"],
    ),
    (
        FaultCode::ApproximateDetail,
        "fault-approximate-detail",
        &[],
    ),
    (
        FaultCode::ApproximateCoordinate,
        "fault-approximate-coordinate",
        &["nearest"],
    ),
    (FaultCode::PrivateMatter, "fault-private-matter", &[]),
    (
        FaultCode::HalfCoordinates,
        "fault-half-coordinates",
        &["other"],
    ),
    (
        FaultCode::BadPostalCode,
        "fault-bad-postal-code",
        &["value"],
    ),
    (FaultCode::BadRegion, "fault-bad-region", &["value"]),
    (FaultCode::BadCountry, "fault-bad-country", &["value"]),
    (
        FaultCode::RegionElsewhere,
        "fault-region-elsewhere",
        &["region", "country"],
    ),
    (FaultCode::BadTelephone, "fault-bad-telephone", &["value"]),
    (FaultCode::BadExtension, "fault-bad-extension", &["value"]),
    (FaultCode::ExtensionAlone, "fault-extension-alone", &[]),
    (FaultCode::BadEmail, "fault-bad-email", &["value"]),
    (FaultCode::ContactEmpty, "fault-contact-empty", &[]),
    (FaultCode::NoConsent, "fault-no-consent", &[]),
    (FaultCode::BadUrl, "fault-bad-url", &["value"]),
    (FaultCode::BadAmount, "fault-bad-amount", &["value"]),
    (FaultCode::BadCurrency, "fault-bad-currency", &["value"]),
    (
        FaultCode::AmountOfNothing,
        "fault-amount-of-nothing",
        &["field"],
    ),
    (FaultCode::BadUuid, "fault-bad-uuid", &["value"]),
    (FaultCode::BadLicence, "fault-bad-licence", &["value"]),
];

impl FaultCode {
    /// Every fault there is.
    pub fn all() -> impl Iterator<Item = FaultCode> {
        TABLE.iter().map(|(code, _, _)| *code)
    }

    /// The code as text, such as `bad-email`.
    pub fn as_str(self) -> &'static str {
        let id = self.message_id();
        id.strip_prefix("fault-").unwrap_or(id)
    }

    /// The names of the values that a fault of this kind carries.
    pub fn arg_names(self) -> &'static [&'static str] {
        TABLE[self as usize].2
    }

    /// The key of its message in `faults.ftl`.
    pub(super) fn message_id(self) -> &'static str {
        TABLE[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (i, (code, id, _)) in TABLE.iter().enumerate() {
            assert_eq!(*code as usize, i, "{id}");
        }
    }
}
