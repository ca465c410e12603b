//! How iptables reads its command line: word by word, for matches and targets bring options along.
//!
//! iptables 1.8.9 xshared.c, do_parse.

use super::Iptables;
use super::matches::{self, mask, not_found};
use super::options::{
    Kind, MATCHES, Module, Opt, REAL_MATCHES, REAL_TARGETS, TARGETS, full_name, help, of_letter,
    of_spelling, refuse,
};
use super::typed::{Given, Loaded, Typed, Verb};
use crate::Prefix;
use crate::command::error::CommandError;
use crate::command::value::{decimal, is_iface_name};
use crate::command::word::Word;
use crate::netfilter::{Change, Is, Table};
use crate::text;

struct Reader<'w> {
    words: &'w [Word],
    at: usize,
    /// A `!` whose option has not come yet.
    not: Option<&'w Word>,
    typed: Typed,
}

impl Iptables {
    pub(in crate::command) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut typed = read(words)?;
        let table = typed.table.take().map_or(Table::Filter, |(table, _)| table);
        let line = typed.finish(table)?;
        line.command(table, &words[0])
    }
}

/// A line of `iptables-restore`, which has told the table before; the first word is the tool.
pub(super) fn change(words: &[Word], table: Table) -> Result<Change, CommandError> {
    let typed = read(words)?;
    if let Some((_, word)) = &typed.table {
        return Err(refuse(word, "The -t option cannot be used in iptables-restore."));
    }
    match typed.finish(table)?.command(table, &words[0])? {
        Iptables::Change(_, change) => Ok(change),
        _ => {
            let word = words.get(1).unwrap_or(&words[0]);
            Err(CommandError::not_simulated(word, 2)
                .known("", &["-A", "-I", "-R", "-D", "-F", "-P", "-Z"]))
        }
    }
}

fn read(words: &[Word]) -> Result<Typed, CommandError> {
    let mut reader = Reader { words, at: 1, not: None, typed: Typed::default() };
    while let Some(word) = reader.next() {
        reader.word(word)?;
    }
    match reader.not {
        Some(word) => Err(refuse(word, "nothing appropriate following !")),
        None => Ok(reader.typed),
    }
}

impl<'w> Reader<'w> {
    fn next(&mut self) -> Option<&'w Word> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    /// The next word, if it is no option: iptables looks so for a chain or a number.
    fn operand(&mut self) -> Option<&'w Word> {
        let next = self.words.get(self.at)?;
        if next.text.starts_with(['-', '!']) { None } else { self.next() }
    }

    fn word(&mut self, word: &'w Word) -> Result<(), CommandError> {
        let text = word.text.as_str();
        if text == "!" {
            return match self.not.replace(word) {
                Some(_) => Err(refuse(word, "multiple consecutive ! not allowed")),
                None => Ok(()),
            };
        }
        if text.starts_with("--") && text.len() > 2 {
            return self.long(word);
        }
        let mut letters = text.strip_prefix('-').filter(|rest| !rest.is_empty()).unwrap_or("");
        if letters.is_empty() || letters.starts_with('-') {
            return Err(bad_argument(word));
        }
        while let Some(letter) = letters.chars().next() {
            letters = &letters[letter.len_utf8()..];
            let spelling = format!("-{letter}");
            let opt = of_letter(letter).ok_or_else(|| self.unknown(word, &spelling))?;
            let attached = (!letters.is_empty()).then(|| word.tail(text.len() - letters.len()));
            if self.main(opt, word, attached)? == Rest::Taken {
                break;
            }
        }
        Ok(())
    }

    /// `--name`, `--name=value`, `--na`.
    fn long(&mut self, word: &'w Word) -> Result<(), CommandError> {
        let (spelling, value) = match word.text.split_once('=') {
            // What is not there is pointed at with its option.
            Some((spelling, "")) => (spelling, Some(Word::new("", word.span.clone()))),
            Some((spelling, _)) => (spelling, Some(word.tail(spelling.len() + 1))),
            None => (word.text.as_str(), None),
        };
        let mut found = of_spelling(spelling, &self.modules());
        if found.is_none() && self.imply() {
            found = of_spelling(spelling, &self.modules());
        }
        let opt = found.ok_or_else(|| self.unknown(word, spelling))?;
        if opt.module != Module::Main {
            return self.extension(opt, word, value);
        }
        let had_value = value.is_some();
        if self.main(opt, word, value)? == Rest::Free && had_value {
            return Err(self.unknown(word, &word.text));
        }
        Ok(())
    }

    /// Whose options count, the youngest last.
    fn modules(&self) -> Vec<Module> {
        let extensions = self.typed.matches.iter().chain(&self.typed.target);
        std::iter::once(Module::Main).chain(extensions.map(|loaded| loaded.module)).collect()
    }

    /// Loads the match of `-p`, once.
    fn imply(&mut self) -> bool {
        let proto = self.typed.rule.proto.map_or(0, |proto| proto.value);
        let Some(module) = Module::of_proto(proto) else { return false };
        let Some(word) = self.typed.word("-p").cloned() else { return false };
        let first = self.typed.implied.replace(module).is_none();
        if first {
            self.typed.matches.push(Loaded::new(module, &word));
        }
        first
    }

    fn unknown(&self, word: &Word, spelling: &str) -> CommandError {
        refuse(word, format!("unknown option \"{spelling}\"")).help(help(spelling, &self.modules()))
    }

    /// An option of a match or a target.
    fn extension(
        &mut self,
        opt: &'static Opt,
        word: &'w Word,
        attached: Option<Word>,
    ) -> Result<(), CommandError> {
        let not = self.not.take().is_some();
        let module = opt.module;
        let name = module.name();
        if opt.kind == Kind::Real {
            let word = Word::new(opt.long, word.span.clone());
            return Err(CommandError::not_simulated(&word, 2).help(help("", &[module])));
        }
        if not && opt.kind == Kind::Plain {
            let message = format!("{name}: option \"{}\" cannot be inverted.", full_name(opt));
            return Err(refuse(word, message));
        }
        let mut values: Vec<Word> = attached.into_iter().collect();
        while values.len() < usize::from(opt.takes) {
            let Some(value) = self.next() else {
                return Err(match values.len() {
                    1 => refuse(word, "--tcp-flags requires two args."),
                    _ => refuse(word, format!("option \"{}\" requires an argument", word.text)),
                });
            };
            values.push(value.clone());
        }
        let typed = &mut self.typed;
        let loaded = typed.matches.iter_mut().chain(&mut typed.target);
        let loaded = loaded.rev().find(|loaded| loaded.module == module);
        let loaded = loaded.expect("only the options of loaded modules are found");
        if let Some(error) = again(loaded, opt, word) {
            return Err(error);
        }
        loaded.given.push(Given { name: opt.name, word: word.clone(), not, values });
        Ok(())
    }
}

/// A word that is neither an option nor a value.
fn bad_argument(word: &Word) -> CommandError {
    let message = format!("Bad argument `{}'", word.text);
    CommandError::tool(&word.span, 2, message).help(text!(
        "an option begins with -; a `!` stands before its option",
        "选项以 - 开头；`!` 写在选项之前",
    ))
}

/// An option that its module has already, or that does not go with one it has.
fn again(loaded: &Loaded, opt: &Opt, word: &Word) -> Option<CommandError> {
    let module = loaded.module.name();
    let with = |other: &str| loaded.given(other).is_some();
    let full = full_name(opt);
    match (loaded.module, opt.name) {
        (Module::Tcp, "--syn" | "--tcp-flags") if with("--syn") || with("--tcp-flags") => {
            Some(refuse(word, "Only one of `--syn' or `--tcp-flags'  allowed"))
        }
        (Module::Tcp | Module::Udp, name) if with(name) => {
            Some(refuse(word, format!("Only one `{full}' allowed")))
        }
        (_, name) if with(name) => {
            Some(refuse(word, format!("{module}: option \"{full}\" can only be used once.")))
        }
        (Module::Multiport, _) if !loaded.given.is_empty() => {
            let pair =
                "option \"--source-ports\" cannot be used together with \"--destination-ports\".";
            Some(refuse(word, format!("multiport: {pair}")))
        }
        _ => None,
    }
}

/// Whether an option used the rest of its word.
#[derive(PartialEq, Eq)]
enum Rest {
    Free,
    Taken,
}

/// Main options.
impl<'w> Reader<'w> {
    fn main(
        &mut self,
        opt: &'static Opt,
        word: &'w Word,
        attached: Option<Word>,
    ) -> Result<Rest, CommandError> {
        let name = opt.name;
        if let Some(verb) = verb(name) {
            self.no_not(name)?;
            return self.verb(verb, word, attached);
        }
        match name {
            "-s" | "-d" | "-p" | "-i" | "-o" | "-j" | "-m" | "-t" => {
                return self.valued(name, word, attached);
            }
            "-w" => return self.wait(attached),
            "-4" => return Ok(Rest::Free),
            "-n" | "-x" | "-0" | "-v" => self.once(name, word)?,
            _ => {
                let known = ["-A", "-C", "-D", "-I", "-R", "-L", "-S", "-F", "-Z", "-P", "-X"];
                let spelling = if word.text.starts_with("--") { opt.long } else { name };
                let word = Word::new(spelling, word.span.clone());
                let error = CommandError::not_simulated(&word, 2);
                return Err(match name {
                    "-N" | "-E" | "-g" => error.help(text!(
                        "chains of one's own are not simulated: use those that a table has",
                        "未模拟自定义链：请使用表自带的链",
                    )),
                    _ => error.known("", &known),
                });
            }
        }
        self.no_not(name)?;
        Ok(Rest::Free)
    }

    /// Refuses a `!` before an option that cannot be inverted.
    fn no_not(&self, name: &str) -> Result<(), CommandError> {
        match self.not {
            Some(word) => Err(refuse(word, format!("cannot have ! before {name}"))),
            None => Ok(()),
        }
    }

    /// Notes an option, which may come only once.
    fn once(&mut self, name: &'static str, word: &Word) -> Result<(), CommandError> {
        if name != "-v" && self.typed.word(name).is_some() {
            let name = if name == "-0" { "--line-numbers" } else { name };
            return Err(refuse(word, format!("multiple {name} flags not allowed")));
        }
        self.typed.seen.push((name, word.clone()));
        Ok(())
    }

    fn value(&mut self, word: &Word) -> Result<&'w Word, CommandError> {
        self.next()
            .ok_or_else(|| refuse(word, format!("option \"{}\" requires an argument", word.text)))
    }

    /// An option of the rule, or `-t`.
    fn valued(
        &mut self,
        name: &'static str,
        word: &'w Word,
        attached: Option<Word>,
    ) -> Result<Rest, CommandError> {
        if !matches!(name, "-m" | "-t") {
            self.once(name, word)?;
            // iptables 1.8.9 takes the whole word, `-ptcp`, for the value.
            if attached.is_some() {
                let what = text!("{name} and its value in one word", "{name} 和值写成一个词");
                return Err(CommandError::without(&word.span, 2, &what)
                    .help(text!("write a blank after {name}", "{name} 之后写一个空格")));
            }
        }
        let value = match attached {
            Some(value) => value,
            None => self.value(word)?.clone(),
        };
        if matches!(name, "-j" | "-m" | "-t") {
            self.no_not(name)?;
        }
        if matches!(name, "-s" | "-d")
            && value.text == "!"
            && let Some(next) = self.next()
        {
            // iptables looks at addresses last, and stumbles over the next word first.
            return Err(bad_argument(next));
        }
        let not = self.not.take().is_some();
        let rule = &mut self.typed.rule;
        match name {
            "-s" => rule.src = addr(&value, not)?,
            "-d" => rule.dst = addr(&value, not)?,
            "-i" => rule.in_iface = iface(&value, not)?,
            "-o" => rule.out_iface = iface(&value, not)?,
            "-p" => {
                let proto = matches::proto(&value)?;
                if proto == 0 && not {
                    return Err(refuse(&value, "rule would never match protocol"));
                }
                rule.proto = (proto != 0).then_some(Is { value: proto, not });
            }
            "-t" => self.typed.table = Some((table(&value)?, word.clone())),
            "-m" => {
                let loaded = load(&value, &MATCHES, &REAL_MATCHES, "match")?;
                self.typed.matches.push(loaded);
            }
            _ => self.typed.target = Some(load(&value, &TARGETS, &REAL_TARGETS, "target")?),
        }
        Ok(Rest::Taken)
    }

    /// `-w`, `-w 5`: nobody else holds the lock here.
    fn wait(&mut self, attached: Option<Word>) -> Result<Rest, CommandError> {
        self.no_not("-w")?;
        let seconds = match attached {
            Some(seconds) => Some(seconds),
            None => self.operand().cloned(),
        };
        match seconds {
            Some(word) if decimal::<u32>(&word.text).is_none() => {
                Err(refuse(&word, "wait seconds not numeric"))
            }
            _ => Ok(Rest::Taken),
        }
    }

    fn verb(
        &mut self,
        verb: Verb,
        word: &'w Word,
        attached: Option<Word>,
    ) -> Result<Rest, CommandError> {
        use Verb as V;
        let name = verb.letter();
        if let Some((other, _)) = &self.typed.verb {
            let pair = [*other, verb];
            if pair.contains(&V::Zero) && (pair.contains(&V::List) || pair.contains(&V::Rules)) {
                let first = other.letter();
                let what = text!("{name} together with {first}", "{name} 与 {first} 合用");
                return Err(CommandError::without(&word.span, 2, &what)
                    .help(text!("write two commands", "请写成两个命令")));
            }
            return Err(refuse(word, format!("Cannot use {name} with {}", other.letter())));
        }
        self.typed.verb = Some((verb, word.clone()));
        let optional = matches!(verb, V::List | V::Rules | V::Flush | V::Zero | V::DeleteChains);
        self.typed.chain = match attached {
            Some(chain) => Some(chain),
            None if optional => self.operand().cloned(),
            None => Some(self.value(word)?.clone()),
        };
        let counts = matches!(verb, V::Delete | V::Insert | V::Replace);
        let counts = counts || matches!(verb, V::List | V::Rules | V::Zero);
        if counts && self.typed.chain.is_some() {
            let number = self.operand().map(|word| Ok((number(word)?, word.clone())));
            self.typed.number = number.transpose()?;
        }
        if verb == V::Replace && self.typed.number.is_none() {
            return Err(refuse(word, "-R requires a rule number"));
        }
        if verb == V::Policy {
            let missing = || refuse(word, "-P requires a chain and a policy");
            self.typed.policy = Some(self.operand().ok_or_else(missing)?.clone());
        }
        Ok(Rest::Taken)
    }
}

fn verb(name: &str) -> Option<Verb> {
    Verb::ALL.iter().find(|(_, letter)| *letter == name).map(|(verb, _)| *verb)
}

/// A rule's number, from 1.
fn number(word: &Word) -> Result<u32, CommandError> {
    let number = decimal(&word.text).filter(|number| *number > 0);
    number.ok_or_else(|| {
        refuse(word, format!("Invalid rule number `{}'", word.text))
            .help(text!("rules are counted from 1", "规则从 1 数起"))
    })
}

/// An address with a mask; all addresses are no test.
fn addr(word: &Word, not: bool) -> Result<Option<Is<Prefix>>, CommandError> {
    if word.text.contains(',') {
        let what = text!("several addresses in one rule", "一条规则中写多个地址");
        return Err(CommandError::without(&word.span, 2, &what)
            .help(text!("write a command for each of them", "请每个地址写一个命令")));
    }
    let (host, len) = match word.text.split_once('/') {
        Some((host, len)) => (host, mask(word, len)?),
        None => (word.text.as_str(), 32),
    };
    let addr = match host {
        "localhost" => Some(std::net::Ipv4Addr::LOCALHOST),
        host => crate::command::value::iproute_addr(host),
    };
    let prefix = Prefix { addr: addr.ok_or_else(|| not_found(word, host))?, len };
    let value = prefix.network();
    Ok((not || len > 0).then_some(Is { value, not }))
}

/// An interface, or with `+` the beginning of several.
fn iface(word: &Word, not: bool) -> Result<Option<Is<String>>, CommandError> {
    let name = &word.text;
    if name.is_empty() {
        return Err(refuse(word, "Empty interface is likely to be undesired"));
    }
    if name.len() > 15 {
        let message = format!("interface name `{name}' must be shorter than IFNAMSIZ (15)");
        return Err(refuse(word, message));
    }
    // The real tool warns of a name that no interface can have; `+` alone it shows in one listing
    // and not in another; it saves quotes in a way that it does not read again.
    if !is_iface_name(name) || name == "+" || name.contains(['"', '\'']) {
        let what = text!("an interface called {name}", "名为 {name} 的接口");
        return Err(CommandError::without(&word.span, 2, &what));
    }
    Ok(Some(Is { value: name.clone(), not }))
}

pub(super) fn table(word: &Word) -> Result<Table, CommandError> {
    let names = Table::ALL.map(Table::name);
    if let Some(table) = Table::ALL.into_iter().find(|table| table.name() == word.text) {
        return Ok(table);
    }
    if word.text == "security" {
        return Err(CommandError::not_simulated(word, 3).known("", &names));
    }
    let message = format!(
        "iptables v1.8.9 (legacy): can't initialize iptables table `{}': \
         Table does not exist (do you need to insmod?)",
        word.text
    );
    Err(CommandError::tool(&word.span, 3, message).known(&word.text, &names))
}

/// A match or a target by its name.
fn load(
    word: &Word,
    known: &[(&'static str, Module)],
    real: &[&str],
    what: &str,
) -> Result<Loaded, CommandError> {
    if let Some((_, module)) = known.iter().find(|(name, _)| *name == word.text) {
        return Ok(Loaded::new(*module, word));
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    if real.contains(&word.text.as_str()) {
        return Err(CommandError::not_simulated(word, 2).known("", &names));
    }
    let message = format!("Couldn't load {what} `{}':No such file or directory", word.text);
    Err(refuse(word, message).known(&word.text, &names))
}
