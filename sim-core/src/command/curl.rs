//! `curl`: one HTTP request.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::error::{CommandError, ports, unresolved};
use super::input::Input;
use super::options::{Arg, Dialect, Given, Tool, flag, real, value};
use super::value::{Seconds, decimal, seconds};
use super::word::{Quoted, Word};
use crate::{Text, text};

/// A request over HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curl {
    /// `-m`: give up when the whole took so long.
    pub timeout: Option<Duration>,
    /// `--connect-timeout`: give up when there is no connection after so long.
    pub connect_timeout: Option<Duration>,
    /// `--local-port`: the client's port.
    pub local_port: Option<u16>,
    /// `-s`: no progress, and no errors without `-S`.
    pub silent: bool,
    /// `-S`: errors in spite of `-s`.
    pub show_error: bool,
    /// `-v`: print the headers.
    pub verbose: bool,
    /// `-o`: where the body goes.
    pub output: Option<Output>,
    /// What is asked for.
    pub request: Request,
    /// Who is asked.
    pub url: Url,
}

/// A file that the body goes to. No other is there to be read afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `/dev/null`: it is thrown away.
    Null,
    /// `-`: standard output, as without the option.
    Stdout,
}

/// The method of a request, with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// GET.
    Get,
    /// `-I`: HEAD.
    Head,
    /// `-d TEXT`: POST.
    Post(String),
    /// `--data-binary @-`: POST what comes down the pipe.
    PostInput(Input),
}

/// `http://HOST[:PORT]/PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The server's address.
    pub addr: Ipv4Addr,
    /// Its port.
    pub port: u16,
    /// Path and query, from the first `/` on.
    pub path: String,
}

pub(super) static CURL: Tool = Tool {
    name: "curl",
    options: &[
        value("-m", "--max-time"),
        value("--connect-timeout", ""),
        value("--local-port", ""),
        flag("-s", "--silent"),
        flag("-S", "--show-error"),
        flag("-v", "--verbose"),
        value("-o", "--output"),
        value("-d", "--data"),
        value("--data-binary", ""),
        flag("-I", "--head"),
        real("-#", "--progress-bar"),
        real("-0", "--http1.0"),
        real("-1", "--tlsv1"),
        real("-4", "--ipv4"),
        real("-6", "--ipv6"),
        real("-A", "--user-agent"),
        real("-b", "--cookie"),
        real("-B", "--use-ascii"),
        real("-c", "--cookie-jar"),
        real("-C", "--continue-at"),
        real("-D", "--dump-header"),
        real("-e", "--referer"),
        real("-E", "--cert"),
        real("-f", "--fail"),
        real("-F", "--form"),
        real("-G", "--get"),
        real("-g", "--globoff"),
        real("-h", "--help"),
        real("-H", "--header"),
        real("-i", "--include"),
        real("-k", "--insecure"),
        real("-K", "--config"),
        real("-L", "--location"),
        real("-M", "--manual"),
        real("-n", "--netrc"),
        real("-N", "--no-buffer"),
        real("-O", "--remote-name"),
        real("-q", "--disable"),
        real("-r", "--range"),
        real("-R", "--remote-time"),
        real("-T", "--upload-file"),
        real("-u", "--user"),
        real("-U", "--proxy-user"),
        real("-V", "--version"),
        real("-w", "--write-out"),
        real("-x", "--proxy"),
        real("-X", "--request"),
        real("-y", "--speed-time"),
        real("-Y", "--speed-limit"),
        real("-z", "--time-cond"),
        real("-Z", "--parallel"),
        real("--compressed", ""),
        real("--connect-to", ""),
        real("--data-raw", ""),
        real("--data-urlencode", ""),
        real("--fail-with-body", ""),
        real("--haproxy-protocol", ""),
        real("--http1.1", ""),
        real("--http2", ""),
        real("--interface", ""),
        real("--json", ""),
        real("--keepalive-time", ""),
        real("--limit-rate", ""),
        real("--max-redirs", ""),
        real("--next", ""),
        real("--no-keepalive", ""),
        real("--no-progress-meter", ""),
        real("--noproxy", ""),
        real("--resolve", ""),
        real("--retry", ""),
        real("--retry-delay", ""),
        real("--tcp-nodelay", ""),
        real("--trace", ""),
        real("--trace-ascii", ""),
        real("--unix-socket", ""),
        real("--url", ""),
    ],
    dialect: Dialect::Curl,
    status: 2,
};

impl Curl {
    /// A plain GET.
    pub fn get(url: Url) -> Self {
        Self {
            timeout: None,
            connect_timeout: None,
            local_port: None,
            silent: false,
            show_error: false,
            verbose: false,
            output: None,
            request: Request::Get,
            url,
        }
    }

    pub(super) fn parse(words: &[Word], input: &Input) -> Result<Self, CommandError> {
        let nowhere = Url { addr: Ipv4Addr::UNSPECIFIED, port: 80, path: "/".into() };
        let mut curl = Self::get(nowhere);
        let mut target = None;
        for arg in CURL.args(words) {
            match arg? {
                Arg::Option(given) => curl.set(&given, input)?,
                Arg::Operand(word) if target.is_none() => target = Some(word),
                Arg::Operand(word) => {
                    let error = CommandError::not_simulated(&word, 2);
                    return Err(error.help(text!(
                        "only one URL a command is simulated",
                        "每条命令只模拟一个 URL"
                    )));
                }
            }
        }
        let Some(word) = target else {
            let message = if words.len() == 1 {
                "curl: try 'curl --help' or 'curl --manual' for more information"
            } else {
                "curl: no URL specified!"
            };
            let help = Text::same("curl [OPTIONS] http://192.0.2.100/");
            return Err(CommandError::tool(&words[0].span, 2, message).help(help));
        };
        curl.url = Url::parse(&word)?;
        let reads = matches!(curl.request, Request::PostInput(_));
        if !reads && *input != Input::None {
            let message = text!("curl: nothing reads the pipe", "curl: 管道的内容没有人读");
            let help = text!("what reads it is --data-binary @-", "读管道用 --data-binary @-");
            return Err(CommandError::new(&words[0].span, 2, message).help(help));
        }
        Ok(curl)
    }

    fn set(&mut self, given: &Given, input: &Input) -> Result<(), CommandError> {
        let word = &given.value;
        match given.name {
            "-m" => self.timeout = duration(given)?,
            "--connect-timeout" => self.connect_timeout = duration(given)?,
            "--local-port" => self.local_port = Some(local_port(given)?),
            "-s" => self.silent = true,
            "-S" => self.show_error = true,
            "-v" => self.verbose = true,
            "-o" => self.output = Some(output(word)?),
            "-I" => return self.ask(given, Request::Head),
            "-d" | "--data-binary" => {
                let body = body(given, input)?;
                return self.ask(given, body);
            }
            name => unreachable!("{name} is in the table"),
        }
        Ok(())
    }

    fn ask(&mut self, given: &Given, request: Request) -> Result<(), CommandError> {
        match (&self.request, &request) {
            (Request::Get, _) | (Request::Head, Request::Head) => self.request = request,
            (Request::Head, _) | (_, Request::Head) => {
                let message = "Warning: You can only select one HTTP request method! \
                    You asked for both POST\n\
                    Warning: (-d, --data) and HEAD (-I, --head).";
                return Err(CommandError::tool(&given.typed.span, 2, message));
            }
            _ => {
                let error = CommandError::not_simulated(&given.typed, 2);
                return Err(error.help(text!(
                    "only one body a command is simulated",
                    "每条命令只模拟一个请求体"
                )));
            }
        }
        Ok(())
    }
}

/// The file of `-o`.
fn output(word: &Word) -> Result<Output, CommandError> {
    match word.text.as_str() {
        "/dev/null" => Ok(Output::Null),
        "-" => Ok(Output::Stdout),
        file => {
            let what = text!("curl writing {file}", "curl 写 {file}");
            Err(CommandError::without(&word.span, 2, &what).help(text!(
                "known: -o /dev/null and -o -; without -o the body is printed",
                "可用：-o /dev/null 和 -o -；不写 -o 则打印正文",
            )))
        }
    }
}

/// A timeout; 0 is none.
fn duration(given: &Given) -> Result<Option<Duration>, CommandError> {
    let text = &given.value.text;
    match seconds(text) {
        Some(duration) => Ok((!duration.is_zero()).then_some(duration)),
        None => {
            let wanted = if text.starts_with('-') { "positive" } else { "proper" };
            let option = &given.typed.text;
            let message = format!("curl: option {option}: expected a {wanted} numerical parameter");
            Err(CommandError::tool(&given.value.span, 2, message)
                .help(text!("seconds: 4 or 0.5", "单位为秒：4 或 0.5")))
        }
    }
}

fn local_port(given: &Given) -> Result<u16, CommandError> {
    let text = &given.value.text;
    if let Some((first, last)) = text.split_once('-')
        && decimal::<u16>(first).is_some()
        && decimal::<u16>(last).is_some()
    {
        let error = CommandError::not_simulated(&given.value, 2);
        return Err(error.help(text!(
            "only one port is simulated: --local-port 40000",
            "只模拟单个端口：--local-port 40000",
        )));
    }
    match decimal(text) {
        Some(port) if port > 0 => Ok(port),
        // The real curl takes 0 as "any port", which is what leaving the option out says.
        _ => {
            let message = format!("curl: option {}: is badly used here", given.typed.text);
            Err(CommandError::tool(&given.value.span, 2, message).help(ports()))
        }
    }
}

fn body(given: &Given, input: &Input) -> Result<Request, CommandError> {
    let text = &given.value.text;
    let Some(file) = text.strip_prefix('@') else { return Ok(Request::Post(text.clone())) };
    if given.name != "--data-binary" || file != "-" {
        let error = CommandError::not_simulated(&given.value, 2);
        return Err(error.help(text!(
            "known: -d TEXT, and what comes down a pipe: --data-binary @-",
            "可用：-d TEXT，以及读管道的 --data-binary @-",
        )));
    }
    if *input == Input::None {
        let message = text!(
            "curl: --data-binary @- reads the pipe, and there is none",
            "curl: --data-binary @- 要读管道，而这里没有管道",
        );
        let help = "head -c 5000 /dev/zero | curl --data-binary @- http://192.0.2.100/";
        let help = Text::same(help);
        return Err(CommandError::new(&given.value.span, 2, message).help(help));
    }
    Ok(Request::PostInput(input.clone()))
}

impl Url {
    fn parse(word: &Word) -> Result<Self, CommandError> {
        let refuse = |status: u8, message: String| CommandError::tool(&word.span, status, message);
        let shape = || Text::same("http://192.0.2.100[:PORT]/PATH");
        let illegal = || {
            refuse(3, "curl: (3) URL using bad/illegal format or missing URL".into()).help(shape())
        };
        let text = word.text.as_str();
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme @ ("https" | "ftp" | "file"), _)) => {
                let scheme = Text::same(scheme);
                return Err(CommandError::without(&word.span, 1, &scheme).help(shape()));
            }
            Some((scheme, _)) => {
                let message =
                    format!("curl: (1) Protocol \"{scheme}\" not supported or disabled in libcurl");
                return Err(refuse(1, message).help(shape()));
            }
            None => text,
        };
        // A fragment is the browser's own and never sent.
        let rest = rest.split('#').next().unwrap_or_default();
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (server, path) = rest.split_at(cut);
        let (host, port) = server.split_once(':').unwrap_or((server, ""));
        if host.is_empty() || !path.chars().all(|c| c.is_ascii_graphic()) {
            return Err(illegal());
        }
        let port = if port.is_empty() { 80 } else { decimal(port).ok_or_else(illegal)? };
        if port == 0 {
            let message = format!(
                "curl: (7) Failed to connect to {host} port 0 after 0 ms: Couldn't connect to server"
            );
            return Err(refuse(7, message));
        }
        let addr = host.parse().map_err(|_| {
            let name = Word::new(host, word.span.clone());
            let message = format!("curl: (6) Could not resolve host: {host}");
            unresolved(&name, 6, message, "http://192.0.2.100/")
        })?;
        let path = if path.starts_with('/') { path.into() } else { format!("/{path}") };
        Ok(Self { addr, port, path })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.addr)?;
        if self.port != 80 {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)
    }
}

impl fmt::Display for Curl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Request::PostInput(input) = &self.request {
            write!(f, "{input}")?;
        }
        f.write_str("curl")?;
        let flags = [("-s", self.silent), ("-S", self.show_error), ("-v", self.verbose)];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            write!(f, " {flag}")?;
        }
        if let Some(timeout) = self.timeout {
            write!(f, " -m {}", Seconds(timeout))?;
        }
        if let Some(timeout) = self.connect_timeout {
            write!(f, " --connect-timeout {}", Seconds(timeout))?;
        }
        if let Some(port) = self.local_port {
            write!(f, " --local-port {port}")?;
        }
        match self.output {
            None => {}
            Some(Output::Null) => f.write_str(" -o /dev/null")?,
            Some(Output::Stdout) => f.write_str(" -o -")?,
        }
        match &self.request {
            Request::Get => {}
            Request::Head => f.write_str(" -I")?,
            Request::Post(text) => write!(f, " -d {}", Quoted(text))?,
            Request::PostInput(_) => f.write_str(" --data-binary @-")?,
        }
        write!(f, " {}", Quoted(&self.url.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("curl -m 4 http://192.0.2.100/", "curl -m 4 http://192.0.2.100/"),
            ("curl 172.17.100.1", "curl http://172.17.100.1/"),
            ("curl -sSm.5 http://192.0.2.100:8080/a/b", "curl -s -S -m 0.5 http://192.0.2.100:8080/a/b"),
            ("curl HTTP://192.0.2.100:80", "curl http://192.0.2.100/"),
            ("curl 'http://192.0.2.100?x=1#top'", "curl 'http://192.0.2.100/?x=1'"),
            ("curl --max-time 1 --silent --output /dev/null 192.0.2.100", "curl -s -m 1 -o /dev/null http://192.0.2.100/"),
            ("curl --connect-timeout 1 --local-port 40000 -v 192.0.2.100",
                "curl -v --connect-timeout 1 --local-port 40000 http://192.0.2.100/"),
            ("curl -o - 192.0.2.100", "curl -o - http://192.0.2.100/"),
            ("curl -d 'a b' 192.0.2.100", "curl -d 'a b' http://192.0.2.100/"),
            ("curl -I 192.0.2.100", "curl -I http://192.0.2.100/"),
            ("curl -m 0 192.0.2.100", "curl http://192.0.2.100/"),
            ("head -c 5000 /dev/zero | curl --data-binary @- 192.0.2.100",
                "head -c 5000 /dev/zero | curl --data-binary @- http://192.0.2.100/"),
        ]);
    }

    #[test]
    fn refuses_in_curls_words() {
        #[rustfmt::skip]
        refuses(&[
            ("curl", "curl", 2, "curl: try 'curl --help' or 'curl --manual' for more information"),
            ("curl -s", "curl", 2, "curl: no URL specified!"),
            ("curl -m", "-m", 2, "curl: option -m: requires parameter"),
            ("curl -m x 192.0.2.1", "x", 2, "curl: option -m: expected a proper numerical parameter"),
            ("curl -m -1 192.0.2.1", "-1", 2, "curl: option -m: expected a positive numerical parameter"),
            ("curl --foo 192.0.2.1", "--foo", 2, "curl: option --foo: is unknown"),
            ("curl --max-time=1 192.0.2.1", "--max-time=1", 2, "curl: option --max-time=1: is unknown"),
            ("curl --local-port x 192.0.2.1", "x", 2, "curl: option --local-port: is badly used here"),
            ("curl --local-port 1-9 192.0.2.1", "1-9", 2, "not simulated: 1-9"),
            ("curl -o page.html 192.0.2.1", "page.html", 2, "not simulated: curl writing page.html"),
            ("curl -k 192.0.2.1", "-k", 2, "not simulated: -k"),
            ("curl --header x 192.0.2.1", "--header", 2, "not simulated: --header"),
            ("curl https://192.0.2.1/", "https://192.0.2.1/", 1, "not simulated: https"),
            ("curl foo://192.0.2.1/", "foo://192.0.2.1/", 1, "curl: (1) Protocol \"foo\" not supported or disabled in libcurl"),
            ("curl http://192.0.2.1:99999/", "http://192.0.2.1:99999/", 3, "curl: (3) URL using bad/illegal format or missing URL"),
            ("curl http://", "http://", 3, "curl: (3) URL using bad/illegal format or missing URL"),
            ("curl nohost", "nohost", 6, "curl: (6) Could not resolve host: nohost"),
            ("curl 192.0.2.1:0", "192.0.2.1:0", 7,
                "curl: (7) Failed to connect to 192.0.2.1 port 0 after 0 ms: Couldn't connect to server"),
            ("curl 192.0.2.1 192.0.2.2", "192.0.2.2", 2, "not simulated: 192.0.2.2"),
            ("curl -d a -d b 192.0.2.1", "-d", 2, "not simulated: -d"),
            ("curl --data-binary @- 192.0.2.1", "@-", 2, "curl: --data-binary @- reads the pipe, and there is none"),
            ("curl -d @file 192.0.2.1", "@file", 2, "not simulated: @file"),
            ("echo a | curl 192.0.2.1", "curl", 2, "curl: nothing reads the pipe"),
        ]);
    }
}
