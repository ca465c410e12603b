//! What Home lists: the scenarios by chapters of the course, each with its title.
//!
//! A title is read off the text without reading the rest, so that Home is there at once; a test holds it to the loader's.

use std::borrow::Cow;

use sim_core::{Text, text};

use crate::curriculum::{self, CHAPTERS};
use crate::scenarios::SHIPPED;

/// A scenario that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name: `dr/arp-walk`.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// Its place among [`CHAPTERS`].
    pub chapter: usize,
    /// Its text.
    pub text: Cow<'static, str>,
}

/// What a beginner opens first.
pub const START: &str = "dr/arp-walk";

/// The chapter of what is no part of the course.
pub const OWN: usize = CHAPTERS.len();

/// The title of a chapter.
pub fn chapter(at: usize) -> Text {
    match CHAPTERS.get(at) {
        Some(own) => Text { en: own.en.into(), zh: own.zh.into() },
        None => text!("Your own", "你自己的"),
    }
}

/// All shipped scenarios, in the order of [`CHAPTERS`].
pub fn shipped() -> Vec<Item> {
    let mut items: Vec<Item> = SHIPPED.iter().map(|(name, text)| item(name, *text)).collect();
    items.sort_by_key(|item| curriculum::place(&item.name).unwrap_or((OWN, 0)));
    items
}

/// A scenario of this name and text.
pub fn item(name: &str, text: impl Into<Cow<'static, str>>) -> Item {
    let text = text.into();
    let chapter = curriculum::place(name).map_or(OWN, |(chapter, _)| chapter);
    let title = title(&text).unwrap_or_else(|| Text::same(name));
    Item { name: name.into(), title, chapter, text }
}

/// The shipped scenario of this name.
pub fn find(name: &str) -> Option<Item> {
    SHIPPED.iter().find(|(own, _)| *own == name).map(|(own, text)| item(own, *text))
}

/// The title in a scenario's text.
fn title(text: &str) -> Option<Text> {
    let (_, behind) = text.split_once("title:")?;
    let (en, behind) = string(behind.split_once("en:")?.1)?;
    let (zh, _) = string(behind.split_once("zh:")?.1)?;
    Some(Text { en, zh })
}

/// The string that a text begins with, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut read = String::new();
    let mut chars = text.char_indices();
    while let Some((at, own)) = chars.next() {
        match own {
            '"' => return Some((read, &text[at + 1..])),
            '\\' => read.push(chars.next()?.1),
            own => read.push(own),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use sim_core::story::open;

    use super::*;

    #[test]
    fn titles_are_those_of_the_loader() {
        let items = shipped();
        assert_eq!(items.len(), SHIPPED.len());
        for item in &items {
            let scenario = open(&item.name, &item.text, None, false).expect("it loads");
            assert_eq!(item.title, scenario.title, "{}", item.name);
            assert_ne!(item.chapter, OWN, "{}: it belongs to a chapter", item.name);
        }
        assert_eq!(items[0].name, START);
    }
}
