//! How is a real node started, asked and killed?

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use super::broken::Broken;

/// How long a start may take before the trial gives up.
const START_WAIT: Duration = Duration::from_secs(60);

/// How long one answer may take.
const ANSWER_WAIT: Duration = Duration::from_secs(20);

/// The node's program: what `CLEARINGHOUSE_BIN` says, else what stands beside this program or above it.
pub fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CLEARINGHOUSE_BIN") {
        return Some(PathBuf::from(path));
    }
    let own = std::env::current_exe().ok()?;
    let folders = own.ancestors().skip(1).take(2);
    let mut paths = folders.map(|folder| folder.join("clearinghouse"));
    paths.find(|path| path.is_file())
}

/// A real node with a data directory; ends with this value.
#[derive(Debug)]
pub struct Node {
    program: PathBuf,
    data: PathBuf,
    log: PathBuf,
    listen: String,
    token: String,
    client: reqwest::Client,
    child: Option<Child>,
}

impl Node {
    /// Makes a new node in `data`, with a token for writing; what it logs goes to `log`.
    ///
    /// # Errors
    /// [`Broken`] if the program refuses.
    pub fn found(program: &Path, data: &Path, log: &Path) -> Result<Node, Broken> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let client = reqwest::Client::builder()
            .timeout(ANSWER_WAIT)
            .no_proxy()
            .build()
            .map_err(|error| Broken::at("the HTTP client", error))?;
        let mut node = Node {
            program: program.to_owned(),
            data: data.to_owned(),
            log: log.to_owned(),
            listen: listen.clone(),
            token: String::new(),
            client,
            child: None,
        };
        node.run(&[
            "init",
            "--name-en",
            "Endure",
            "--name-fr",
            "Endurer",
            "--listen",
            &listen,
        ])?;
        let token = node.run(&["token", "create", "endure"])?;
        node.token = token["token"].as_str().unwrap_or_default().to_owned();
        Ok(node)
    }

    /// Runs one command on the data directory and reads its JSON.
    fn run(&self, words: &[&str]) -> Result<Value, Broken> {
        let done = self.command(words).arg("--json").output()?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            return Err(Broken::at(words.join(" "), said));
        }
        serde_json::from_slice(&done.stdout).map_err(|error| Broken::at(words.join(" "), error))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        // A node takes every such variable for its configuration.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CLEARINGHOUSE_") {
                command.env_remove(name);
            }
        }
        command.args(words).arg("--data").arg(&self.data);
        command.stdin(Stdio::null());
        command
    }

    /// Starts the node and says how long it took until it answered.
    ///
    /// # Errors
    /// [`Broken`] with what it logged, if it ended or did not answer in time.
    pub async fn start(&mut self) -> Result<Duration, Broken> {
        let log = File::create(&self.log)?;
        let since = Instant::now();
        let mut command = self.command(&["serve", "--listen", &self.listen]);
        // The ledger knows an entry by its place in one log.
        command.args(["--set", "epoch_entries=1000000000"]);
        let child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        self.child = Some(child);
        let url = self.url("api/v1/network");
        while since.elapsed() < START_WAIT {
            if let Ok(answer) = self.client.get(&url).send().await
                && answer.status().as_u16() == 200
            {
                return Ok(since.elapsed());
            }
            if let Some(status) = self.ended()? {
                return Err(self.tell(&format!("the node ended at its start with {status}")));
            }
            sleep(Duration::from_millis(5)).await;
        }
        Err(self.tell("the node does not answer"))
    }

    /// How it ended, if it did.
    ///
    /// # Errors
    /// [`Broken`] if the system cannot say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Broken> {
        match &mut self.child {
            Some(child) => Ok(child.try_wait()?),
            None => Ok(None),
        }
    }

    /// Kills it at once, as a signal 9 does, and waits until it is gone.
    ///
    /// # Errors
    /// [`Broken`] if the system cannot end it.
    pub fn kill(&mut self) -> Result<(), Broken> {
        if let Some(mut child) = self.child.take() {
            if child.try_wait()?.is_none() {
                child.kill()?;
            }
            child.wait()?;
        }
        Ok(())
    }

    /// Whether it said at its start that it built its view anew.
    pub fn began_anew(&self) -> bool {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        said.contains("the view is built anew")
    }

    /// A sentence with the end of what the node logged.
    pub fn tell(&self, what: &str) -> Broken {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().rev().take(8).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        Broken(format!("{what}; it said:\n{}", lines.join("\n")))
    }

    /// An address on this node.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.listen)
    }

    /// Who asks it: connections are kept.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The token with which it takes edits.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // On the way out of a trial that failed there is nobody left to tell.
        let _ = self.kill();
    }
}
