//! Who does what a command asks: the node that runs here, or this process?

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use super::{
    Command, Failure, RECOVER, REFUSED, Roster, Token, Voice, Witness, WitnessLog, print, runtime,
};
use crate::clock::Clock;
use crate::config::{Config, Log, LogFormat, Overrides};
use crate::desk::progress::Progress;
use crate::desk::refusal::Refusal;
use crate::desk::request::{Answer, Question, Request};
use crate::desk::socket;
use crate::desk::verify::verify;
use crate::node::NodeError;
use crate::server::{self, Opened, ServerError};
use crate::store::lockfile::LockError;
use crate::store::private::FeedQuota;
use crate::store::real_disk::RealDisk;
use crate::view::View;
use crate::words::say;

/// How often and how long we look again while a node is starting or ending: 10 s.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// What takes less is done before anyone could read how far it has come.
const QUIET: Duration = Duration::from_secs(1);

/// The request that a command makes.
pub(super) fn request_of(command: Command) -> Request {
    match command {
        Command::Follow { url, with_members } => Request::Follow { url, with_members },
        Command::Quota {
            nid,
            entries_a_day,
            body_mib,
            living,
        } => Request::Quota(FeedQuota {
            nid,
            entries_a_day,
            body_mib,
            living,
        }),
        Command::Roster(Roster::Admit { url, nid, regions }) => match nid {
            Some(nid) => Request::AdmitUnreached { nid, regions },
            None => Request::Admit {
                url: url.unwrap_or_default(),
                regions,
            },
        },
        Command::Roster(Roster::Suspend { nid }) => Request::Suspend { nid },
        Command::Roster(Roster::Dissolve { nid, successor }) => {
            Request::Dissolve { nid, successor }
        }
        Command::Roster(Roster::Lease { nid, days }) => Request::Lease { nid, days },
        Command::Transfer { which, to } => Request::HandOver {
            listings: which.listings,
            to,
        },
        Command::Accept { which, from } => Request::TakeOver {
            listings: which.listings,
            from,
        },
        Command::Hide { what, reason } => Request::Hide { what, reason },
        Command::Unhide { what } => Request::Unhide { what },
        Command::Hidden => Request::Hidden,
        Command::Roster(Roster::List) => Request::Members,
        Command::Join { url } => Request::Join { url },
        Command::Leave { nid } => Request::Leave { nid },
        Command::Token(Token::Create { name }) => Request::TokenCreate { name },
        Command::Token(Token::Revoke { name }) => Request::TokenRevoke { name },
        Command::Token(Token::List) => Request::TokenList,
        Command::Witness(Witness::Log(WitnessLog::Add { vkey })) => Request::WitnessLogAdd { vkey },
        Command::Witness(Witness::Log(WitnessLog::List)) => Request::WitnessLogs,
        Command::Status => Request::Status,
        Command::Verify => Request::Verify,
        Command::Rebuild => Request::Rebuild,
        Command::Init(_)
        | Command::Serve(_)
        | Command::Demo(_)
        | Command::Import(_)
        | Command::Rotate(_) => {
            unreachable!("these are dealt with before")
        }
    }
}

/// Has a request done and shows what came of it.
pub(super) fn run(data: &Path, question: Question, voice: Voice) -> Result<(), Failure> {
    let answer = done(data, question, voice)?;
    print::answer(&answer, voice);
    match answer {
        Answer::Verified(found) if !found.sound => Err(Failure {
            exit: if found.ours_is_sound() {
                REFUSED
            } else {
                RECOVER
            },
            message: "what is on this disk is not all that was signed".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Has a request done, by the node that runs in `data` or else by this process.
pub(super) fn done(data: &Path, question: Question, voice: Voice) -> Result<Answer, Failure> {
    let log = Log {
        format: LogFormat::Text,
        level: "warn".to_owned(),
    };
    server::log_to_stderr(&log);
    let runtime = runtime();
    let bar = Arc::new(Bar::new(voice));
    let outcome = runtime.block_on(async {
        for _ in 0..TRIES {
            let shown = bar.clone();
            let told = move |progress| shown.show(&progress);
            if let Some(outcome) = socket::ask(data, &question, told).await? {
                return Ok((outcome?, true));
            }
            match alone(data, &question, &bar).await {
                // A node that is starting or ending has the folder, and no socket yet or any more.
                Err(Attempt::Held(_)) => tokio::time::sleep(BETWEEN_TRIES).await,
                Err(Attempt::Failed(failure)) => return Err(failure),
                Ok(answer) => return Ok((answer, false)),
            }
        }
        match alone(data, &question, &bar).await {
            Err(Attempt::Held(error)) => Err(ServerError::Lock(error).into()),
            Err(Attempt::Failed(failure)) => Err(failure),
            Ok(answer) => Ok((answer, false)),
        }
    });
    bar.clear();
    // What still asks other nodes is no concern of a command that is done.
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome.map(|(mut answer, running)| {
        if let Answer::Status(status) = &mut answer {
            status.running = running;
        }
        answer
    })
}

enum Attempt {
    Held(LockError),
    Failed(Failure),
}

/// Opens the node without serving it, and does what was asked.
async fn alone(data: &Path, question: &Question, bar: &Arc<Bar>) -> Result<Answer, Attempt> {
    let config = Config::load(data, &Overrides::default());
    let config = config.map_err(|error| Attempt::Failed(error.into()))?;
    match question.request {
        Request::Verify => return verified(config, bar).await,
        Request::Rebuild => return rebuilt(config, bar).await,
        _ => {}
    }
    let opened = tokio::task::spawn_blocking(move || server::open(config, Clock::system())).await;
    let opened = opened.expect("opening a node does not panic");
    let Opened { node, lock } = opened.map_err(attempt)?;
    let introduced = node.introduce().await;
    introduced.map_err(|error| Attempt::Failed(error.into()))?;
    let desk = node.desk.clone();
    let (teller, mut told) = watch::channel(Progress::default());
    let mut run = tokio::spawn(node.run());
    let mut deed = std::pin::pin!(desk.answer(question.clone(), &teller));
    let outcome = loop {
        tokio::select! {
            outcome = &mut deed => break outcome.map_err(Failure::from),
            ended = &mut run => match ended {
                Ok(Err(error)) => break Err(error.into()),
                _ => break Err(Failure::refused("the node ended before the command was done")),
            },
            Ok(()) = told.changed() => bar.show(&told.borrow_and_update()),
        }
    };
    desk.sync.stop();
    run.abort();
    drop(lock);
    outcome.map_err(Attempt::Failed)
}

/// Verifies without opening: opening would mend what is to be found.
async fn verified(config: Config, bar: &Arc<Bar>) -> Result<Answer, Attempt> {
    let (teller, mut told) = watch::channel(Progress::default());
    let looking = tokio::task::spawn_blocking(move || {
        let lock = server::lock(&config)?;
        let disk = RealDisk::shared();
        let found = verify(disk, &config.data, None, &Clock::system(), &teller);
        drop(lock);
        Ok(found)
    });
    let mut looking = std::pin::pin!(looking);
    let found = loop {
        tokio::select! {
            found = &mut looking => break found.expect("verifying does not panic"),
            Ok(()) = told.changed() => bar.show(&told.borrow_and_update()),
        }
    };
    let found = found.map_err(attempt)?;
    let found = found.map_err(|refusal| Attempt::Failed(refusal.into()))?;
    Ok(Answer::Verified(Box::new(found)))
}

/// Deletes what is derived; opening the node builds it anew.
async fn rebuilt(config: Config, bar: &Arc<Bar>) -> Result<Answer, Attempt> {
    bar.show(&Progress {
        doing: "rebuilding".to_owned(),
        ..Progress::default()
    });
    let clock = Clock::system();
    let since = clock.now();
    let building = tokio::task::spawn_blocking(move || {
        let lock = server::lock(&config)?;
        View::delete(&config.data).map_err(NodeError::from)?;
        drop(lock);
        server::open(config, Clock::system())
    });
    let built = building.await.expect("opening a node does not panic");
    let built = built.map_err(attempt)?;
    let counts = built.node.desk.view.counts();
    let counts = counts.map_err(|error| Attempt::Failed(Refusal::from(error).into()))?;
    Ok(Answer::Rebuilt {
        listings: counts.values().sum(),
        seconds: clock.now().duration_since(since).as_secs_f64(),
    })
}

fn attempt(error: ServerError) -> Attempt {
    match error {
        ServerError::Lock(held @ LockError::Held { .. }) => Attempt::Held(held),
        other => Attempt::Failed(other.into()),
    }
}

/// A progress bar on standard error, if that is a terminal and the deed takes long enough.
struct Bar {
    bar: ProgressBar,
    voice: Voice,
}

impl Bar {
    fn new(voice: Voice) -> Bar {
        // Hidden by itself where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Bar { bar, voice }
    }

    fn show(&self, progress: &Progress) {
        if self.bar.elapsed() < QUIET || progress.doing.is_empty() {
            return;
        }
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let style = if progress.of > 0 {
            "{msg} [{bar:32}] {human_pos}/{human_len} {eta}"
        } else {
            "{msg} {spinner} {human_pos}"
        };
        let style = ProgressStyle::with_template(style).expect("our own templates are sound");
        self.bar.set_style(style.progress_chars("=> "));
        self.bar.set_message(say(
            self.voice.lang,
            &format!("cli-doing-{}", progress.doing),
        ));
        if progress.of > 0 {
            self.bar.set_length(progress.of);
        }
        self.bar.set_position(progress.done);
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
