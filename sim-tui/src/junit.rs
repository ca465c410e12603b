//! Results as JUnit XML, which continuous integration reads.
//!
//! Not to hold is a failure; a file that cannot be played is an error.

use std::fs;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use sim_core::{Text, text};

use crate::lang::{self, Lang};
use crate::open::Refused;

/// What has come of a scenario.
#[derive(Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What has come of it.
    pub outcome: Outcome,
    /// What it took of real time.
    pub took: Duration,
}

/// How a case ended.
#[derive(Debug)]
pub enum Outcome {
    /// As it should.
    Ok,
    /// Something does not hold.
    Failure(Vec<Text>),
    /// It could not be played.
    Error(Vec<Text>),
}

impl Outcome {
    /// What there is to say.
    pub fn sentences(&self) -> &[Text] {
        match self {
            Self::Ok => &[],
            Self::Failure(sentences) | Self::Error(sentences) => sentences,
        }
    }
}

/// Writes the report of a command.
///
/// # Errors
/// When the file cannot be written.
pub fn write(
    file: &str,
    command: &str,
    cases: &[Case],
    took: Duration,
    lang: Lang,
) -> Result<(), Refused> {
    fs::write(file, report(command, cases, took, lang)).map_err(|why| {
        let Text { en, zh } = lang::why(&why);
        Refused(vec![text!("{file}: cannot be written: {en}", "{file}：无法写入：{zh}")])
    })
}

/// The report of a command as text.
pub fn report(command: &str, cases: &[Case], took: Duration, lang: Lang) -> String {
    let mut suite = TestSuite::new("lvsim");
    suite.set_time(took);
    suite.add_test_cases(cases.iter().map(|case| element(case, lang)));
    let mut report = Report::new(command);
    report.set_time(took).add_test_suite(suite);
    report.to_string().expect("a string takes any text")
}

/// A scenario; its class is its folder, as other tools group by it.
fn element(case: &Case, lang: Lang) -> TestCase {
    let sentences: Vec<&str> = case.outcome.sentences().iter().map(|text| text.of(lang)).collect();
    let kind = match case.outcome {
        Outcome::Error(_) => NonSuccessKind::Error,
        Outcome::Ok | Outcome::Failure(_) => NonSuccessKind::Failure,
    };
    let status = match sentences.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(first.lines().next().unwrap_or_default());
            status.set_description(sentences.join("\n"));
            status
        }
    };
    let folder = case.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut element = TestCase::new(case.name.as_str(), status);
    element.set_classname(folder).set_time(case.took);
    element
}
