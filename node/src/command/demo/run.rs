//! How does the command run the demonstration?

use std::path::PathBuf;

use clap::Args;
use futures_util::future::select_all;
use serde_json::json;

use super::cast::CAST;
use super::story::Story;
use super::{Demo, DemoError, Event, Given, Options, Plan, Tell, chaos, ms_since, start};
use crate::clock::Clock;
use crate::command::import::{MAPPING_MAX_BYTES, contents, report};
use crate::command::print::out;
use crate::command::{Failure, NO_NODE, Voice, runtime};
use crate::config::{Log, LogFormat};
use crate::desk::import::IMPORT_MAX_BYTES;
use crate::server;
use crate::words::say;

/// The folder inside the system's folder for what may be lost.
const FOLDER: &str = "clearinghouse-demo";

/// What is to be shown.
#[derive(Debug, Args)]
pub(in crate::command) struct Demonstrate {
    /// The port of the first node; the others have the next four [default: 7100]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Lists to import instead of the fictional listings, one a centre in turn
    #[arg(long, value_name = "FILE[=MAPPING]", num_args = 1..)]
    listings: Vec<String>,
    /// Let nodes stop, lines break and backups come back by this seed, then check every promise and end
    #[arg(long, value_name = "SEED")]
    chaos: Option<u64>,
    /// How long things go wrong
    #[arg(long, value_name = "MINUTES", default_value_t = 5, requires = "chaos")]
    minutes: u64,
}

impl Demonstrate {
    /// Shows the demonstration and serves until interrupted.
    pub(in crate::command) fn run(
        self,
        data: Option<PathBuf>,
        voice: Voice,
    ) -> Result<(), Failure> {
        let options = Options {
            data: data.unwrap_or_else(|| std::env::temp_dir().join(FOLDER)),
            port: self.port,
            listings: given(&self.listings)?,
        };
        server::log_to_stderr(&Log {
            format: LogFormat::Text,
            level: "warn".to_owned(),
        });
        let story = Story::new(voice.lang, voice.json);
        let clock = Clock::system();
        let since = clock.now();
        let tell = |event: Event| story.tell(ms_since(&clock, since) / 1000.0, &event);
        runtime().block_on(async {
            let mut ended = std::pin::pin!(server::asked_to_end());
            let demo = tokio::select! {
                () = &mut ended => return Ok(()),
                demo = start(&options, &tell) => demo?,
            };
            if let Some(seed) = self.chaos {
                let plan = Plan {
                    seed,
                    seconds: 60 * self.minutes,
                };
                return endure(demo, &options, plan, &story, &tell, voice).await;
            }
            show(&demo, &options, &story, voice);
            let mut demo = demo;
            let outcome = {
                let broken = demo
                    .servers
                    .iter_mut()
                    .map(|server| Box::pin(server.broken()));
                tokio::select! {
                    () = ended => Ok(()),
                    (error, _, _) = select_all(broken) => Err(error.into()),
                }
            };
            demo.stop().await;
            outcome
        })
    }
}

/// Lets things go wrong, and answers whether every promise was kept.
async fn endure(
    demo: Demo,
    options: &Options,
    plan: Plan,
    story: &Story,
    tell: Tell<'_>,
    voice: Voice,
) -> Result<(), Failure> {
    let (demo, outcome) = chaos::run(demo, &options.data, plan, tell).await?;
    demo.stop().await;
    for broken in &outcome.broken {
        story.line(broken);
    }
    if voice.json {
        out(json!(outcome));
    }
    if outcome.broken.is_empty() {
        Ok(())
    } else {
        Err(DemoError::Broken(outcome.broken.len()).into())
    }
}

fn given(listings: &[String]) -> Result<Vec<Given>, Failure> {
    let read = |said: &String| {
        // A file whose own name has an equals sign is found as it stands.
        let (path, mapping) = match said.split_once('=') {
            Some((path, mapping)) if !PathBuf::from(said).exists() => (path, Some(mapping)),
            _ => (said.as_str(), None),
        };
        let path = PathBuf::from(path);
        let mapping = mapping.map(|mapping| contents(mapping.as_ref(), MAPPING_MAX_BYTES));
        Ok(Given {
            list: contents(&path, IMPORT_MAX_BYTES)?,
            mapping: mapping.transpose()?,
            path,
        })
    };
    listings.iter().map(read).collect()
}

fn show(demo: &Demo, options: &Options, story: &Story, voice: Voice) {
    if !options.listings.is_empty() {
        for imported in &demo.imported {
            story.line(&format!("\n{}", report(imported, voice.lang)));
        }
    }
    story.line(&format!("\n{}", say(voice.lang, "cli-demo-open")));
    for (role, node) in CAST.iter().zip(&demo.nodes) {
        let name = match voice.lang {
            clearinghouse_protocol::listing::Lang::En => role.english,
            clearinghouse_protocol::listing::Lang::Fr => role.french,
        };
        story.line(&format!("  {}  {name}", node.url));
    }
    story.line(&format!("\n{}", say(voice.lang, "cli-demo-end")));
    if voice.json {
        out(json!({ "nodes": demo.nodes }));
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Failure {
        match error {
            DemoError::Server(error) => error.into(),
            DemoError::Node(error) => error.into(),
            DemoError::Disk(error) => error.into(),
            DemoError::Import(refusal) => refusal.into(),
            DemoError::Incomplete | DemoError::NotFound => Failure {
                exit: NO_NODE,
                message: error.to_string(),
            },
            other => Failure::refused(other),
        }
    }
}
