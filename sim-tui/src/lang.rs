//! In which language people are spoken to.

use std::ffi::OsString;
use std::io;
use std::sync::OnceLock;

pub use sim_core::Lang;
use sim_core::{Text, text};

/// The language of this run, for words that come from places which nobody tells.
static SPOKEN: OnceLock<Lang> = OnceLock::new();

/// Chooses the language of this run: as asked for, else by the locale (`LC_ALL`, `LC_MESSAGES`,
/// `LANG`: the first that is set).
///
/// It is needed before the command line is understood, as what is wrong with that is said in it.
pub fn choose(args: &[OsString]) -> Lang {
    let lang = asked(args).unwrap_or_else(|| {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        if locale.is_some_and(|locale| locale.starts_with("zh")) { Lang::Zh } else { Lang::En }
    });
    *SPOKEN.get_or_init(|| lang)
}

/// The language of this run.
pub fn spoken() -> Lang {
    SPOKEN.get().copied().unwrap_or_default()
}

/// The last `--lang` among these words.
fn asked(args: &[OsString]) -> Option<Lang> {
    let words: Vec<&str> = args.iter().skip(1).map(|arg| arg.to_str().unwrap_or("")).collect();
    let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
    (0..end).rev().find_map(|at| {
        let name = match words[at].strip_prefix("--lang") {
            Some("") => *words.get(at + 1)?,
            Some(rest) => rest.strip_prefix('=')?,
            None => return None,
        };
        parse(name).ok()
    })
}

/// The words of a command line without the languages behind `lvsim help`: clap takes all that stands there for names of commands. A
/// language that does not exist stays, and is refused.
pub fn left_out_of_help(args: Vec<OsString>) -> Vec<OsString> {
    let is_lang = |name: &str| parse(name).is_ok();
    // A language may stand before `help` as well.
    let (mut left, mut named, mut helps) = (Vec::new(), false, false);
    let mut args = args.into_iter().peekable();
    // The first word is the program's name.
    left.extend(args.next());
    while let Some(arg) = args.next() {
        let word = arg.to_str().unwrap_or_default();
        let alone = word.strip_prefix("--lang=").is_some_and(is_lang);
        let value = args.next_if(|next| word == "--lang" && next.to_str().is_some_and(is_lang));
        let of_lang = alone || value.is_some();
        if helps && of_lang {
            continue;
        }
        helps |= !named && word == "help";
        named |= !of_lang;
        left.extend([arg].into_iter().chain(value));
    }
    left
}

/// The name of a language, as `--lang` takes it.
///
/// # Errors
/// What is known instead.
pub fn parse(name: &str) -> Result<Lang, Unfit> {
    match name {
        "en" => Ok(Lang::En),
        "zh" => Ok(Lang::Zh),
        _ => Err(Unfit(text!("known: en zh", "可用：en zh"))),
    }
}

/// Why a value on the command line does not fit.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub Text);

/// Why something could not be read or written.
pub fn why(error: &io::Error) -> Text {
    use io::ErrorKind::{
        AddrInUse, AddrNotAvailable, AlreadyExists, BrokenPipe, FileTooLarge, InvalidFilename,
        IsADirectory, NotADirectory, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem,
        StorageFull,
    };
    let zh = match error.kind() {
        NotFound => "没有这个文件或目录",
        PermissionDenied => "没有权限",
        AlreadyExists => "文件已存在",
        NotADirectory => "不是目录",
        IsADirectory => "是目录",
        StorageFull => "磁盘已满",
        QuotaExceeded => "超出磁盘配额",
        FileTooLarge => "文件太大",
        ReadOnlyFilesystem => "文件系统只读",
        InvalidFilename => "文件名不合法",
        BrokenPipe => "管道已关闭",
        AddrInUse => "地址已被占用",
        AddrNotAvailable => "本机没有这个地址",
        _ => return Text::same(error.to_string()),
    };
    let code = error.raw_os_error().map_or(String::new(), |code| format!("（系统错误 {code}）"));
    Text { en: error.to_string(), zh: format!("{zh}{code}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn the_language_is_found_before_the_line_is_understood() {
        for (line, lang) in [
            ("lvsim --lang zh",               Some(Lang::Zh)),
            ("lvsim jump --lang=en --fast",   Some(Lang::En)),
            ("lvsim --lang xx list",          None),
            ("lvsim --lang",                  None),
            ("lvsim --language zh",           None),
            ("lvsim console a b -- --lang zh", None),
        ] {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(asked(&args), lang, "{line}");
        }
    }
    #[test]
    #[rustfmt::skip]
    fn behind_help_stand_names_only() {
        for (line, left) in [
            ("lvsim help run --lang zh",         "lvsim help run"),
            ("lvsim help --lang=zh run",         "lvsim help run"),
            ("lvsim --lang zh help run",         "lvsim --lang zh help run"),
            ("lvsim --lang en help --lang zh",   "lvsim --lang en help"),
            ("lvsim help run --lang xx",         "lvsim help run --lang xx"),
            ("lvsim help run --lang",            "lvsim help run --lang"),
            ("lvsim run help --lang zh",         "lvsim run help --lang zh"),
            ("lvsim",                            "lvsim"),
        ] {
            let args = line.split(' ').map(OsString::from).collect();
            let expected: Vec<OsString> = left.split(' ').map(OsString::from).collect();
            assert_eq!(left_out_of_help(args), expected, "{line}");
        }
    }
}
