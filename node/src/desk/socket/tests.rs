//! Does a question arrive as it was asked, and its answer as it was given?

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::clock::Clock;
use crate::config::{Config, Overrides};
use crate::desk::import::{ImportRequest, Removals};
use crate::desk::refusal::Because;
use crate::feed::guard::Guard;
use crate::feed::transport::HttpTransport;
use crate::node::{self, Node};
use crate::store::disk::Stop;
use crate::store::real_disk::RealDisk;

/// A node in `data` with its socket, until the test ends.
async fn node(data: &Path) {
    let disk: crate::store::disk::SharedDisk = Arc::new(RealDisk::new(Stop::Report));
    let names = BTreeMap::from([("en".to_owned(), "Centre".to_owned())]);
    let clock = Clock::system();
    node::init(&disk, data, names, "http://127.0.0.1:9/", &clock).unwrap();
    let config = Config::load(data, &Overrides::default()).unwrap();
    let transport = Arc::new(HttpTransport::new(Guard::new(false)).unwrap());
    let node = Node::open(config, disk, transport, clock).unwrap();
    node.introduce().await.unwrap();
    let (desk, socket) = (node.desk.clone(), bind(data, [7; 8]).unwrap());
    tokio::spawn(node.run());
    tokio::spawn(serve(socket, desk, std::future::pending()));
}

async fn asked(data: &Path, request: Request, files: Vec<Bytes>) -> Result<Answer, Refusal> {
    let question = Question { request, files };
    ask(data, &question, |_| {}).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_answered_over_the_socket() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let nobody = ask(data, &Request::Status.into(), |_| {}).await.unwrap();
    assert!(nobody.is_none(), "nobody runs yet");
    node(data).await;
    let mode = fs::metadata(data.join(NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let name = "office".to_owned();
    let create = Request::TokenCreate { name: name.clone() };
    let made = asked(data, create.clone(), vec![]).await.unwrap();
    assert!(matches!(made, Answer::Token { token, .. } if token.starts_with("ch_")));
    let again = asked(data, create, vec![]).await.unwrap_err();
    assert_eq!(again.because, Because::Asked);

    let Answer::Status(status) = asked(data, Request::Status, vec![]).await.unwrap() else {
        panic!("a status was asked for");
    };
    assert_eq!((status.size, status.tokens), (1, vec![name]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_its_files_along() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    node(data).await;
    let import = |list: &str, removals| {
        let request = Request::Import(ImportRequest {
            name: "list.json".to_owned(),
            removals,
            ..ImportRequest::default()
        });
        let file = Bytes::from(list.to_owned());
        async move { asked(data, request, vec![file]).await }
    };
    let row = |name: &str| {
        format!(r#"{{"kind": "organization", "id": "{name}", "name": {{"en": "{name}"}}}}"#)
    };
    let both = format!("[{}, {}]", row("a"), row("b"));
    let Answer::Imported(first) = import(&both, Removals::Propose).await.unwrap() else {
        panic!("an import was asked for");
    };
    assert_eq!((first.added, first.rows_refused), (2, 0));
    let Answer::Imported(same) = import(&both, Removals::Propose).await.unwrap() else {
        panic!("an import was asked for");
    };
    assert_eq!((same.added, same.revised, same.unchanged), (0, 0, 2));
    let one = format!("[{}]", row("a"));
    let half = import(&one, Removals::Accept).await.unwrap_err();
    assert!(half.message.contains("1 of 2"), "{half}");
    let Answer::Imported(gone) = import(&one, Removals::Exactly(1)).await.unwrap() else {
        panic!("an import was asked for");
    };
    assert_eq!(gone.removed.len(), 1);
    let Answer::Verified(found) = asked(data, Request::Verify, vec![]).await.unwrap() else {
        panic!("a verification was asked for");
    };
    assert!(found.sound, "{found:?}");
    assert_eq!((found.entries, found.bodies), (4, 1));
}
