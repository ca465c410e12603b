//! `sysctl` of procps: kernel settings by name.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Tool, flag, real, value};
use super::word::{Quoted, Word};
use crate::{Text, text};

use regex_lite::{Regex, RegexBuilder};

/// One `sysctl` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctl {
    /// `-q`: does not print what was set.
    pub quiet: bool,
    /// `-n`: prints values without their keys.
    pub values_only: bool,
    /// `-N`: prints keys without their values.
    pub names_only: bool,
    /// `-e`: says nothing of keys that do not exist.
    pub ignore: bool,
    /// `-r`: only the keys that this pattern finds.
    pub pattern: Option<Pattern>,
    /// What is done.
    pub action: Action,
}

/// An extended regular expression of POSIX, of which nothing is asked but whether it is found.
#[derive(Clone, Debug)]
pub struct Pattern {
    typed: String,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// The pattern, unless it is none, or one that POSIX and Perl read differently.
    pub fn new(typed: &str) -> Option<Self> {
        Self::folded(typed, false)
    }

    /// The same, perhaps for capital and small letters alike.
    pub(super) fn folded(typed: &str, fold: bool) -> Option<Self> {
        let letters = |c: char| c.is_alphanumeric() && !"wWsSbB".contains(c);
        let perl =
            typed.contains("(?") || typed.split('\\').skip(1).any(|rest| rest.starts_with(letters));
        let regex =
            RegexBuilder::new(typed).case_insensitive(fold).build().ok().filter(|_| !perl)?;
        Some(Self { typed: typed.to_owned(), regex })
    }

    /// Whether it is found in a text.
    pub(super) fn finds(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// What `sysctl` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `K` and `K=V`, in the order typed.
    Items(Vec<Item>),
    /// `-p [FILE…]`: the lines of files; `/etc/sysctl.conf` if none is named.
    Load(Vec<String>),
    /// `-a`: prints all.
    All,
}

/// One word of a `sysctl` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `K`: print it.
    Get(Key),
    /// `K=V`: set it.
    Set(Key, String),
}

/// The name of a setting, kept as its path below `/proc/sys`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// The key of a path below `/proc/sys`: `net/ipv4/ip_forward`.
    pub fn from_path(path: &str) -> Self {
        Self(path.into())
    }

    /// The key that is typed as `net.ipv4.ip_forward` or `net/ipv4/ip_forward`.
    ///
    /// The first of the two separators decides; the other one then stands for itself in names such
    /// as `eth0.100`.
    pub fn new(typed: &str) -> Self {
        match typed.find(['.', '/']) {
            Some(first) if typed[first..].starts_with('.') => Self(swap(typed)),
            // A slash before all is the only way to begin with a name that has a dot.
            _ => Self(typed.trim_start_matches('/').into()),
        }
    }

    /// Below `/proc/sys`.
    pub fn path(&self) -> &str {
        &self.0
    }
}

/// Dots for slashes and slashes for dots.
fn swap(text: &str) -> String {
    let other = |c| match c {
        '.' => '/',
        '/' => '.',
        c => c,
    };
    text.chars().map(other).collect()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path whose first name has a dot can only be typed with slashes.
        match self.0.find(['.', '/']) {
            Some(first) if self.0[first..].starts_with('.') => write!(f, "/{}", self.0),
            _ => f.write_str(&swap(&self.0)),
        }
    }
}

pub(super) static SYSCTL: Tool = Tool {
    name: "sysctl",
    options: &[
        flag("-w", "--write"),
        flag("-q", "--quiet"),
        flag("-n", "--values"),
        flag("-p", "--load"),
        flag("-a", "--all"),
        flag("-A", ""),
        real("-b", "--binary"),
        real("-d", ""),
        flag("-e", "--ignore"),
        real("-f", ""),
        real("-h", "--help"),
        flag("-N", "--names"),
        value("-r", "--pattern"),
        real("-V", "--version"),
        real("-x", ""),
        flag("-X", ""),
        real("--deprecated", ""),
        real("--dry-run", ""),
        real("--system", ""),
    ],
    dialect: Dialect::Long,
    status: 1,
};

/// How it is written with what is simulated.
fn shape() -> Text {
    text!(
        "sysctl KEY, sysctl -w KEY=VALUE (without blanks), sysctl -p, sysctl -a [-r PATTERN]",
        "sysctl KEY，sysctl -w KEY=VALUE（不带空格），sysctl -p，sysctl -a [-r PATTERN]",
    )
}

impl Sysctl {
    /// Whether the pattern, if there is one, finds this key.
    pub fn means(&self, key: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.finds(key))
    }

    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let (mut write, mut quiet, mut values_only) = (None, false, false);
        let (mut names, mut ignore, mut pattern) = (None, false, None);
        let (mut load, mut all) = (None, None);
        let mut operands = Vec::new();
        for arg in SYSCTL.args(words) {
            match arg? {
                Arg::Operand(word) => operands.push(word),
                Arg::Option(given) => match given.name {
                    "-w" => write = Some(given.typed),
                    "-q" => quiet = true,
                    "-n" => values_only = true,
                    "-p" => load = Some(given),
                    "-N" => names = Some(given.typed),
                    "-e" => ignore = true,
                    "-r" => pattern = Some((read_pattern(&given.value)?, given.typed)),
                    _ => all = Some(given.typed),
                },
            }
        }
        let action = match (load, all, write) {
            (Some(_), Some(other), _)
            | (Some(_), None, Some(other))
            | (None, Some(_), Some(other)) => {
                return Err(CommandError::not_simulated(&other, 1).help(shape()));
            }
            (Some(_), None, None) => {
                Action::Load(operands.into_iter().map(|word| word.text).collect())
            }
            (None, Some(_), None) => match operands.first() {
                Some(word) => return Err(SYSCTL.extra(word)),
                None => Action::All,
            },
            (None, None, write) => items(&words[0], &operands, write.is_some())?,
        };
        // With these, sysctl sets all the same and prints something else, or not.
        let shows = match &action {
            Action::All => true,
            Action::Load(_) => false,
            Action::Items(items) => items.iter().all(|item| matches!(item, Item::Get(_))),
        };
        let typed = names.as_ref().or(pattern.as_ref().map(|(_, typed)| typed));
        if let Some(typed) = typed.filter(|_| !shows) {
            return Err(CommandError::not_simulated(typed, 1).help(shape()));
        }
        let (names_only, pattern) = (names.is_some(), pattern.map(|(pattern, _)| pattern));
        Ok(Self { quiet, values_only, names_only, ignore, pattern, action })
    }
}

fn read_pattern(word: &Word) -> Result<Pattern, CommandError> {
    let help = || {
        text!(
            "a pattern: . * + ? | ^ $ ( ) [a-z], what is opened closed; \\ before one stands for it",
            "模式：. * + ? | ^ $ ( ) [a-z]，括号成对；前面加 \\ 表示字符本身"
        )
    };
    Pattern::new(&word.text).ok_or_else(|| CommandError::not_simulated(word, 1).help(help()))
}

fn items(sysctl: &Word, words: &[Word], write: bool) -> Result<Action, CommandError> {
    if words.is_empty() {
        let message = "sysctl: no variables specified\nTry `sysctl --help' for more information.";
        return Err(CommandError::tool(&sysctl.span, 1, message).help(shape()));
    }
    words.iter().map(|word| item(word, write)).collect::<Result<_, _>>().map(Action::Items)
}

fn item(word: &Word, write: bool) -> Result<Item, CommandError> {
    let refuse = |message: &str| Err(CommandError::tool(&word.span, 1, message).help(shape()));
    let (key, value) = match word.text.split_once('=') {
        Some((key, value)) => (key.trim(), Some(value.trim())),
        None if write => return refuse("sysctl: command line(0): invalid syntax, continuing..."),
        None => (word.text.trim(), None),
    };
    let key = Key::new(key);
    if key.path().starts_with('-') {
        let text =
            format!("sysctl: cannot stat /proc/sys/{}: No such file or directory", key.path());
        return refuse(&text);
    }
    let mut names = key.path().split('/');
    if names.any(|name| matches!(name, "" | "." | "..")) {
        return refuse("sysctl: Path is not under /proc/sys/: /proc/sys/");
    }
    Ok(match value {
        Some(value) => Item::Set(key, value.into()),
        None => Item::Get(key),
    })
}

impl fmt::Display for Sysctl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sysctl")?;
        if self.quiet {
            f.write_str(" -q")?;
        }
        if self.values_only {
            f.write_str(" -n")?;
        }
        if self.names_only {
            f.write_str(" -N")?;
        }
        if self.ignore {
            f.write_str(" -e")?;
        }
        if let Some(pattern) = &self.pattern {
            write!(f, " -r {}", Quoted(&pattern.typed))?;
        }
        match &self.action {
            Action::All => f.write_str(" -a"),
            Action::Load(files) => {
                f.write_str(" -p")?;
                // A file whose name looks like an option.
                if files.iter().any(|file| file.starts_with('-')) {
                    f.write_str(" --")?;
                }
                files.iter().try_for_each(|file| write!(f, " {}", Quoted(file)))
            }
            Action::Items(items) => {
                if items.iter().all(|item| matches!(item, Item::Set(..))) {
                    f.write_str(" -w")?;
                }
                items.iter().try_for_each(|item| write!(f, " {}", Quoted(&item.to_string())))
            }
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(key) => write!(f, "{key}"),
            Self::Set(key, value) => write!(f, "{key}={value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("sysctl -w net.ipv4.ip_forward=1", "sysctl -w net.ipv4.ip_forward=1"),
            ("sysctl net.ipv4.ip_forward=1", "sysctl -w net.ipv4.ip_forward=1"),
            ("sysctl net/ipv4/conf/eth0.100/arp_ignore", "sysctl net.ipv4.conf.eth0/100.arp_ignore"),
            ("sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2",
                "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2"),
            ("sysctl -qw 'net.ipv4.tcp_rmem = 1 2 3'", "sysctl -q -w 'net.ipv4.tcp_rmem=1 2 3'"),
            ("sysctl -n net.ipv4.ip_forward net.ipv4.vs.conntrack=1",
                "sysctl -n net.ipv4.ip_forward net.ipv4.vs.conntrack=1"),
            ("sysctl -p", "sysctl -p"),
            ("sysctl -p /etc/sysctl.conf", "sysctl -p /etc/sysctl.conf"),
            ("sysctl -a", "sysctl -a"),
            ("sysctl -ar 'arp_(ignore|announce)$'", "sysctl -r 'arp_(ignore|announce)$' -a"),
            ("sysctl --pattern=vs -N net.ipv4", "sysctl -N -r vs net.ipv4"),
            ("sysctl -eqw net.nope=1", "sysctl -q -e -w net.nope=1"),
            ("sysctl -A -r 'ip_\\w*d'", "sysctl -r 'ip_\\w*d' -a"),
        ]);
    }

    #[test]
    fn refuses_in_sysctls_words() {
        #[rustfmt::skip]
        refuses(&[
            ("sysctl", "sysctl", 1, "sysctl: no variables specified\nTry `sysctl --help' for more information."),
            ("sysctl -w net.ipv4.ip_forward", "net.ipv4.ip_forward", 1, "sysctl: command line(0): invalid syntax, continuing..."),
            ("sysctl -w =1", "=1", 1, "sysctl: Path is not under /proc/sys/: /proc/sys/"),
            ("sysctl net.ipv4.ip_forward = 1", "=", 1, "sysctl: Path is not under /proc/sys/: /proc/sys/"),
            ("sysctl --foo", "--foo", 1, "sysctl: unrecognized option '--foo'"),
            ("sysctl --system", "--system", 1, "not simulated: --system"),
            ("sysctl -a foo", "foo", 1, "sysctl: unexpected argument foo"),
            ("sysctl -p -a", "-a", 1, "not simulated: -a"),
            ("sysctl -r vs", "sysctl", 1, "sysctl: no variables specified\nTry `sysctl --help' for more information."),
            ("sysctl -r vs -w net.ipv4.ip_forward=1", "-r", 1, "not simulated: -r"),
            ("sysctl -N net.ipv4.ip_forward=1", "-N", 1, "not simulated: -N"),
            ("sysctl -a -r '('", "'('", 1, "not simulated: ("),
            ("sysctl -a -r '\\d'", "'\\d'", 1, "not simulated: \\d"),
        ]);
    }

    #[test]
    fn the_first_separator_decides() {
        let rows = [
            ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
            ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
            ("net.ipv4.conf.eth0/100.arp_ignore", "net/ipv4/conf/eth0.100/arp_ignore"),
            ("net/ipv4/conf/eth0.100/arp_ignore", "net/ipv4/conf/eth0.100/arp_ignore"),
        ];
        for (typed, path) in rows {
            assert_eq!(Key::new(typed).path(), path);
            assert_eq!(Key::new(&Key::new(typed).to_string()), Key::new(typed));
        }
    }
}
