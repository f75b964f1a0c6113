//! What is this? `feedtool show`

use std::io::{Read, Write};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use serde_json::json;
use url::Url;

use crate::describe::{describe, to_lines};
use crate::failure::Failure;
use crate::fetch::{Ask, Fetch, Http};

/// A bundle of bodies is the largest part of a feed, below 17 MB.
const SHOWN_MAX_BYTES: usize = 17_000_000;

/// How long the answer to a URL may take.
const WAIT: Duration = Duration::from_secs(60);

/// Prints a part of a feed for people: checkpoint, identity, tile, entries, bodies, listing, receipt.
///
/// What it is, is seen from the bytes. Nothing is verified but what the bytes prove by themselves.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  feedtool show http://127.0.0.1:7102/feed/qy6…/1/checkpoint\n  \
    feedtool show receipt.txt\n  curl -s https://centre.example/feed/qy6…/1/tile/0/000 | feedtool show -"
)]
pub struct ShowArgs {
    /// A file, a URL, or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    pub from: String,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] if the bytes cannot be read or are nothing that a feed is made of.
pub async fn run(args: &ShowArgs, out: &mut impl Write) -> Result<(), Failure> {
    let bytes = unpacked(read(&args.from).await?);
    let described = describe(&bytes);
    let described = described.ok_or_else(|| Failure::Unrecognized(args.from.clone()))?;
    if args.json {
        let object = json!({"what": described.what, "says": described.says});
        writeln!(out, "{object}")?;
        return Ok(());
    }
    let mut lines = vec![described.what.to_owned()];
    to_lines(&described.says, 2, &mut lines);
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The bytes of a file, a URL, or standard input.
pub(crate) async fn read(from: &str) -> Result<Bytes, Failure> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let url: Url = from
            .parse()
            .map_err(|error| Failure::Usage(format!("{from:?} is no URL: {error}")))?;
        return fetch(url).await;
    }
    let limit = SHOWN_MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let outcome = match from {
        "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        path => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    outcome.map_err(|source| Failure::File {
        path: from.into(),
        source,
    })?;
    if bytes.len() > SHOWN_MAX_BYTES {
        return Err(Failure::Unrecognized(from.to_owned()));
    }
    Ok(bytes.into())
}

async fn fetch(url: Url) -> Result<Bytes, Failure> {
    let http = Http::new(&url, 1)?;
    let ask = Ask {
        url: url.clone(),
        max_bytes: SHOWN_MAX_BYTES,
        wait: WAIT,
        packed: true,
    };
    let answer = http.fetch(ask).await?;
    match answer.status {
        200 => Ok(answer.body),
        410 => Err(Failure::NotFound(format!(
            "{url} was replaced or erased; its entry is still in the log"
        ))),
        status => Err(Failure::Absent {
            url: url.to_string(),
            status,
        }),
    }
}

/// A bundle that was saved as it travels is packed (RFC 8878).
fn unpacked(bytes: Bytes) -> Bytes {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    if !bytes.starts_with(&MAGIC) {
        return bytes;
    }
    let mut plain = Vec::new();
    let decoder = zstd::Decoder::with_buffer(&bytes[..]);
    let read =
        decoder.and_then(|decoder| decoder.take(SHOWN_MAX_BYTES as u64).read_to_end(&mut plain));
    match read {
        Ok(_) => plain.into(),
        Err(_) => bytes,
    }
}
