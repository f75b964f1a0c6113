//! Which keys are there, and what are they for?

/// One key of the configuration.
#[derive(Debug)]
pub(super) struct Field {
    /// As in `node.toml`, tables joined by dots.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// As TOML would have it; `None` if the key has no default.
    pub(super) default: Option<&'static str>,
    /// What stands above the key in a fresh `node.toml`.
    pub(super) comment: &'static str,
    /// A value to show where there is no default.
    pub(super) example: &'static str,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A whole number between the two, inclusive.
    Number(i64, i64),
    /// A number between the two, inclusive.
    Fraction(i32, i32),
    Switch,
    /// Texts; separated by commas in the environment and in flags.
    List,
}

/// All keys, in the order in which a fresh `node.toml` shows them.
pub(super) const FIELDS: &[Field] = &[
    Field {
        key: "name.en",
        kind: Kind::Text,
        default: None,
        comment: "The centre's name, in English and in French; at most 200 characters.",
        example: "\"Self-Help Centre\"",
    },
    Field {
        key: "name.fr",
        kind: Kind::Text,
        default: None,
        comment: "",
        example: "\"Centre d'entraide\"",
    },
    Field {
        key: "languages",
        kind: Kind::List,
        default: Some("[\"en\", \"fr\"]"),
        comment: "The languages the centre works in, the preferred one first.",
        example: "",
    },
    Field {
        key: "regions",
        kind: Kind::List,
        default: Some("[]"),
        comment: "The regions the centre serves, as ISO 3166 codes.",
        example: "[\"CA-ON\"]",
    },
    Field {
        key: "time_zone",
        kind: Kind::Text,
        default: Some("\"America/Toronto\""),
        comment: "The centre's time zone, by its IANA name.",
        example: "",
    },
    Field {
        key: "place.name",
        kind: Kind::Text,
        default: None,
        comment: "From where distances are measured when a visitor has named no place.",
        example: "\"Toronto\"",
    },
    Field {
        key: "place.latitude",
        kind: Kind::Fraction(-90, 90),
        default: None,
        comment: "",
        example: "43.65",
    },
    Field {
        key: "place.longitude",
        kind: Kind::Fraction(-180, 180),
        default: None,
        comment: "",
        example: "-79.38",
    },
    Field {
        key: "licence",
        kind: Kind::Text,
        default: Some("\"CC-BY-4.0\""),
        comment: "The licence of the centre's listings, an SPDX identifier.",
        example: "",
    },
    Field {
        key: "listen",
        kind: Kind::Text,
        default: Some("\"127.0.0.1:7100\""),
        comment: "Where the node listens for HTTP.",
        example: "",
    },
    Field {
        key: "public_url",
        kind: Kind::Text,
        default: None,
        comment: "Under which URL visitors and other nodes reach it.",
        example: "\"https://centre.example.org/\"",
    },
    Field {
        key: "inbound",
        kind: Kind::Switch,
        default: Some("true"),
        comment: "Whether other nodes can reach this one; behind a home router false: it pushes then.",
        example: "",
    },
    Field {
        key: "push_to",
        kind: Kind::List,
        default: Some("[]"),
        comment: "Nodes to push to besides the networks that this centre has joined.",
        example: "[\"https://ontario.example.org/\"]",
    },
    Field {
        key: "max_connections",
        kind: Kind::Number(16, 65_536),
        default: Some("1024"),
        comment: "HTTP connections open at once.",
        example: "",
    },
    Field {
        key: "max_connections_per_address",
        kind: Kind::Number(1, 65_536),
        default: Some("64"),
        comment: "HTTP connections open at once from one IPv4 address or one IPv6 /64.",
        example: "",
    },
    Field {
        key: "exempt_loopback",
        kind: Kind::Switch,
        default: Some("false"),
        comment: "Behind a proxy on this machine all visitors come from loopback: do not count it.",
        example: "",
    },
    Field {
        key: "allow_private_peers",
        kind: Kind::Switch,
        default: Some("false"),
        comment: "Whether other nodes may have loopback or private addresses; for trying things out.",
        example: "",
    },
    Field {
        key: "poll_seconds",
        kind: Kind::Number(1, 86_400),
        default: Some("300"),
        comment: "How often a node that sends no events is asked for news.",
        example: "",
    },
    Field {
        key: "ask_wait_seconds",
        kind: Kind::Number(1, 300),
        default: Some("5"),
        comment: "How long mirrors are asked at a start how far this node had come, before it signs.",
        example: "",
    },
    Field {
        key: "lease_days",
        kind: Kind::Number(1, 365),
        default: Some("30"),
        comment: "For how many days another centre's listings are served without news from it.",
        example: "",
    },
    Field {
        key: "epoch_entries",
        kind: Kind::Number(16, 1_000_000_000),
        default: Some("65536"),
        comment: "With how many entries the feed goes over into a new log, if four times as many as there are listings are fewer.",
        example: "",
    },
    Field {
        key: "keep_epochs_days",
        kind: Kind::Number(1, 36500),
        default: Some("400"),
        comment: "For how many days a log is kept after a new one has taken its place.",
        example: "",
    },
    Field {
        key: "witness.logs",
        kind: Kind::List,
        default: Some("[]"),
        comment: "Logs of others that this node cosigns, beside the nodes that it follows: their keys.",
        example: "[\"log.example/one+da7be1e3+ASC8U3jqwnYmt3CAAE9awvaY0tn0pb+WXDe++9vXx7tW\"]",
    },
    Field {
        key: "witness.ask",
        kind: Kind::List,
        default: Some("[]"),
        comment: "Witnesses elsewhere that are asked to cosign our log: key, a space, and URL of each.",
        example: "[\"witness.example/w1+0d613567+BP/C4hlu9U89p0XWeYeMM0MT53bnZSj3/htoUtC6lWwb https://witness.example/w1/\"]",
    },
    Field {
        key: "quota.entries_a_day",
        kind: Kind::Number(1, 1_000_000_000),
        default: Some("20000"),
        comment: "How much is taken from one other feed: new entries a day, megabytes, listings. More waits.",
        example: "",
    },
    Field {
        key: "quota.body_mib",
        kind: Kind::Number(1, 1_048_576),
        default: Some("256"),
        comment: "",
        example: "",
    },
    Field {
        key: "quota.living",
        kind: Kind::Number(1, 1_000_000_000),
        default: Some("50000"),
        comment: "",
        example: "",
    },
    Field {
        key: "log.level",
        kind: Kind::Text,
        default: Some("\"info\""),
        comment: "How much is logged: error, warn, info, debug or trace, also by module.",
        example: "",
    },
    Field {
        key: "log.format",
        kind: Kind::Text,
        default: Some("\"text\""),
        comment: "\"text\" for eyes, \"json\" for machines.",
        example: "",
    },
];

/// The field of this key.
pub(super) fn field(key: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.key == key)
}

/// The text that is most like `text`, if any is like it at all.
pub(super) fn nearest<'a>(text: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    among
        .map(|known| (strsim::jaro_winkler(text, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        // Of equals the first, as a reader of the file would meet it.
        .min_by(|one, other| other.0.total_cmp(&one.0))
        .map(|(_, known)| known)
}
