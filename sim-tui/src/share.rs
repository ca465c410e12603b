//! What of a run is shared: a stretch of time, some of the frames; and the page of it.

pub mod page;

use std::time::Duration;

use clap::Args;
use sim_core::export::ladder::Options;
use sim_core::tcpdump::Filter;
use sim_core::{Instant, Text, text};

use crate::cli::time;
use crate::lang::Lang;
use crate::open::Refused;

/// Which part of a run is asked for.
#[derive(Debug, Args)]
pub struct Choice {
    /// Of a picture or a page: what begins at this virtual time or later.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = LABS)]
    from: Option<Duration>,
    /// Of a picture or a page: what begins until this virtual time.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = LABS)]
    until: Option<Duration>,
    /// Of a picture or a page: frames that this filter of tcpdump lets through.
    #[arg(long, value_name = "FILTER", conflicts_with_all = LABS)]
    filter: Option<String>,
}

/// What has no such parts.
const LABS: [&str; 4] = ["netns", "kathara", "containerlab", "cast"];

impl Choice {
    /// The same for the ladder.
    ///
    /// # Errors
    /// When the filter is wrong.
    pub fn options(&self, lang: Lang) -> Result<Options, Refused> {
        let filter = self.filter.as_deref().map(|words| {
            Filter::parse(words).map_err(|error| {
                let (at, why, help) = (&error.at, &error.message, &error.help);
                // The word that is meant, with the place where it begins.
                let word = words.get(at.clone()).unwrap_or_default();
                let place = words.get(..at.start).map_or(0, |before| before.chars().count()) + 1;
                let Text { en, zh } = why;
                let (en_help, zh_help) = (&help.en, &help.zh);
                Refused(vec![text!(
                    "--filter:{place}: `{word}`: {en}; {en_help}",
                    "--filter:{place}：`{word}`：{zh}；{zh_help}"
                )])
            })
        });
        let at = |time: Duration| Instant::ZERO + time;
        let (from, until) = (self.from.map(at), self.until.map(at));
        Ok(Options { from, until, filter: filter.transpose()?, lang })
    }
}
