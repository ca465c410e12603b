//! `echo TEXT`, alone, before a pipe, or into one of the files that set a host up.

use std::fmt;

use super::error::CommandError;
use super::value::is_setting_path;
use super::word::{Quoted, Word};
use crate::text;

/// A text to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echo {
    /// The words with a blank between.
    pub text: String,
    /// False with `-n`: no end of line.
    pub newline: bool,
}

/// `echo TEXT > FILE`: a kernel setting, or a line of `/etc/sysctl.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// What is written.
    pub echo: Echo,
    /// Where to.
    pub path: String,
    /// `>>`: after what is there.
    pub append: bool,
}

impl Echo {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut newline = true;
        let mut rest = &words[1..];
        while let [option, more @ ..] = rest {
            match option.text.as_str() {
                "-n" => newline = false,
                "-e" | "-E" | "-ne" | "-en" => return Err(CommandError::not_simulated(option, 1)),
                _ => break,
            }
            rest = more;
        }
        let texts: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
        Ok(Self { text: texts.join(" "), newline })
    }

    /// What is printed, with its end of line.
    pub fn bytes(&self) -> String {
        let end = if self.newline { "\n" } else { "" };
        format!("{}{end}", self.text)
    }
}

impl Write {
    pub(crate) fn new(echo: Echo, path: &Word, append: bool) -> Result<Self, CommandError> {
        if is_setting_path(&path.text) || path.text == "/etc/sysctl.conf" {
            return Ok(Self { echo, path: path.text.clone(), append });
        }
        let file = &path.text;
        let what = text!("writing {file}", "写 {file}");
        Err(CommandError::without(&path.span, 1, &what).help(text!(
            "known: /proc/sys/KEY and /etc/sysctl.conf",
            "可用：/proc/sys/KEY 和 /etc/sysctl.conf",
        )))
    }
}

impl fmt::Display for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.newline { "echo" } else { "echo -n" })?;
        match self.text.as_str() {
            "" => Ok(()),
            text => write!(f, " {}", Quoted(text)),
        }
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = if self.append { ">>" } else { ">" };
        write!(f, "{} {arrow} {}", self.echo, Quoted(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("echo", "echo"),
            ("echo a   b 'c  d'", "echo 'a b c  d'"),
            ("echo -n x", "echo -n x"),
            ("echo \"1\" >/proc/sys/net/ipv4/conf/lo/arp_ignore", "echo 1 > /proc/sys/net/ipv4/conf/lo/arp_ignore"),
            ("echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf", "echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf"),
            ("echo 1>/proc/sys/net/ipv4/ip_forward", "echo > /proc/sys/net/ipv4/ip_forward"),
        ]);
    }

    #[test]
    fn writes_to_settings_only() {
        #[rustfmt::skip]
        refuses(&[
            ("echo 1 > /tmp/x", "/tmp/x", 1, "not simulated: writing /tmp/x"),
            ("echo 1 > /proc/sys/../x", "/proc/sys/../x", 1, "not simulated: writing /proc/sys/../x"),
            ("echo 1 > /proc/sys/", "/proc/sys/", 1, "not simulated: writing /proc/sys/"),
            ("echo -e 'a\\n'", "-e", 1, "not simulated: -e"),
        ]);
    }
}
