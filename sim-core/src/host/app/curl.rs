//! `curl`: one HTTP request. What it writes and says is curl 7.88.1's; its steps are [`THINK`] apart.

use std::time::Duration;

use lvs_engine::Endpoint;

use super::{AppEvent, Ctl, THINK, Token, bytes_of};
use crate::command::curl as command;
use crate::command::curl::Request;
use crate::host::tcp::NotConnected;
use crate::host::tcp::{SocketEvent, SocketId};

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
    answer: Vec<u8>,
    printed: bool,
}

impl Curl {
    pub(super) fn new(options: &command::Curl) -> Self {
        let options = options.clone();
        Self { options, socket: None, connected: false, answer: Vec::new(), printed: false }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Timer(ASK) => self.ask(ctl),
            AppEvent::Timer(READ) => self.read(ctl),
            AppEvent::Timer(CLOSE) => self.close(ctl),
            AppEvent::Timer(CONNECT_LIMIT) if self.connected => {}
            AppEvent::Timer(CONNECT_LIMIT) => {
                let millis = ctl.elapsed().as_millis();
                self.cannot_connect(&format!("after {millis} ms: Timeout was reached"), 28, ctl);
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
            Err(NotConnected::NoRoute(_)) => {
                self.not_connected(ctl);
                return;
            }
            Err(NotConnected::PortTaken) => {
                ctl.print("curl: (45) bind failed with errno 98: Address already in use\n");
                ctl.end(45);
                return;
            }
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
                let text = format!("* Connected to {0} ({0}) port {port} (#0)\n", url.addr);
                self.tell(&text, ctl);
                ctl.after(THINK, ASK);
            }
            SocketEvent::Readable | SocketEvent::PeerClosed => {
                if !ctl.waits(READ) {
                    ctl.after(Duration::ZERO, READ);
                }
            }
            SocketEvent::Accepted { .. } => {}
            SocketEvent::Failed(_) if self.printed => {}
            SocketEvent::Failed(_) if !self.connected => self.not_connected(ctl),
            SocketEvent::Failed(why) => self.fail(&format!("(56) Recv failure: {why}"), 56, ctl),
        }
    }

    fn not_connected(&mut self, ctl: &mut Ctl<'_, '_>) {
        let millis = ctl.elapsed().as_millis();
        self.cannot_connect(&format!("after {millis} ms: Couldn't connect to server"), 7, ctl);
    }

    fn cannot_connect(&mut self, how: &str, status: u8, ctl: &mut Ctl<'_, '_>) {
        let (addr, port) = (self.options.url.addr, self.options.url.port);
        let text = format!("({status}) Failed to connect to {addr} port {port} {how}");
        self.fail(&text, status, ctl);
    }

    fn out_of_time(&mut self, ctl: &mut Ctl<'_, '_>) {
        if self.printed {
            return;
        }
        let millis = ctl.elapsed().as_millis();
        let text = match self.connected {
            true => {
                let bytes = body(&self.answer).map_or(0, <[u8]>::len);
                format!(
                    "(28) Operation timed out after {millis} milliseconds with {bytes} bytes received"
                )
            }
            false => format!("(28) Connection timed out after {millis} milliseconds"),
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
            self.fail("(52) Empty reply from server", 52, ctl);
        } else if closed {
            self.fail("(18) transfer closed with outstanding read data remaining", 18, ctl);
        }
    }

    /// The answer is here: it is shown now, and the connection closed after a pause.
    fn finish(&mut self, ctl: &mut Ctl<'_, '_>) {
        self.printed = true;
        ctl.cancel(LIMIT);
        ctl.cancel(CONNECT_LIMIT);
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
        if self.options.output.is_none() {
            ctl.print(body.clone());
        }
        ctl.served(body.trim_end(), self.options.url.addr);
        ctl.after(THINK, CLOSE);
    }

    fn close(&mut self, ctl: &mut Ctl<'_, '_>) {
        if let Some(socket) = self.socket {
            ctl.close(socket);
        }
        ctl.end(0);
    }

    fn tell(&self, text: &str, ctl: &mut Ctl<'_, '_>) {
        if self.options.verbose {
            ctl.print(text);
        }
    }

    fn fail(&mut self, text: &str, status: u8, ctl: &mut Ctl<'_, '_>) {
        if !self.options.silent || self.options.show_error {
            ctl.print(format!("curl: {text}\n"));
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
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let promised = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|value| value.trim().parse::<usize>().ok());
    head_only || answer.len() - end >= promised.unwrap_or(0)
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
