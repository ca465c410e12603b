//! `curl`: one HTTP request. What it writes and says is curl 7.88.1's; its steps are [`THINK`](super::THINK)
//! apart.

use std::time::Duration;

use lvs_engine::Endpoint;

use super::{AppEvent, Ctl, Token, bytes_of};
use crate::command::curl as command;
use crate::command::curl::{Output, Request};
use crate::host::run::Errno;
use crate::host::tcp::{NotConnected, SocketEvent, SocketId};
use crate::tcp::Failure;

const ASK: Token = Token(0);
const READ: Token = Token(1);
const CLOSE: Token = Token(2);
const CONNECT_LIMIT: Token = Token(3);
const LIMIT: Token = Token(4);

/// A `curl` that runs.
#[derive(Clone, Debug)]
pub(super) struct Curl {
    options: command::Curl,
    socket: Option<SocketId>,
    connected: bool,
    /// The connection has failed before the request was written: the writing fails.
    failed: Option<Failure>,
    answer: Vec<u8>,
    printed: bool,
}

impl Curl {
    pub(super) fn new(options: &command::Curl) -> Self {
        let options = options.clone();
        let (socket, connected, failed) = (None, false, None);
        Self { options, socket, connected, failed, answer: Vec::new(), printed: false }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Timer(ASK) => self.ask(ctl),
            AppEvent::Timer(READ) => self.read(ctl),
            AppEvent::Timer(CLOSE) => self.close(ctl),
            AppEvent::Timer(CONNECT_LIMIT) if self.connected => {}
            AppEvent::Timer(CONNECT_LIMIT) => {
                let limit = self.options.connect_timeout.unwrap_or_default().as_millis();
                self.tell(&format!("* ipv4 connect timeout after {limit}ms, move on!\n"), ctl);
                self.cannot_connect("Timeout was reached", 28, ctl);
            }
            AppEvent::Timer(_) => self.out_of_time(ctl),
            AppEvent::Tcp { event, .. } => self.news(event, ctl),
            _ => {}
        }
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        let remote = Endpoint::new(self.options.url.addr, self.options.url.port);
        self.tell(&format!("*   Trying {remote}...\n"), ctl);
        match ctl.connect((None, self.options.local_port), remote) {
            Ok(socket) => self.socket = Some(socket),
            Err(NotConnected::NoRoute(why)) => {
                let (addr, why) = (remote.addr, Errno::from(why));
                self.tell(&format!("* Immediate connect fail for {addr}: {why}\n"), ctl);
                self.cannot_connect("Couldn't connect to server", 7, ctl);
                return;
            }
            Err(NotConnected::PortTaken) => {
                let taken = "bind failed with errno 98: Address already in use";
                self.tell(&format!("* {taken}\n"), ctl);
                self.tell_failure("Failed binding local connection end", ctl);
                self.end_badly(taken, 45, ctl);
                return;
            }
        }
        if let Some(port) = self.options.local_port {
            self.tell(&format!("* Local port: {port}\n"), ctl);
        }
        if let Some(limit) = self.options.connect_timeout {
            ctl.after(limit, CONNECT_LIMIT);
        }
        if let Some(limit) = self.options.timeout {
            ctl.after(limit, LIMIT);
        }
    }

    fn news(&mut self, event: SocketEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            SocketEvent::Connected => {
                self.connected = true;
                let (url, port) = (&self.options.url, self.options.url.port);
                let peer = ctl.host.fib().meant(url.addr, None, None);
                let text = format!("* Connected to {} ({peer}) port {port} (#0)\n", url.addr);
                self.tell(&text, ctl);
                ctl.after(ctl.think(), ASK);
            }
            SocketEvent::Readable | SocketEvent::PeerClosed => {
                if !ctl.waits(READ) {
                    ctl.after(Duration::ZERO, READ);
                }
            }
            SocketEvent::Accepted { .. } => {}
            SocketEvent::Failed(_) if self.printed => {}
            SocketEvent::Failed(why) if !self.connected => {
                let url = &self.options.url;
                let text = format!("* connect to {} port {} failed: {why}\n", url.addr, url.port);
                self.tell(&text, ctl);
                self.cannot_connect("Couldn't connect to server", 7, ctl);
            }
            SocketEvent::Failed(why) if ctl.waits(ASK) => self.failed = Some(why),
            SocketEvent::Failed(why) => self.fail(&format!("Recv failure: {why}"), 56, ctl),
        }
    }

    fn cannot_connect(&mut self, why: &str, status: u8, ctl: &mut Ctl<'_, '_>) {
        let text = self.tell_failure(why, ctl);
        self.end_badly(&text, status, ctl);
    }

    /// Tells that there is no connection; gives back the words.
    fn tell_failure(&self, why: &str, ctl: &mut Ctl<'_, '_>) -> String {
        let (url, millis) = (&self.options.url, ctl.elapsed().as_millis());
        let (addr, port) = (url.addr, url.port);
        let text = format!("Failed to connect to {addr} port {port} after {millis} ms: {why}");
        self.tell(&format!("* {text}\n"), ctl);
        text
    }

    fn out_of_time(&mut self, ctl: &mut Ctl<'_, '_>) {
        if self.printed {
            return;
        }
        let millis = ctl.elapsed().as_millis();
        let text = match self.connected {
            true => {
                let bytes = body(&self.answer).map_or(0, <[u8]>::len);
                let of =
                    promised(&self.answer).map_or(String::new(), |all| format!("out of {all} "));
                format!(
                    "Operation timed out after {millis} milliseconds with {bytes} {of}bytes received"
                )
            }
            false => format!("Connection timed out after {millis} milliseconds"),
        };
        self.fail(&text, 28, ctl);
    }

    fn ask(&mut self, ctl: &mut Ctl<'_, '_>) {
        let Some(socket) = self.socket else { return };
        let request = self.request();
        let head = request.split(|&byte| byte == b'\n').take_while(|line| *line != b"\r");
        for line in head {
            let line = String::from_utf8_lossy(line);
            self.tell(&format!("> {}\n", line.trim_end()), ctl);
        }
        self.tell("> \n", ctl);
        if let Some(why) = self.failed {
            self.fail(&format!("Send failure: {why}"), 55, ctl);
            return;
        }
        ctl.write(socket, &request);
    }

    /// The bytes of the request, in curl's order.
    fn request(&self) -> Vec<u8> {
        let url = &self.options.url;
        let host = match url.port {
            80 => url.addr.to_string(),
            port => format!("{}:{port}", url.addr),
        };
        let zeros;
        let (method, data): (_, Option<&[u8]>) = match &self.options.request {
            Request::Get => ("GET", None),
            Request::Head => ("HEAD", None),
            Request::Post(text) => ("POST", Some(text.as_bytes())),
            Request::PostInput(input) => {
                zeros = bytes_of(input);
                ("POST", Some(&zeros))
            }
        };
        let mut request = format!(
            "{method} {} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n",
            url.path
        );
        if let Some(data) = data {
            request.push_str(&format!(
                "Content-Length: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                data.len()
            ));
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(data.unwrap_or_default());
        bytes
    }

    fn read(&mut self, ctl: &mut Ctl<'_, '_>) {
        let Some(socket) = self.socket else { return };
        let more = ctl.read(socket);
        let closed = more.is_empty();
        self.answer.extend(more);
        if self.printed {
            return;
        }
        if is_whole(&self.answer, self.options.request == Request::Head) {
            self.finish(ctl);
        } else if closed && self.answer.is_empty() {
            self.fail("Empty reply from server", 52, ctl);
        } else if closed {
            let got = body(&self.answer).map_or(0, <[u8]>::len);
            let left = promised(&self.answer).unwrap_or(0).saturating_sub(got);
            self.fail(&format!("transfer closed with {left} bytes remaining to read"), 18, ctl);
        }
    }

    /// The answer is here: it is shown now, and the connection closed after a pause.
    fn finish(&mut self, ctl: &mut Ctl<'_, '_>) {
        self.printed = true;
        ctl.cancel(LIMIT);
        ctl.cancel(CONNECT_LIMIT);
        let body = self.show(ctl);
        ctl.served(body.trim_end(), self.options.url.addr);
        self.tell(&format!("* Connection #0 to host {} left intact\n", self.options.url.addr), ctl);
        ctl.after(ctl.think(), CLOSE);
    }

    /// Prints what has come of the answer; gives back its body.
    fn show(&mut self, ctl: &mut Ctl<'_, '_>) -> String {
        let answer = std::mem::take(&mut self.answer);
        let head_end = end_of_head(&answer).unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..head_end]).into_owned();
        for line in head.lines() {
            self.tell(&format!("< {line}\n"), ctl);
        }
        let body = String::from_utf8_lossy(&answer[head_end..]).into_owned();
        if self.options.request == Request::Head {
            ctl.print(head);
        }
        match self.options.output {
            None | Some(Output::Stdout) => ctl.print(body.clone()),
            // Only what goes to a terminal needs no such line.
            Some(Output::Null) if body.is_empty() => {}
            Some(Output::Null) => self.tell(&format!("{{ [{} bytes data]\n", body.len()), ctl),
        }
        body
    }

    fn close(&mut self, ctl: &mut Ctl<'_, '_>) {
        if let Some(socket) = self.socket {
            ctl.close(socket);
        }
        ctl.end(0);
    }

    fn tell(&self, text: &str, ctl: &mut Ctl<'_, '_>) {
        if self.options.verbose {
            ctl.complain(text);
        }
    }

    /// Ends without a whole answer: what has come of it is shown, and what is wrong.
    fn fail(&mut self, text: &str, status: u8, ctl: &mut Ctl<'_, '_>) {
        self.show(ctl);
        self.tell(&format!("* {text}\n"), ctl);
        self.end_badly(text, status, ctl);
    }

    fn end_badly(&mut self, text: &str, status: u8, ctl: &mut Ctl<'_, '_>) {
        self.tell("* Closing connection 0\n", ctl);
        if !self.options.silent || self.options.show_error {
            ctl.complain(format!("curl: ({status}) {text}\n"));
        }
        ctl.end(status);
    }
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn body(answer: &[u8]) -> Option<&[u8]> {
    answer.get(end_of_head(answer)?..)
}

/// Whether all that `Content-Length` promised has come.
fn is_whole(answer: &[u8], head_only: bool) -> bool {
    let Some(end) = end_of_head(answer) else { return false };
    head_only || answer.len() - end >= promised(answer).unwrap_or(0)
}

/// How long the body will be, once the head is whole.
fn promised(answer: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(&answer[..end_of_head(answer)?]).to_ascii_lowercase();
    let value = head.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    value.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn an_answer_is_whole_when_all_its_bytes_are_there() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n".to_vec();
        let with = |body: &[u8]| [head.clone(), body.to_vec()].concat();
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\n", false));
        assert!(!is_whole(&with(b"rs1"), false));
        assert!(is_whole(&with(b"rs1\n"), false));
        assert!(is_whole(&with(b""), true));
    }
}
