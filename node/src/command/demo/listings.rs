//! Where do the listings of the demonstration come from, and when has everyone got them?

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join_all;
use tokio::sync::watch;

use super::cast::{CAST, CENTRES};
use super::{DemoError, Event, Tell};
use crate::desk::Desk;
use crate::desk::import::{ImportRequest, Imported};
use crate::desk::progress::Progress;
use crate::server::Server;

/// How long the national view may take to hold everything.
const ASSEMBLY: Duration = Duration::from_secs(300);

/// A file to import instead of the fictional listings.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Where it came from, for the report.
    pub path: PathBuf,
    /// Its bytes.
    pub list: Bytes,
    /// The bytes of its mapping.
    pub mapping: Option<Bytes>,
}

/// What one centre is to import.
struct Load {
    at: usize,
    name: String,
    source: String,
    list: Bytes,
    mapping: Option<Bytes>,
}

/// Publishes the listings at their centres, all centres at once, as far as that was not done before.
pub(super) async fn load(
    servers: &[Server],
    given: &[Given],
    tell: Tell<'_>,
) -> Result<Vec<Imported>, DemoError> {
    let mut queues: Vec<Vec<Load>> = CAST.iter().map(|_| Vec::new()).collect();
    for load in loads(given) {
        let known = servers[load.at].desk.clone();
        let known = known.private();
        if !known
            .state()
            .imports()
            .any(|import| import.source == load.source)
        {
            queues[load.at].push(load);
        }
    }
    let working = queues.into_iter().map(|queue| async move {
        let mut done = Vec::new();
        for load in queue {
            done.push(one(&servers[load.at].desk, load, tell).await?);
        }
        Ok::<_, DemoError>(done)
    });
    Ok(try_join_all(working).await?.into_iter().flatten().collect())
}

fn loads(given: &[Given]) -> Vec<Load> {
    let samples = || {
        CAST.iter().enumerate().filter_map(|(at, role)| {
            Some(Load {
                at,
                name: format!("{}.json", role.name),
                source: format!("sample:{}", role.name),
                list: Bytes::from_static(role.sample?.as_bytes()),
                mapping: None,
            })
        })
    };
    let files = given.iter().zip(CENTRES.iter().cycle()).map(|(one, at)| {
        let name = one.path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        Load {
            at: *at,
            source: crate::desk::import::stem(&name).to_owned(),
            name,
            list: one.list.clone(),
            mapping: one.mapping.clone(),
        }
    });
    if given.is_empty() {
        samples().collect()
    } else {
        files.collect()
    }
}

async fn one(desk: &Desk, load: Load, tell: Tell<'_>) -> Result<Imported, DemoError> {
    let role = &CAST[load.at];
    let since = desk.clock.now();
    let request = ImportRequest {
        name: load.name,
        source: Some(load.source),
        ..ImportRequest::default()
    };
    let teller = watch::Sender::new(Progress::default());
    let imported = desk
        .import(&request, load.list, load.mapping, &teller)
        .await?;
    tell(
        Event::of("loaded")
            .with("name", role.english)
            .with("nom", role.french)
            .with("source", &imported.source)
            .with("added", imported.added)
            .with("refused", imported.rows_refused + imported.rows_set_aside)
            .with("ms", super::ms_since(&desk.clock, since)),
    );
    Ok(imported)
}

/// Waits until the view at `at` holds every listing that the others state.
pub(super) async fn gathered(
    servers: &[Server],
    at: usize,
    tell: Tell<'_>,
) -> Result<(), DemoError> {
    let view = &servers[at].desk.view;
    let mut wanted = std::collections::HashMap::new();
    for server in servers {
        let nid = server.desk.identity().nid;
        let own = server.desk.view.counts()?.get(&nid).copied().unwrap_or(0);
        wanted.insert(nid, own);
    }
    let all: u64 = wanted.values().sum();
    let mut steps = view.steps();
    let clock = &servers[at].desk.clock;
    let holds = async {
        loop {
            steps.borrow_and_update();
            let counts = view.counts()?;
            let has = |(nid, own): (&_, &u64)| counts.get(nid).copied().unwrap_or(0) >= *own;
            if wanted.iter().all(has) {
                return Ok::<_, DemoError>(());
            }
            if steps.changed().await.is_err() {
                return Err(DemoError::Incomplete);
            }
        }
    };
    let held = clock.within(ASSEMBLY, holds).await;
    held.unwrap_or(Err(DemoError::Incomplete))?;
    tell(
        Event::of("gathered")
            .with("name", CAST[at].english)
            .with("nom", CAST[at].french)
            .with("listings", all),
    );
    Ok(())
}
