//! How does a server answer that keeps to no rule of HTTP?

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::forge::Forge;

/// What a liar sends instead of an answer.
#[derive(Clone, Debug)]
pub enum Reply {
    /// These bytes, from the status line on, and the end.
    Raw(Vec<u8>),
    /// These bytes, and then these again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, one in each second, and no end.
    Drip(Vec<u8>),
    /// Nothing, and no end.
    Silence,
}

/// What a liar does when it is asked for a path; `None`: it is honest.
pub type Twist = fn(&Forge, &str) -> Option<Reply>;

/// One feed, and what happens to those who ask for it.
#[derive(Clone)]
pub struct Act {
    /// The feed.
    pub forge: Forge,
    /// Once it is set, the lie.
    pub twist: Option<Twist>,
}

/// A server on loopback with one feed below each first part of a path.
pub struct Liar {
    acts: Arc<Mutex<BTreeMap<String, Act>>>,
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Liar {
    /// Listens on a free port.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Liar {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let acts: Arc<Mutex<BTreeMap<String, Act>>> = Arc::default();
        let shared = acts.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Liar { acts, port, task }
    }

    /// Where the feed of this name is served.
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}/", self.port)
    }

    /// All feeds by name.
    pub fn acts(&self) -> MutexGuard<'_, BTreeMap<String, Act>> {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(mut stream: TcpStream, acts: Arc<Mutex<BTreeMap<String, Act>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16 * 1024 {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (name, path) = path
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or_default();
    let reply = {
        let acts = acts.lock().unwrap_or_else(PoisonError::into_inner);
        let act = acts.get(name);
        // It lies about its own feed only: others are told at once that it has nothing of theirs.
        let own = act.filter(|act| {
            path.contains("well-known") || path.contains(act.forge.identity.nid.as_str())
        });
        let lie = own.and_then(|act| act.twist?(&act.forge, path));
        lie.or_else(|| act.map(|act| honest(&act.forge, path)))
            .unwrap_or_else(|| Reply::Raw(answer("404 Not Found", "", b"")))
    };
    // The other side may hang up at any time; that is what it should do.
    let _ = send(&mut stream, reply).await;
}

async fn send(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Raw(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Reply::Endless(start, more) => {
            stream.write_all(&start).await?;
            loop {
                stream.write_all(&more).await?;
            }
        }
        Reply::Drip(bytes) => {
            for byte in bytes.iter().cycle() {
                stream.write_all(&[*byte]).await?;
                sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        }
        Reply::Silence => {
            let mut waiting = [0; 1];
            stream.read_exact(&mut waiting).await.map(drop)
        }
    }
}

/// What an honest server would have sent.
pub fn honest(forge: &Forge, path: &str) -> Reply {
    let (status, salt, body) = forge.answer(path);
    let salt = salt.map(|salt| format!("clearinghouse-salt: {}\r\n", STANDARD.encode(salt)));
    let status = if status == 200 {
        "200 OK"
    } else {
        "404 Not Found"
    };
    Reply::Raw(answer(status, &salt.unwrap_or_default(), &body))
}

/// An answer of HTTP/1.1 with these header lines more.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}
