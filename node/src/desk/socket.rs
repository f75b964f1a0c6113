//! How do our own commands reach the node that runs on this machine?
//!
//! A question is one line of JSON, then the bytes of the files that the line counts. The node answers
//! with lines of JSON: how far it has come, any number of times, and at last what came of it. Only the
//! owner of the data directory can open the socket.

use std::fs::{self, DirBuilder, Permissions};
use std::future::Future;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::Desk;
use super::progress::Progress;
use super::refusal::Refusal;
use super::request::{Answer, Question, Request};

/// The name of the socket inside the data directory.
const NAME: &str = "socket";

/// Where the socket stands if its path inside the data directory is too long.
const ELSEWHERE: &str = "socket-path";

/// Paths of sockets end at 107 bytes on Linux and at 103 elsewhere.
const PATH_MAX_BYTES: usize = 100;

/// The longest line of a question or an answer in bytes: a status of ten thousand feeds has 8 MB.
const LINE_MAX_BYTES: u64 = 64 << 20;

/// The most bytes of all files of one question.
const FILES_MAX_BYTES: u64 = 128 << 20;

/// Commands that are answered at once.
const GUESTS_MAX: usize = 16;

/// How long a question may take to arrive; it comes from this machine.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Why the local socket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The operating system refused.
    #[error("cannot {deed} {}: {source}", path.display())]
    Io {
        /// What we were doing.
        deed: &'static str,
        /// With which file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The other side ended in the middle, or speaks another version.
    #[error("the node that runs here broke off: {0}")]
    Broken(String),
}

#[derive(Serialize, Deserialize)]
struct Head {
    request: Request,
    /// Bytes of each file that follows.
    files: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Progress(Progress),
    Done(Answer),
    Refused(Refusal),
}

/// The socket of a node, taken away when dropped.
pub struct Socket {
    listener: UnixListener,
    paths: Vec<PathBuf>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        for path in &self.paths {
            // What stays behind is taken away by the next start.
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
}

/// Makes the socket of the node in `data`, whose lock the caller holds: an old one is nobody's.
/// `chance` names the folder that stands in where the path is too long.
pub fn bind(data: &Path, chance: [u8; 8]) -> Result<Socket, SocketError> {
    let plain = data.join(NAME);
    let mut paths = Vec::new();
    let path = if plain.as_os_str().len() <= PATH_MAX_BYTES {
        plain
    } else {
        let name = format!("clearinghouse-{:016x}", u64::from_be_bytes(chance));
        let dir = std::env::temp_dir().join(name);
        let made = DirBuilder::new().mode(0o700).create(&dir);
        made.map_err(error("create", &dir))?;
        let path = dir.join(NAME);
        let pointer = data.join(ELSEWHERE);
        let written = fs::write(&pointer, path.as_os_str().as_encoded_bytes());
        written.map_err(error("write", &pointer))?;
        paths.extend([pointer, dir]);
        path
    };
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(error("remove", &path)(source));
        }
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(error("create", &path))?;
    // The folder is its owner's alone already; this is for one that was made by hand.
    fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(error("protect", &path))?;
    paths.insert(0, path);
    Ok(Socket { listener, paths })
}

/// Answers commands until `shutdown`.
pub async fn serve(socket: Socket, desk: Desk, shutdown: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(GUESTS_MAX));
    let answering = async {
        loop {
            let place = places.clone().acquire_owned().await;
            let place = place.expect("the semaphore is never closed");
            match socket.listener.accept().await {
                Ok((stream, _)) => {
                    let desk = desk.clone();
                    tokio::spawn(async move {
                        if let Err(error) = attend(stream, desk).await {
                            tracing::debug!(%error, "a command broke off");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a command");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = answering => {}
    }
}

async fn attend(stream: UnixStream, desk: Desk) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let question = timeout(ARRIVAL, read_question(BufReader::new(reader)))
        .await
        .map_err(|_| io::ErrorKind::TimedOut)??;
    let (teller, mut told) = watch::channel(Progress::default());
    let mut deed = std::pin::pin!(desk.answer(question, &teller));
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut deed => break outcome,
            changed = told.changed() => {
                if changed.is_ok() {
                    let progress = told.borrow_and_update().clone();
                    // Whoever asked may have gone; the deed is done to its end all the same.
                    let _ = write_line(&mut writer, &Line::Progress(progress)).await;
                }
            }
        }
    };
    let last = match outcome {
        Ok(answer) => Line::Done(answer),
        Err(refusal) => Line::Refused(refusal),
    };
    write_line(&mut writer, &last).await
}

async fn read_question(
    mut reader: BufReader<impl tokio::io::AsyncRead + Unpin>,
) -> io::Result<Question> {
    let mut line = String::new();
    (&mut reader)
        .take(LINE_MAX_BYTES)
        .read_line(&mut line)
        .await?;
    let head: Head = serde_json::from_str(&line)?;
    let all = head
        .files
        .iter()
        .try_fold(0u64, |sum, len| sum.checked_add(*len));
    if all.is_none_or(|all| all > FILES_MAX_BYTES) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut files = Vec::with_capacity(head.files.len());
    for len in head.files {
        let mut bytes = Vec::new();
        (&mut reader).take(len).read_to_end(&mut bytes).await?;
        if bytes.len() as u64 != len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        files.push(bytes.into());
    }
    Ok(Question {
        request: head.request,
        files,
    })
}

async fn write_line(writer: &mut OwnedWriteHalf, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await
}

/// Asks the node that runs in `data`; `None` if none runs there.
pub async fn ask(
    data: &Path,
    question: &Question,
    mut told: impl FnMut(Progress),
) -> Result<Option<Result<Answer, Refusal>>, SocketError> {
    let path = path_of(data);
    let stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        // A node that ended without saying so leaves the file, but nobody listens.
        Err(gone)
            if matches!(
                gone.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(source) => return Err(error("open", &path)(source)),
    };
    let broken = |source: io::Error| SocketError::Broken(source.to_string());
    let (reader, mut writer) = stream.into_split();
    let head = Head {
        request: question.request.clone(),
        files: question
            .files
            .iter()
            .map(|file| file.len() as u64)
            .collect(),
    };
    let mut bytes = serde_json::to_vec(&head).expect("a request has only text keys");
    bytes.push(b'\n');
    writer.write_all(&bytes).await.map_err(broken)?;
    for file in &question.files {
        writer.write_all(file).await.map_err(broken)?;
    }
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = String::new();
        let mut bounded = (&mut reader).take(LINE_MAX_BYTES);
        if bounded.read_line(&mut line).await.map_err(broken)? == 0 {
            return Err(SocketError::Broken("it gave no answer".to_owned()));
        }
        match serde_json::from_str(&line) {
            Ok(Line::Progress(progress)) => told(progress),
            Ok(Line::Done(answer)) => return Ok(Some(Ok(answer))),
            Ok(Line::Refused(refusal)) => return Ok(Some(Err(refusal))),
            Err(unknown) => return Err(SocketError::Broken(unknown.to_string())),
        }
    }
}

fn path_of(data: &Path) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let plain = data.join(NAME);
    if plain.as_os_str().len() <= PATH_MAX_BYTES {
        return plain;
    }
    // Missing: then no node runs, and the plain path tells the same.
    fs::read(data.join(ELSEWHERE)).map_or(plain, |bytes| {
        PathBuf::from(std::ffi::OsString::from_vec(bytes))
    })
}

fn error<'a>(deed: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> SocketError + 'a {
    move |source| SocketError::Io {
        deed,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
