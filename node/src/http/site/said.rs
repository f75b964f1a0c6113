//! In which language did somebody write this, and how is it shown to a reader of another?

use askama::Template;
use askama::filters::HtmlSafe;
use clearinghouse_protocol::listing::Text;

use super::speech::Speech;

/// Words of a centre or a group. Their direction and language are kept apart from the page's.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "said.html")]
pub(super) struct Said {
    /// The tag of its language if that is not the page's.
    lang: Option<String>,
    /// As it was written.
    pub(super) text: String,
}

// The template escapes what it shows.
impl HtmlSafe for Said {}

impl Said {
    /// A text in the reader's language, or in the best other one.
    pub(super) fn best(speech: Speech, text: &Text) -> Option<Said> {
        let (tag, text) = text.best(speech.tag())?;
        Some(Said::tagged(speech, tag, text))
    }

    /// A text whose language is known.
    pub(super) fn tagged(speech: Speech, tag: &str, text: &str) -> Said {
        Said {
            lang: is_other(speech, tag).then(|| tag.to_owned()),
            text: text.to_owned(),
        }
    }

    /// A text in no particular language, such as a person's name.
    pub(super) fn plain(text: &str) -> Said {
        Said {
            lang: None,
            text: text.to_owned(),
        }
    }

    /// The tag of the language if it is not the reader's.
    pub(super) fn other_tongue(&self) -> Option<&str> {
        self.lang.as_deref()
    }
}

/// A text of several paragraphs.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "prose.html")]
pub(super) struct Prose {
    lang: Option<String>,
    /// Paragraphs of lines.
    paragraphs: Vec<Vec<String>>,
}

// The template escapes what it shows.
impl HtmlSafe for Prose {}

impl Prose {
    /// A text in the reader's language, or in the best other one.
    pub(super) fn best(speech: Speech, text: &Text) -> Option<Prose> {
        let (tag, text) = text.best(speech.tag())?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let paragraphs = lines.split(|line| line.is_empty());
        Some(Prose {
            lang: is_other(speech, tag).then(|| tag.to_owned()),
            paragraphs: paragraphs
                .filter(|lines| !lines.is_empty())
                .map(|lines| lines.iter().map(|line| (*line).to_owned()).collect())
                .collect(),
        })
    }
}

fn is_other(speech: Speech, tag: &str) -> bool {
    let primary = tag.split('-').next().unwrap_or(tag);
    !primary.eq_ignore_ascii_case(speech.tag())
}
