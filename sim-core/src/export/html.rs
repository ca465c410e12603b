//! A run as one page that needs nothing else: no network, no other file. What happened is in it as JSON; a small script steps
//! through it. Without scripts it is a transcript.

use super::ladder::svg::escape;
use super::palette::{DARK, LIGHT, Palette};
use crate::text::{Lang, Text};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What is to be seen.
    pub title: &'a Text,
    /// What happened, as one JSON object.
    pub data: &'a str,
    /// The same for who has no scripts.
    pub transcript: &'a str,
    /// The language that it opens in.
    pub lang: Lang,
}

/// The page.
///
/// ```
/// use sim_core::export::html::{Page, page};
/// use sim_core::{Lang, Text};
/// let title = Text::same("</script>");
/// let text = page(&Page { title: &title, data: r#"{"a":"</script>"}"#, transcript: "", lang: Lang::En });
/// assert_eq!(text.matches("</script>").count(), 2, "nothing that is told ends a script");
/// ```
pub fn page(page: &Page<'_>) -> String {
    let lang = page.lang.pick("en", "zh");
    // In JSON this sign stands in strings only; without it nothing in them reads as a tag.
    let data = page.data.replace('<', "\\u003c");
    let style = format!("{}{STYLE}", colours());
    let (title, transcript) = (escape(page.title.of(page.lang)), escape(page.transcript));
    let parts = [
        ("lang", lang),
        ("title", &title),
        ("style", &style),
        ("transcript", &transcript),
        ("data", &data),
        ("script", SCRIPT),
    ];
    fill(PAGE, &parts)
}

/// A template with its parts put in. What is put in is not looked at again.
fn fill(template: &str, parts: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, behind) = behind.split_once("}}").expect("the template is ours");
        let part = parts.iter().find(|(own, _)| *own == name).expect("the template is ours");
        out.push_str(before);
        out.push_str(part.1);
        rest = behind;
    }
    out + rest
}

/// The colours as variables, for light ground and for dark.
fn colours() -> String {
    let theme = |palette: &Palette| {
        let Palette { paper, band, ink, soft, line, edit, bad, good, arp, ip } = palette;
        format!(
            "--paper:{paper};--band:{band};--ink:{ink};--soft:{soft};--line:{line};--edit:{edit};--bad:{bad};--good:{good};--arp:{arp};--ip:{ip}"
        )
    };
    let (light, dark) = (theme(&LIGHT), theme(&DARK));
    format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n")
}
