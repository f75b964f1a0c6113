//! Do the values mean something?

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use clearinghouse_protocol::tlog::key::{Algorithm, VerifierKey};
use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::layers::{Settings, Value};
use super::{CentreName, Config, Fault, Log, LogFormat, MIB, Place, Quota};

/// As for the name of a listing.
const MAX_NAME_CHARS: usize = 200;

/// Shown until the centre says what it is called.
const NO_NAME: &str = "Clearinghouse";

/// Longest BCP 47 tag we take (RFC 5646 4.4.1 asks for at least 35).
const MAX_TAG_BYTES: usize = 35;

/// Makes a configuration of what was said; with faults it is only good for being thrown away.
pub(super) fn config(data: &Path, settings: Settings, faults: &mut Vec<Fault>) -> Config {
    let mut check = Check { settings, faults };
    Config {
        data: data.to_owned(),
        listen: check
            .read("listen", address)
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
        public_url: check.read("public_url", public_url),
        name: check.name(),
        languages: check.list("languages", 1, is_language, "a BCP 47 tag like en or fr-CA"),
        licence: check.read("licence", licence).unwrap_or_default(),
        time_zone: check
            .read("time_zone", TimeZone::get)
            .unwrap_or(TimeZone::UTC),
        regions: check.list("regions", 0, is_region, "an ISO 3166 code like CA-ON"),
        place: check.place(),
        inbound: check.switch("inbound"),
        push_to: check.urls("push_to"),
        allow_private_peers: check.switch("allow_private_peers"),
        max_connections: check.number("max_connections"),
        max_connections_per_address: check.number("max_connections_per_address"),
        exempt_loopback: check.switch("exempt_loopback"),
        poll: Duration::from_secs(check.number("poll_seconds")),
        ask_wait: Duration::from_secs(check.number("ask_wait_seconds")),
        lease_days: check.number("lease_days"),
        epoch_entries: check.number("epoch_entries"),
        keep_epochs_days: check.number("keep_epochs_days"),
        witness_logs: check.witness_logs(),
        witness_ask: check.witness_ask(),
        quota: Quota {
            entries_a_day: check.number("quota.entries_a_day"),
            body_bytes: check.number::<u64>("quota.body_mib") * MIB,
            living: check.number("quota.living"),
        },
        log: Log {
            format: check
                .read("log.format", log_format)
                .unwrap_or(LogFormat::Text),
            level: check.read("log.level", log_level).unwrap_or_default(),
        },
        settings: check.settings,
    }
}

struct Check<'a> {
    settings: Settings,
    faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    /// The text of a key, understood by `parse`.
    fn read<T, E: Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let said = self.settings.said(key)?;
        let Value::Text(text) = &said.value else {
            return None;
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let says = format!("{key} {text:?} is refused: {error}");
                self.fault(key, says);
                None
            }
        }
    }

    fn list(
        &mut self,
        key: &str,
        least: usize,
        is_sound: fn(&str) -> bool,
        wanted: &str,
    ) -> Vec<String> {
        let Some(Value::List(list)) = self.settings.said(key).map(|said| said.value.clone()) else {
            return Vec::new();
        };
        if list.len() < least {
            self.fault(key, format!("{key} must name at least {least}"));
        }
        for (at, text) in list.iter().enumerate() {
            if !is_sound(text) {
                self.fault(key, format!("in {key}, {text:?} is not {wanted}"));
            } else if list[..at].contains(text) {
                self.fault(key, format!("in {key}, {text:?} stands twice"));
            }
        }
        list
    }

    /// A list of URLs of nodes.
    fn urls(&mut self, key: &str) -> Vec<Url> {
        let is_url = |text: &str| public_url(text).is_ok();
        let texts = self.list(key, 0, is_url, "a URL like https://centre.example.org/");
        let urls = texts.iter().filter_map(|text| public_url(text).ok());
        urls.collect()
    }

    /// A number; its bounds were checked when it was read, and lie within every type asked for.
    fn number<T: TryFrom<i64> + Default>(&self, key: &str) -> T {
        match self.settings.said(key).map(|said| &said.value) {
            Some(Value::Number(number)) => T::try_from(*number).unwrap_or_default(),
            _ => T::default(),
        }
    }

    fn fraction(&self, key: &str) -> Option<f64> {
        match self.settings.said(key)?.value {
            Value::Fraction(number) => Some(number),
            _ => None,
        }
    }

    fn switch(&self, key: &str) -> bool {
        matches!(
            self.settings.said(key).map(|said| &said.value),
            Some(Value::Switch(true))
        )
    }

    fn name(&mut self) -> CentreName {
        let en = self.read("name.en", name);
        let fr = self.read("name.fr", name);
        let any = en
            .clone()
            .or(fr.clone())
            .unwrap_or_else(|| NO_NAME.to_owned());
        CentreName {
            en: en.unwrap_or_else(|| any.clone()),
            fr: fr.unwrap_or(any),
        }
    }

    fn place(&mut self) -> Option<Place> {
        const KEYS: [&str; 3] = ["place.name", "place.latitude", "place.longitude"];
        let said = KEYS.map(|key| self.settings.said(key).is_some());
        let place = Place {
            name: self.read(KEYS[0], name).unwrap_or_default(),
            latitude: self.fraction(KEYS[1]).unwrap_or_default(),
            longitude: self.fraction(KEYS[2]).unwrap_or_default(),
        };
        match said {
            [true, true, true] => Some(place),
            [false, false, false] => None,
            _ => {
                let first = KEYS.iter().zip(said).find(|(_, said)| *said);
                let key = first.map_or(KEYS[0], |(key, _)| *key);
                self.fault(key, format!("a place needs all of {}", KEYS.join(", ")));
                None
            }
        }
    }

    fn witness_logs(&mut self) -> Vec<VerifierKey> {
        let is_sound: fn(&str) -> bool = |text| key_of(text, Algorithm::Ed25519).is_some();
        let logs = self.list("witness.logs", 0, is_sound, "the key of a log");
        logs.iter()
            .filter_map(|text| key_of(text, Algorithm::Ed25519))
            .collect()
    }

    fn witness_ask(&mut self) -> Vec<(VerifierKey, Url)> {
        let is_sound: fn(&str) -> bool = |text| witness(text).is_some();
        let wanted = "the key of a witness, a space, and its URL";
        let asked = self.list("witness.ask", 0, is_sound, wanted);
        asked.iter().filter_map(|text| witness(text)).collect()
    }

    fn fault(&mut self, key: &str, says: String) {
        let place = self.settings.said(key).map(|said| said.place.clone());
        self.faults.push(Fault {
            place: place.unwrap_or_default(),
            says,
        });
    }
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "an address and a port are wanted, like 127.0.0.1:7100 or [::]:7100")
}

fn public_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it must begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not carry a user name or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must not carry a query or fragment".to_owned());
    }
    if !url.path().ends_with('/') {
        // Joined paths would otherwise replace the last part.
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("it is empty".to_owned())
    } else if text.chars().count() > MAX_NAME_CHARS {
        Err(format!("it is longer than {MAX_NAME_CHARS} characters"))
    } else if text.chars().any(char::is_control) {
        Err("it holds a line end or another control character".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A key of this role, as C2SP signed-note writes it.
fn key_of(text: &str, role: Algorithm) -> Option<VerifierKey> {
    let key: VerifierKey = text.parse().ok()?;
    (key.algorithm() == role).then_some(key)
}

/// The key and the submission prefix of a witness, which ends in a slash then.
fn witness(text: &str) -> Option<(VerifierKey, Url)> {
    let (key, url) = text.split_once(' ')?;
    Some((
        key_of(key, Algorithm::CosignatureV1)?,
        public_url(url).ok()?,
    ))
}

fn licence(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.+".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("an SPDX identifier is wanted, like CC-BY-4.0")
    }
}

fn log_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("text or json is wanted"),
    }
}

fn log_level(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) if !text.trim().is_empty() => Ok(text.to_owned()),
        Ok(_) => Err("it is empty; off is a level too".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    text.len() <= MAX_TAG_BYTES
        && (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn is_region(text: &str) -> bool {
    let (country, part) = text.split_once('-').unwrap_or((text, "X"));
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=3).contains(&part.len())
        && part
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
