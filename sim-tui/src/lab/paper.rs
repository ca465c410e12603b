//! An answer file on the disk: read, and changed line by line with everything else left as it is.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use sim_core::lab::{Answer, LARGEST, Said};
use sim_core::text;

use super::{find, refused, unreadable};
use crate::captures;
use crate::open::Refused;

/// The answer file that is meant: a file, or that of a lab in the current folder.
///
/// # Errors
/// When there is neither.
pub fn file(name: &str) -> Result<PathBuf, Refused> {
    let path = PathBuf::from(name);
    if path.is_file() {
        return Ok(path);
    }
    let (place, _) = find::files(name)?;
    let id = place.rsplit('/').next().unwrap_or_default();
    let own = PathBuf::from(format!("{id}.txt"));
    match own.is_file() {
        true => Ok(own),
        false => Err(Refused(vec![text!(
            "{id}.txt: no answer in this folder\n   `lvsim lab start {name}` writes one",
            "{id}.txt：当前目录没有答案\n   `lvsim lab start {name}` 会写出一个"
        )])),
    }
}

/// The bytes of a file, and no more than tell that it is too large.
///
/// # Errors
/// When it cannot be read.
pub fn bytes(file: &Path) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let opened = fs::File::open(file).map_err(|why| unreadable(file, &why))?;
    let most = LARGEST as u64 + 1;
    opened.take(most).read_to_end(&mut bytes).map_err(|why| unreadable(file, &why))?;
    Ok(bytes)
}

/// An answer file, read.
///
/// # Errors
/// All that is wrong with it.
pub fn read(file: &Path) -> Result<Answer, Refused> {
    Answer::of_bytes(&file.display().to_string(), &bytes(file)?).map_err(refused)
}

/// Its text.
///
/// # Errors
/// When it is no text.
pub fn text(file: &Path) -> Result<String, Refused> {
    let bytes = bytes(file)?;
    String::from_utf8(bytes).map_err(|_| unreadable(file, &io::ErrorKind::InvalidData.into()))
}

/// Writes it anew.
///
/// # Errors
/// When it cannot be written.
pub fn write(file: &Path, text: &str) -> Result<(), Refused> {
    fs::write(file, text).map_err(|why| captures::refused(file, &why))
}

/// The text with a hint noted at its end.
pub fn with_hint(text: &str, number: usize) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}hint {number}\n")
}

/// The text without its last command, and that command.
pub fn without_last(text: &str) -> Option<(String, String)> {
    let answer = Answer::read("", text).ok()?;
    let (last, ..) = answer.commands().last()?;
    let at = last as usize - 1;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let rest = lines.iter().enumerate().filter(|(own, _)| *own != at).map(|(_, line)| *line);
    Some((rest.collect(), lines.get(at)?.trim().to_owned()))
}

/// The text without commands, waits and predictions, and how many lines that were. Of a file that cannot be read only lines that can
/// be are left: the head, remarks, hints.
pub fn emptied(text: &str) -> (String, usize) {
    let is_kept = |line: &&str| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.is_empty()
            || line.starts_with('#')
            || ["lab", "student", "hint"]
                .contains(&line.split_whitespace().next().unwrap_or_default())
    };
    let lines = text.split_inclusive('\n');
    let gone = lines.clone().filter(|line| !is_kept(line)).count();
    (lines.filter(is_kept).collect(), gone)
}

/// Asks a person; nobody there is no yes.
///
/// # Errors
/// When there is nobody to ask.
pub fn agreed(question: &str) -> Result<bool, Refused> {
    if !io::stdin().is_terminal() {
        return Err(Refused(vec![text!(
            "nobody to ask: add --yes",
            "没有人可以询问：请加上 --yes"
        )]));
    }
    // A question that cannot be shown is not answered with yes.
    let _ = write!(io::stdout(), "{question}").and_then(|()| io::stdout().flush());
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The name of a file that is handed in: student and lab, without what file systems do not take.
pub fn handed_in(student: &str, lab: &str) -> String {
    let fine = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String = student.trim().chars().map(fine).take(60).collect();
    format!("{}_{lab}.txt", name.trim_matches('-'))
}

/// Whether an answer says anything but its head.
pub fn is_begun(answer: &Answer) -> bool {
    answer.entries.iter().any(|entry| !matches!(entry.said, Said::Hint(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "lab a\r\nstudent Ada\n# note\nrs1# ip addr\nwait 1s\npredict t1.a 1\nrs2# ip route\nhint 1";

    #[test]
    fn lines_are_changed_and_the_rest_is_left() {
        assert!(with_hint(TEXT, 2).ends_with("rs2# ip route\nhint 1\nhint 2\n"));
        let (rest, taken) = without_last(TEXT).expect("there are two");
        assert_eq!(taken, "rs2# ip route");
        assert!(
            rest.starts_with("lab a\r\nstudent Ada\n# note\nrs1# ip addr\n")
                && rest.ends_with("hint 1")
        );
        let (rest, _) = without_last(&rest).expect("there is one");
        assert_eq!(without_last(&rest), None);
        assert_eq!(emptied(TEXT), ("lab a\r\nstudent Ada\n# note\nhint 1".into(), 4));
    }

    #[test]
    fn a_name_is_made_fit_for_a_file() {
        assert_eq!(handed_in("Ada Lovelace", "b1-x"), "Ada-Lovelace_b1-x.txt");
        assert_eq!(handed_in("../李 雷", "b1-x"), "李-雷_b1-x.txt");
    }
}
