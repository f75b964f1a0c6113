//! Is every command line understood as it is meant?

use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_contradicts_itself_nowhere() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_shows_an_example() {
    fn look(command: &clap::Command, path: &str) {
        for one in command.get_subcommands() {
            let path = format!("{path} {}", one.get_name());
            let help = one.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            assert!(help.contains("Example"), "{path} shows no example");
            look(one, &path);
        }
    }
    look(&Cli::command(), "clearinghouse");
}

/// The examples in the help are what people type first: each must be understood.
#[test]
fn every_example_is_understood() {
    fn look(command: &clap::Command, examples: &mut Vec<String>) {
        for one in command.get_subcommands() {
            let help = one.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default().replace("\\\n", " ");
            let lines = help.lines().map(str::trim);
            examples.extend(
                lines
                    .filter(|line| line.starts_with("clearinghouse "))
                    .map(str::to_owned),
            );
            look(one, examples);
        }
    }
    let mut examples = Vec::new();
    look(&Cli::command(), &mut examples);
    assert!(examples.len() >= 10, "{examples:?}");
    for example in examples {
        let parsed = Cli::try_parse_from(words(&example));
        assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
    }
}

fn words(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate();
    quoted
        .flat_map(|(at, part)| match at % 2 {
            1 => vec![part.to_owned()],
            _ => part.split_whitespace().map(str::to_owned).collect(),
        })
        .collect()
}

#[test]
fn a_language_is_english_or_french() {
    assert_eq!(language(Some("fr")).unwrap(), Lang::Fr);
    assert_eq!(language(Some("de")).unwrap_err().exit, USAGE);
}
