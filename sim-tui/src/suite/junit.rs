//! The suite as JUnit XML, which continuous integration reads.
//!
//! Not to hold is a failure; a file that cannot be played is an error.

use std::fs;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use sim_core::{Text, text};

use super::{End, Row};
use crate::lang::{self, Lang};
use crate::open::Refused;

/// Writes the report.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &str, rows: &[Row], took: Duration, lang: Lang) -> Result<(), Refused> {
    let mut suite = TestSuite::new("lvsim");
    suite.set_time(took);
    suite.add_test_cases(rows.iter().map(|row| case(row, lang)));
    let mut report = Report::new("lvsim test");
    report.set_time(took).add_test_suite(suite);
    let text = report.to_string().expect("a string takes any text");
    fs::write(file, text).map_err(|why| {
        let Text { en, zh } = lang::why(&why);
        Refused(vec![text!("{file}: cannot be written: {en}", "{file}：无法写入：{zh}")])
    })
}

/// A scenario; its class is its folder, as other tools group by it.
fn case(row: &Row, lang: Lang) -> TestCase {
    let sentences: Vec<&str> = row.end.sentences().iter().map(|text| text.of(lang)).collect();
    let status = match (&row.end, sentences.first()) {
        (_, None) => TestCaseStatus::success(),
        (end, Some(first)) => {
            let kind = match end {
                End::Played { .. } => NonSuccessKind::Failure,
                End::Wrong(_) => NonSuccessKind::Error,
            };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(first.lines().next().unwrap_or_default());
            status.set_description(sentences.join("\n"));
            status
        }
    };
    let folder = row.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut case = TestCase::new(row.name.as_str(), status);
    case.set_classname(folder).set_time(row.took);
    case
}
