//! How does a node come to be from the command line?

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::print::{line, out};
use super::{Failure, Voice, paper};
use crate::clock::Clock;
use crate::config::{Config, FILE_NAME, Overrides};
use crate::node;
use crate::store::lockfile::{DirectoryLock, LockError};
use crate::store::real_disk::RealDisk;
use crate::words::say;

/// What a new node is told about itself.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The centre's name in English
    #[arg(long, value_name = "NAME", required_unless_present = "name_fr")]
    name_en: Option<String>,
    /// The centre's name in French
    #[arg(long, value_name = "NAME")]
    name_fr: Option<String>,
    /// Under which URL others reach the node [default: that of the address it listens on]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Write the paper key as a page to print, in both languages
    #[arg(long, value_name = "FILE")]
    paper: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
}

impl Init {
    /// Makes the node in `data` and shows its paper key.
    pub(super) fn run(self, data: &Path, voice: Voice) -> Result<(), Failure> {
        let names = self.names();
        let mut overrides = self.overrides;
        overrides.public_url = self.url.or(overrides.public_url);
        for (tag, name) in &names {
            overrides.set.push(format!("name.{tag}={name}"));
        }
        // The folder may be empty; it may hold a node.toml; it may not hold a node.
        let config = Config::load(data, &overrides)?;
        let disk = RealDisk::shared();
        disk.create_dir_all(data)?;
        protect(data)?;
        let lock = DirectoryLock::take(data)?;
        let paper = self.paper.as_deref().map(Paper::open).transpose()?;
        let url = config.url_at(config.listen);
        let made = node::init(&disk, data, names.clone(), url.as_str(), &Clock::system());
        if made.is_err()
            && let Some(paper) = &paper
        {
            paper.discard();
        }
        let (identity, key) = made?;
        protect(&data.join("keys"))?;
        disk.replace(&data.join(FILE_NAME), config.to_toml().as_bytes())?;
        drop(lock);
        let sheet = paper::Sheet {
            names: &names,
            nid: identity.nid.as_str(),
            key: &key.text(),
        };
        if let Some(paper) = &paper {
            paper.write(&sheet.page())?;
        }
        show(
            &sheet,
            &identity.origin.to_string(),
            data,
            voice,
            paper.as_ref(),
        )
    }

    fn names(&self) -> BTreeMap<String, String> {
        let said = [("en", &self.name_en), ("fr", &self.name_fr)];
        let said = said
            .into_iter()
            .filter_map(|(tag, name)| Some((tag.to_owned(), name.clone()?)));
        said.collect()
    }
}

fn show(
    sheet: &paper::Sheet<'_>,
    origin: &str,
    data: &Path,
    voice: Voice,
    paper: Option<&Paper>,
) -> Result<(), Failure> {
    if voice.json {
        let written = paper.map(|paper| paper.path.display().to_string());
        let made = json!({
            "nid": sheet.nid, "origin": origin, "data": data.display().to_string(),
            "paper_key": sheet.key, "paper": written,
        });
        out(&made);
        return Ok(());
    }
    let lang = voice.lang;
    line(lang, "cli-init-made", &[("nid", sheet.nid.into())]);
    out(format_args!(
        "\n{}\n\n{}",
        say(lang, "cli-init-paper"),
        sheet.key
    ));
    out(format_args!("\n{}", sheet.code()));
    if let Some(paper) = paper {
        let path = paper.path.display().to_string();
        line(lang, "cli-init-written", &[("path", path.into())]);
    }
    let data = data.display().to_string();
    line(lang, "cli-init-next", &[("data", data.into())]);
    Ok(())
}

/// Makes a folder its owner's alone, also if it was there before.
fn protect(dir: &Path) -> Result<(), Failure> {
    let protected = fs::set_permissions(dir, Permissions::from_mode(0o700));
    protected
        .map_err(|error| Failure::refused(format!("cannot protect {}: {error}", dir.display())))
}

/// The file of the page to print. It is opened first: a key that cannot be written must not be made.
pub(super) struct Paper {
    path: PathBuf,
    file: fs::File,
}

impl Paper {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn open(path: &Path) -> Result<Paper, Failure> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path);
        let refused = |error| {
            Failure::refused(format!(
                "cannot write the paper key to {}: {error}",
                path.display()
            ))
        };
        Ok(Paper {
            path: path.to_owned(),
            file: file.map_err(refused)?,
        })
    }

    pub(super) fn write(&self, page: &str) -> Result<(), Failure> {
        use std::io::Write;
        let mut file = &self.file;
        let written = file
            .write_all(page.as_bytes())
            .and_then(|()| file.sync_all());
        written.map_err(|error| {
            Failure::refused(format!("cannot write {}: {error}", self.path.display()))
        })
    }

    pub(super) fn discard(&self) {
        // An empty file that stays behind holds no secret.
        let _ = fs::remove_file(&self.path);
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Failure {
        Failure::refused(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_init_is_refused_and_leaves_no_page() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("centre");
        let voice = Voice {
            json: true,
            lang: clearinghouse_protocol::listing::Lang::En,
        };
        let init = |page: &str| Init {
            name_en: Some("Centre".to_owned()),
            name_fr: None,
            url: None,
            paper: Some(dir.path().join(page)),
            overrides: Overrides::default(),
        };
        init("first.html").run(&data, voice).unwrap();
        let page = fs::read_to_string(dir.path().join("first.html")).unwrap();
        assert!(page.contains("PRIVATE+KEY+"), "{page}");
        let again = init("second.html").run(&data, voice).unwrap_err();
        let exists = node::NodeError::Exists(data.display().to_string()).to_string();
        assert_eq!((again.exit, again.message), (1, exists));
        assert!(!dir.path().join("second.html").exists());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join("keys"))), (0o700, 0o700));
    }
}
