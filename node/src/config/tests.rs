//! Does the right layer win, and is everything unsound named at once?

use super::*;

fn load(
    file: &str,
    environment: &[(&str, &str)],
    flags: &Overrides,
) -> Result<Config, ConfigError> {
    let environment = environment
        .iter()
        .map(|(name, value)| (format!("CLEARINGHOUSE_{name}"), (*value).to_owned()));
    Config::from_layers(Path::new("/nowhere"), file, environment, flags)
}

fn from_file(file: &str) -> Config {
    load(file, &[], &Overrides::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The faults of a file, one a line.
fn faults(file: &str) -> String {
    match load(file, &[], &Overrides::default()) {
        Ok(_) => String::new(),
        Err(ConfigError::Unsound(faults)) => {
            let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
            lines.join("\n")
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = from_file("");
    assert_eq!(config.listen.to_string(), "127.0.0.1:7100");
    assert_eq!(
        config.url_at(config.listen).as_str(),
        "http://127.0.0.1:7100/"
    );
    assert_eq!(config.name.en, "Clearinghouse");
    assert_eq!(config.languages, ["en", "fr"]);
    assert_eq!(config.licence, "CC-BY-4.0");
    assert_eq!(config.time_zone.iana_name(), Some("America/Toronto"));
    assert_eq!((config.regions.len(), config.place), (0, None));
    assert!(!config.allow_private_peers && !config.exempt_loopback);
    assert_eq!(
        (config.max_connections, config.max_connections_per_address),
        (1024, 64)
    );
    assert_eq!((config.poll.as_secs(), config.lease_days), (300, 30));
    assert_eq!(config.quota, Quota::default());
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.log.level, "info");
}

#[test]
fn every_key_can_be_said_in_the_file() {
    let config = from_file(
        r#"
        name = { en = "Self-Help Centre", fr = "Centre d'entraide" }
        languages = ["fr", "en", "fr-CA"]
        regions = ["CA-ON", "CA-QC", "US"]
        time_zone = "America/Halifax"
        licence = "CC0-1.0"
        listen = "[::1]:0"
        public_url = "https://centre.example.org/where"
        max_connections = 0x20
        max_connections_per_address = 2
        exempt_loopback = true
        allow_private_peers = true
        poll_seconds = 60
        lease_days = 365
        [log]
        format = "json"
        level = "warn,clearinghouse=debug"
        [place]
        name = "Toronto"
        latitude = 43.65
        longitude = -79
        "#,
    );
    assert_eq!(config.name.fr, "Centre d'entraide");
    assert_eq!(config.languages[2], "fr-CA");
    assert_eq!(config.regions, ["CA-ON", "CA-QC", "US"]);
    assert_eq!(config.max_connections, 32);
    let url = config.url_at(config.listen);
    assert_eq!(url.as_str(), "https://centre.example.org/where/");
    assert_eq!(config.log.format, LogFormat::Json);
    let place = config.place.unwrap();
    assert_eq!((place.latitude, place.longitude), (43.65, -79.0));
}

#[test]
fn a_name_in_one_language_serves_for_both() {
    let config = from_file("name.fr = \" Entraide \"");
    assert_eq!(
        (&config.name.en[..], &config.name.fr[..]),
        ("Entraide", "Entraide")
    );
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nlease_days = 1\npoll_seconds = 1\nregions = [\"CA-ON\"]";
    let environment = [
        ("LISTEN", "127.0.0.1:2"),
        ("LEASE_DAYS", "2"),
        ("REGIONS", "CA-QC, CA-NB"),
        ("NAME_EN", "Two"),
        ("ALLOW_PRIVATE_PEERS", "true"),
        ("DATA", "/somewhere"),
    ];
    let flags = Overrides {
        listen: Some("127.0.0.1:3".to_owned()),
        set: vec![
            "name.en=Three = 3".to_owned(),
            "listen=127.0.0.1:4".to_owned(),
        ],
        ..Overrides::default()
    };
    let config = load(file, &environment, &flags).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!((config.lease_days, config.poll.as_secs()), (2, 1));
    assert_eq!(config.regions, ["CA-QC", "CA-NB"]);
    assert_eq!(config.name.en, "Three = 3");
    assert!(config.allow_private_peers);
}

#[test]
fn what_is_unknown_is_refused_with_its_line_and_what_may_have_been_meant() {
    for (file, says) in [
        (
            "\nlisen = \"127.0.0.1:1\"",
            "node.toml line 2: lisen is not known; did you mean listen?",
        ),
        (
            "[log]\n\nlevle = \"info\"",
            "node.toml line 3: log.levle is not known; did you mean log.level?",
        ),
        (
            "lease_day = 3\n[nmae]\nen = \"x\"",
            "node.toml line 1: lease_day is not known; did you mean lease_days?\n\
             node.toml line 2: nmae is not known; did you mean name.en?",
        ),
        ("zzz = 1", "node.toml line 1: zzz is not known"),
        (
            "listen.port = 1",
            "node.toml line 1: listen must be a text in quotes",
        ),
        (
            "log = \"info\"",
            "node.toml line 1: log is not known; did you mean log.level?",
        ),
    ] {
        assert_eq!(faults(file), says);
    }
    for (environment, flags, says) in [
        (
            vec![("LISTN", "x")],
            vec![],
            "environment: CLEARINGHOUSE_LISTN is not known; did you mean CLEARINGHOUSE_LISTEN?",
        ),
        (
            vec![],
            vec!["tme_zone=UTC".to_owned()],
            "--set tme_zone: tme_zone is not known; did you mean time_zone?",
        ),
        (
            vec![("LEASE_DAYS", "366")],
            vec![],
            "CLEARINGHOUSE_LEASE_DAYS: lease_days must be a whole number from 1 to 365, not \"366\"",
        ),
    ] {
        let flags = Overrides {
            set: flags,
            ..Overrides::default()
        };
        let error = load("", &environment, &flags).unwrap_err().to_string();
        assert!(error.ends_with(says), "{error}");
    }
}

#[test]
fn values_are_bounded_on_both_sides() {
    for (sound, unsound) in [
        ("lease_days = 1", "lease_days = 0"),
        ("lease_days = 365", "lease_days = 366"),
        ("poll_seconds = 86400", "poll_seconds = 86401"),
        ("poll_seconds = 1", "poll_seconds = 1.5"),
        ("max_connections = 16", "max_connections = 15"),
        (
            "max_connections = 65536",
            "max_connections = 99999999999999999999",
        ),
        ("exempt_loopback = true", "exempt_loopback = \"true\""),
        ("listen = \"[::]:80\"", "listen = \"localhost:80\""),
        ("listen = \"1.2.3.4:80\"", "listen = \"1.2.3.4\""),
        ("listen = \"0.0.0.0:1\"", "listen = 7100"),
        (
            "public_url = \"http://a.org\"",
            "public_url = \"ftp://a.org\"",
        ),
        (
            "public_url = \"http://a.org/b\"",
            "public_url = \"http://a.org/?b\"",
        ),
        (
            "public_url = \"http://a.org/\"",
            "public_url = \"http://u:p@a.example/\"",
        ),
        ("languages = [\"ase\"]", "languages = []"),
        ("languages = [\"zh-Hant\"]", "languages = [\"English\"]"),
        (
            "languages = [\"en\", \"fr\"]",
            "languages = [\"en\", \"en\"]",
        ),
        ("languages = [\"en\"]", "languages = [1]"),
        ("regions = [\"CA\"]", "regions = [\"Ontario\"]"),
        ("regions = [\"GB-ENG\"]", "regions = [\"ca-on\"]"),
        ("time_zone = \"UTC\"", "time_zone = \"Toronto\""),
        ("licence = \"ODbL-1.0\"", "licence = \"free for all\""),
        ("name.en = \"é\"", "name.en = \"\""),
        ("name.en = \"a b\"", "name.en = \"a\\nb\""),
        ("log.level = \"off\"", "log.level = \"a=b=c\""),
        ("log.level = \"info\"", "log.level = \"\""),
        ("log.format = \"json\"", "log.format = \"xml\""),
        (
            "place = { name = \"x\", latitude = 90, longitude = -180.0 }",
            "place = { name = \"x\", latitude = 90.1, longitude = 0.0 }",
        ),
        ("", "place.name = \"x\""),
        (
            "",
            "place = { latitude = nan, name = \"x\", longitude = 0 }",
        ),
        ("", "listen = "),
        ("", "poll_seconds = 1\npoll_seconds = 2"),
    ] {
        assert_eq!(faults(sound), "", "{sound}");
        assert_ne!(faults(unsound), "", "{unsound}");
    }
    let name = |length: usize| format!("name.en = \"{}\"", "é".repeat(length));
    assert_eq!(faults(&name(200)), "");
    assert_ne!(faults(&name(201)), "");
    let regions = |length: usize| {
        let all: Vec<String> = (0..length).map(|at| format!("\"CA-{at}\"")).collect();
        format!("regions = [{}]", all.join(","))
    };
    assert_eq!(faults(&regions(100)), "");
    assert_ne!(faults(&regions(101)), "");
}

#[test]
fn all_faults_are_named_at_once_with_their_lines() {
    let text =
        faults("listen = \"here\"\nlease_days = 1000\n\ntime_zone = \"Mars/Olympus\"\nx = 1");
    for line in [1, 2, 4, 5] {
        assert!(text.contains(&format!("node.toml line {line}: ")), "{text}");
    }
    assert_eq!(text.lines().count(), 4, "{text}");
}

#[test]
fn the_written_file_says_the_same() {
    for file in [
        "",
        "name.en = \"A \\\"quoted\\\" name\"\nregions = [\"CA-ON\", \"CA-QC\"]\npoll_seconds = 7\n\
         exempt_loopback = true\nplace = { name = \"x\", latitude = 1.5, longitude = 2 }\n\
         log.level = \"debug\"",
    ] {
        let config = from_file(file);
        let written = config.to_toml();
        let again = from_file(&written);
        assert_eq!(again.to_toml(), written);
        assert_eq!(format!("{:?}", again.place), format!("{:?}", config.place));
        assert_eq!((again.regions, again.poll), (config.regions, config.poll));
        assert_eq!((again.name, again.log), (config.name, config.log));
    }
}

#[test]
fn every_commented_line_of_a_fresh_file_holds_when_uncommented() {
    let fresh = from_file("").to_toml();
    let uncommented: Vec<&str> = fresh
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.split(' ').nth(1) == Some("=") => rest,
            _ => line,
        })
        .collect();
    assert_eq!(faults(&uncommented.join("\n")), "");
    for field in fields::FIELDS {
        assert!(
            fresh.contains(&format!("# {} = ", field.key)),
            "{}",
            field.key
        );
    }
}

#[test]
fn a_missing_file_is_an_empty_one_and_a_huge_one_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join(FILE_NAME);
    assert_eq!(read(&path).unwrap(), "");
    std::fs::write(&path, "#".repeat(64 * 1024)).unwrap();
    assert_eq!(read(&path).unwrap().len(), 64 * 1024);
    std::fs::write(&path, "#".repeat(64 * 1024 + 1)).unwrap();
    let error = Config::load(data.path(), &Overrides::default()).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }));
}
