//! Whether a text ends where a command ends, or in the midst of one that the next line goes on with.
//!
//! This knows all of a shell's brackets, those too that are refused later: the lines of an `if` or a
//! function that was pasted must not be typed one by one as if nothing stood around them.

use std::iter::Peekable;
use std::str::Chars;

/// Whether a shell would run this text rather than read another line: quotes are closed, loops and
/// all other brackets ended, and neither `\` nor `&&` nor `|` stands last.
///
/// ```
/// use sim_core::shell::is_whole;
/// assert!(is_whole("for i in 2 3; do echo $i; done"));
/// assert!(!is_whole("for i in 2 3; do"));
/// assert!(!is_whole("ip addr add 192.0.2.1/32 \\"));
/// ```
pub fn is_whole(text: &str) -> bool {
    let chars = text.chars().peekable();
    let mut reader = Reader { chars, documents: Vec::new(), hopeless: false };
    reader.list(0).is_some() || reader.hopeless
}

/// The deepest brackets that are followed; what is deeper is whole, and refused when it is read.
const DEEPEST: usize = 32;

/// A bracket that is open.
enum Open {
    /// A word that this word ends.
    Word(&'static str),
    /// A `case`, and whether a pattern stands next.
    Case { pattern: bool },
}

/// Where the next word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where a command begins: it may be a keyword.
    First,
    /// After the name of a command.
    Later,
    /// After what wants a command behind it: `&&`, `||`, `|`, `f()`.
    Wanted,
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    /// The ends of the here-documents that begin with the next line, and whether tabs stand before.
    documents: Vec<(String, bool)>,
    /// What is wrong is no better with another line.
    hopeless: bool,
}

/// `None` says that the text ends too early.
type Read<T = ()> = Option<T>;

impl Reader<'_> {
    fn eat(&mut self, wanted: char) -> bool {
        self.chars.next_if_eq(&wanted).is_some()
    }

    /// Commands up to the end of the text, or within parentheses up to the closing one.
    fn list(&mut self, depth: usize) -> Read {
        if depth > DEEPEST {
            return self.give_up();
        }
        let mut open: Vec<Open> = Vec::new();
        let mut place = Place::First;
        loop {
            let Some(&c) = self.chars.peek() else {
                let whole = depth == 0 && open.is_empty() && place != Place::Wanted;
                return (whole && self.documents.is_empty()).then_some(());
            };
            let pattern = matches!(open.last(), Some(Open::Case { pattern: true }));
            match c {
                ' ' | '\t' | '\r' => drop(self.chars.next()),
                '#' => while self.chars.next_if(|c| *c != '\n').is_some() {},
                '\n' => {
                    self.chars.next();
                    self.skip_documents()?;
                    place = if place == Place::Wanted { place } else { Place::First };
                }
                ';' => {
                    self.chars.next();
                    let ends = self.eat(';') | self.eat('&');
                    if let (true, Some(Open::Case { pattern })) = (ends, open.last_mut()) {
                        *pattern = true;
                    }
                    place = Place::First;
                }
                '&' | '|' => {
                    self.chars.next();
                    let twice = self.eat(c);
                    let wants = twice || c == '|';
                    place = if wants && !pattern { Place::Wanted } else { Place::First };
                }
                '(' => {
                    self.chars.next();
                    if place == Place::Later && self.eat(')') {
                        place = Place::Wanted;
                    } else if !pattern {
                        self.list(depth + 1)?;
                        place = Place::Later;
                    }
                }
                ')' => {
                    self.chars.next();
                    match open.last_mut() {
                        Some(Open::Case { pattern }) => *pattern = false,
                        _ if depth > 0 => return Some(()),
                        _ => {}
                    }
                    place = Place::First;
                }
                '<' | '>' => self.arrow(c, depth)?,
                _ => {
                    let (word, quoted) = self.word(depth)?;
                    let word = if quoted { "" } else { &word };
                    place = self.after_word(word, place, pattern, &mut open, depth)?;
                }
            }
        }
    }

    /// What a word opens or ends, and where the next one stands.
    fn after_word(
        &mut self,
        word: &str,
        place: Place,
        pattern: bool,
        open: &mut Vec<Open>,
        depth: usize,
    ) -> Read<Place> {
        if pattern {
            if word == "esac" {
                open.pop();
            }
            return Some(Place::Later);
        }
        if place == Place::Later {
            return Some(Place::Later);
        }
        let closing = match word {
            "if" => "fi",
            "for" | "select" | "while" | "until" => "done",
            "{" => "}",
            "case" => {
                self.name(depth)?;
                self.blanks(true)?;
                self.word(depth)?;
                open.push(Open::Case { pattern: true });
                return Some(Place::Later);
            }
            "function" => {
                self.name(depth)?;
                return Some(Place::Wanted);
            }
            "then" | "else" | "elif" | "do" | "!" | "time" => return Some(Place::First),
            "fi" | "done" | "}" | "esac" => {
                match open.last() {
                    Some(Open::Word(wanted)) if *wanted == word => drop(open.pop()),
                    Some(Open::Case { .. }) if word == "esac" => drop(open.pop()),
                    _ => {}
                }
                return Some(Place::Later);
            }
            _ => return Some(Place::Later),
        };
        open.push(Open::Word(closing));
        if matches!(word, "for" | "select") {
            self.name(depth)?;
            return Some(Place::Later);
        }
        Some(Place::First)
    }

    fn give_up<T>(&mut self) -> Read<T> {
        self.hopeless = true;
        None
    }

    /// The word that must stand on the same line.
    fn name(&mut self, depth: usize) -> Read {
        while self.chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        match self.chars.peek() {
            None | Some('\r' | '\n' | ';') => self.give_up(),
            Some(_) => self.word(depth).map(drop),
        }
    }

    /// Blanks, and perhaps ends of lines, before a word that must come.
    fn blanks(&mut self, lines: bool) -> Read {
        let blank = |c: &char| matches!(c, ' ' | '\t' | '\r') || lines && *c == '\n';
        while self.chars.next_if(blank).is_some() {}
        self.chars.peek().map(drop)
    }

    /// A redirection, perhaps of a here-document.
    fn arrow(&mut self, c: char, depth: usize) -> Read {
        self.chars.next();
        if self.eat('(') {
            return self.list(depth + 1);
        }
        if c == '<' && self.eat('<') && !self.eat('<') {
            let tabs = self.eat('-');
            self.blanks(false)?;
            let (end, _) = self.word(depth)?;
            self.documents.push((end, tabs));
        } else {
            // `>&`, `>|` and `<&` want no command.
            self.chars.next_if(|c| matches!(c, '&' | '|' | '>'));
        }
        Some(())
    }

    /// The lines of the here-documents that were announced.
    fn skip_documents(&mut self) -> Read {
        for (end, tabs) in std::mem::take(&mut self.documents) {
            loop {
                self.chars.peek()?;
                let mut line = String::new();
                while let Some(c) = self.chars.next_if(|c| *c != '\n') {
                    line.push(c);
                }
                self.chars.next();
                let line = line.trim_end_matches('\r');
                if (if tabs { line.trim_start_matches('\t') } else { line }) == end {
                    break;
                }
            }
        }
        Some(())
    }

    /// A word without its quotes, and whether it had some: then it is no keyword.
    fn word(&mut self, depth: usize) -> Read<(String, bool)> {
        let mut word = String::new();
        let mut quoted = false;
        while let Some(c) = self.chars.next_if(|c| !" \t\r\n;&|()<>".contains(*c)) {
            quoted |= "\\'\"`$".contains(c);
            match c {
                '\\' => match self.chars.next()? {
                    '\n' => {}
                    c => word.push(c),
                },
                '\'' => loop {
                    match self.chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                },
                '"' => self.double_quoted(&mut word, depth)?,
                '`' => while self.chars.next()? != '`' {},
                '$' => self.dollar(depth)?,
                c => word.push(c),
            }
        }
        Some((word, quoted))
    }

    fn double_quoted(&mut self, word: &mut String, depth: usize) -> Read {
        loop {
            match self.chars.next()? {
                '"' => return Some(()),
                '\\' => word.push(self.chars.next()?),
                '$' => self.dollar(depth)?,
                '`' => while self.chars.next()? != '`' {},
                c => word.push(c),
            }
        }
    }

    /// What stands behind a `$`: `${…}`, `$(…)`, or the name that is read as part of the word.
    fn dollar(&mut self, depth: usize) -> Read {
        if self.eat('{') {
            while self.chars.next()? != '}' {}
        } else if self.eat('(') {
            self.list(depth + 1)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    #[rustfmt::skip]
    fn a_text_is_whole_where_bash_would_run_it() {
        for text in [
            "", "# if", "ip a", "ip a \\\n show", "echo if; echo then", "echo 'a' \"b\" \\\\", "ip a &",
            "for i in 1 2\ndo\n ip a\ndone", "for i in 1; do for j in 2; do ip a; done; done && ip r",
            "echo for i in 1", "echo '#' # '", "echo \"$(ip a)\" ${x} `ip r` $x", "a && b || c; d | e",
            "if true; then ip a; else ip r; fi", "while true\ndo\nip a\ndone", "f() { ip a; }", "f ()\n{\nip a\n}",
            "function f\n{\n ip a\n}", "(ip a; ip r)", "case $1 in\nstart)\n ip a\n ;;\n stop|halt) if x; then y; fi;;\nesac",
            "case \"$1\" in (a) ip a;; esac", "case $1 in esac", "cat <<EOF\nif for \"\nEOF\n", "cat <<-'EOF' > /x\nif\n\tEOF",
            "cat <<< if", "ip a > /dev/null 2>&1", "ip a &> /dev/null", "ip a >| x", "echo $((1 + 2))",
            // What is wrong is whole: reading on would not mend it.
            "done", "fi", ")", ";;", "}", "for", "for;;done", "case", "case\n", "function", "select ",
        ] {
            assert!(is_whole(text), "{text}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn a_text_is_not_whole_where_bash_would_read_on() {
        for text in [
            "ip a \\", "echo a\\", "echo \"a", "echo 'a", "echo ${a", "echo $(ip a", "echo `ip a", "echo \"$(", "ip a &&", "ip a ||\n", "ip a |",
            "for i", "for i in 1 2", "for i in 1 2; do", "for i in 1\ndo\nip a", "for i in 1; do for j in 2; do ip a; done",
            "for i in 1; do echo done", "if true", "if true; then\nip a", "while true; do ip a", "until x", "f() {\nip a", "f()", "f ()\n",
            "function f", "{ ip a", "(ip a", "case $1", "case $1 in", "case $1 in\nstart)\nip a\n;;", "case $1 in a) ip a",
            "cat <<EOF", "cat <<EOF\na\nEOFF", "cat <<EOF >/x\na",
        ] {
            assert!(!is_whole(text), "{text}");
        }
    }

    #[test]
    fn deep_brackets_come_to_an_end() {
        assert!(is_whole(&"(".repeat(100_000)));
        assert!(!is_whole(&"if ".repeat(100_000)));
    }
}
