//! What stands on the sheet of paper that brings a node back when its machine is lost?

use std::collections::BTreeMap;

use clearinghouse_protocol::listing::Lang;
use qrcode::QrCode;
use qrcode::render::{svg, unicode};

use crate::words::say;

/// The key of the highest priority, and whose it is.
pub(super) struct Sheet<'a> {
    /// The centre's names by language.
    pub(super) names: &'a BTreeMap<String, String>,
    /// The node's identifier.
    pub(super) nid: &'a str,
    /// The key's secret text.
    pub(super) key: &'a str,
}

impl Sheet<'_> {
    /// The key as a QR code for a terminal.
    pub(super) fn code(&self) -> String {
        // Dark on light is how it will be read; a terminal's background is mostly dark.
        self.qr()
            .render::<unicode::Dense1x2>()
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build()
    }

    /// A page to print, in both languages, that asks nothing of any network.
    pub(super) fn page(&self) -> String {
        let names: Vec<String> = self.names.values().map(|name| escaped(name)).collect();
        let picture = self
            .qr()
            .render::<svg::Color<'_>>()
            .min_dimensions(280, 280)
            .build();
        let picture = picture
            .split_once("?>")
            .map_or(picture.as_str(), |(_, svg)| svg);
        let mut text = String::new();
        for lang in Lang::ALL {
            text.push_str(&format!(
                "<section lang=\"{}\"><h2>{}</h2><p>{}</p></section>\n",
                lang.tag(),
                escaped(&say(lang, "cli-paper-title")),
                escaped(&say(lang, "cli-paper-text")),
            ));
        }
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
             <style>body{{font:12pt/1.4 serif;max-width:36em;margin:2em auto}}\
             code{{display:block;overflow-wrap:anywhere;font-size:11pt;margin:1em 0}}</style>\n\
             <h1>{title}</h1>\n<p>{nid}</p>\n{text}<code>{key}</code>\n{picture}\n</html>\n",
            title = names.join(" / "),
            nid = escaped(self.nid),
            key = escaped(self.key),
        )
    }

    fn qr(&self) -> QrCode {
        QrCode::new(self.key).expect("a key has a tenth of the letters that fit")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_the_key_in_both_languages_and_trusts_no_name() {
        let names = BTreeMap::from([("en".to_owned(), "A <b> & c".to_owned())]);
        let sheet = Sheet {
            names: &names,
            nid: "nid",
            key: "PRIVATE+KEY+x+y",
        };
        let page = sheet.page();
        assert!(page.contains("A &lt;b&gt; &amp; c"), "{page}");
        assert!(page.contains("PRIVATE+KEY+x+y") && page.contains("<svg"));
        for lang in Lang::ALL {
            assert!(page.contains(&escaped(&say(lang, "cli-paper-title"))));
        }
    }
}
