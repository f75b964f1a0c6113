//! How does a node get another name or address from the command line?

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use clearinghouse_protocol::feed::identity::rotation_hash;
use clearinghouse_protocol::tlog::hash::Hash;
use serde_json::json;

use super::init::Paper;
use super::print::{line, out};
use super::{Failure, Voice, ask, paper};
use crate::clock::Clock;
use crate::desk::keys::{Rotated, Rotation};
use crate::desk::request::{Answer, Question, Request};
use crate::node::PaperKey;
use crate::words::say;

/// A paper key is a line of some 100 letters.
const PAPER_MAX_BYTES: u64 = 1024;

/// What a node is to change, with its paper key.
#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// The address under which the node is served from now on
    #[arg(long, value_name = "URL", required_unless_present_any = ["name_en", "name_fr"])]
    url: Option<String>,
    /// The centre's new name in English
    #[arg(long, value_name = "NAME")]
    name_en: Option<String>,
    /// The centre's new name in French
    #[arg(long, value_name = "NAME")]
    name_fr: Option<String>,
    /// A file with the paper key that counts now, or - for standard input [default: asked for]
    #[arg(long, value_name = "FILE")]
    paper_key_file: Option<PathBuf>,
    /// Write the new paper key as a page to print, in both languages
    #[arg(long, value_name = "FILE")]
    paper: Option<PathBuf>,
}

impl Rotate {
    /// Makes the next paper key, shows it, and has the node sign with the one before.
    pub(super) fn run(self, data: &Path, voice: Voice) -> Result<(), Failure> {
        let Answer::Status(status) = ask::done(data, Request::Status.into(), voice)? else {
            unreachable!("a status is answered with a status");
        };
        let old = self.old_key(voice)?;
        let page = self.paper.as_deref().map(Paper::open).transpose()?;
        let new = PaperKey::new(&Clock::system());
        let sheet = paper::Sheet {
            names: &status.names,
            nid: &status.nid,
            key: &new.text(),
        };
        // The new key is in your hands before it counts: the other way round, a power cut would
        // leave a node that nobody can ever give a new key again.
        if let Some(page) = &page {
            page.write(&sheet.page())?;
        }
        if !voice.json {
            let told = say(voice.lang, "cli-rotate-paper");
            out(format_args!("{told}\n\n{}\n\n{}", sheet.key, sheet.code()));
        }
        let said = [("en", &self.name_en), ("fr", &self.name_fr)].into_iter();
        let names = said.filter_map(|(tag, name)| Some((tag.to_owned(), name.clone()?)));
        let rotation = Rotation {
            names: names.collect::<BTreeMap<_, _>>(),
            url: self.url.clone(),
            next: Hash(rotation_hash(new.public())).to_string(),
        };
        let question = Question {
            request: Request::Rotate(rotation),
            files: vec![Bytes::from(old)],
        };
        let answer = ask::done(data, question, voice).inspect_err(|_| {
            if let Some(page) = &page {
                page.discard();
            }
            if !voice.json {
                line(voice.lang, "cli-rotate-void", &[]);
            }
        })?;
        let Answer::Rotated(rotated) = answer else {
            unreachable!("a rotation is answered with what came of it");
        };
        let page = page.map(|page| page.path().display().to_string());
        show(&rotated, sheet.key, page, voice);
        Ok(())
    }

    /// The key that counts now. It is never an argument: those can be read by everyone on the machine.
    fn old_key(&self, voice: Voice) -> Result<String, Failure> {
        let mut text = String::new();
        let mut stdin = std::io::stdin().lock().take(PAPER_MAX_BYTES);
        let read = match self.paper_key_file.as_deref() {
            Some(path) if path != Path::new("-") => std::fs::File::open(path)
                .and_then(|file| file.take(PAPER_MAX_BYTES).read_to_string(&mut text)),
            _ => {
                if std::io::stdin().is_terminal() {
                    eprintln!("{}", say(voice.lang, "cli-rotate-ask"));
                }
                stdin.read_line(&mut text)
            }
        };
        read.map_err(|error| Failure::refused(format!("cannot read the paper key: {error}")))?;
        Ok(text)
    }
}

fn show(rotated: &Rotated, key: &str, page: Option<String>, voice: Voice) {
    if voice.json {
        out(json!({
            "nid": rotated.nid, "seq": rotated.seq, "origin": rotated.origin,
            "names": rotated.names, "url": rotated.url, "paper_key": key, "paper": page,
        }));
        return;
    }
    let lang = voice.lang;
    line(
        lang,
        "cli-rotate-done",
        &[("url", rotated.url.as_str().into())],
    );
    if let Some(path) = page {
        line(lang, "cli-init-written", &[("path", path.into())]);
    }
}
