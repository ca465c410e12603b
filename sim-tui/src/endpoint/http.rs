//! HTTP/1.1 messages as far as endpoints read them: where the head ends, and how long the body is.

/// A message whose bytes arrive bit by bit.
#[derive(Debug, Default)]
pub struct Message {
    bytes: Vec<u8>,
    head: Option<Head>,
    /// It answers HEAD: no body comes, whatever its length is said to be.
    is_bare: bool,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    end: usize,
    length: Option<usize>,
}

impl Message {
    /// An answer that has no body.
    pub fn head_alone() -> Self {
        Self { is_bare: true, ..Self::default() }
    }

    /// Take in what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.head.is_none() {
            self.head = read_head(&self.bytes);
        }
    }

    /// Whether this can still become an answer of HTTP/1: the first bytes say so.
    pub fn may_be_http(&self) -> bool {
        self.bytes.iter().zip(b"HTTP/").all(|(got, wanted)| got == wanted)
    }

    /// Whether the head is complete.
    pub fn has_head(&self) -> bool {
        self.head.is_some()
    }

    /// The head with its blank line; nothing before it is complete.
    pub fn head(&self) -> &[u8] {
        &self.bytes[..self.head.map_or(0, |head| head.end)]
    }

    /// The length of the body, if the head is complete and tells it.
    pub fn length(&self) -> Option<usize> {
        self.head.and_then(|head| if self.is_bare { Some(0) } else { head.length })
    }

    /// The part of the body that has arrived; nothing before the head is complete.
    pub fn body(&self) -> &[u8] {
        let end = self.head.map_or(self.bytes.len(), |head| head.end);
        let body = &self.bytes[end..];
        &body[..body.len().min(self.length().unwrap_or(usize::MAX))]
    }

    /// Whether a body of the announced length is here.
    pub fn is_complete(&self) -> bool {
        self.length().is_some_and(|length| self.body().len() == length)
    }

    /// Take the first request out; `None` while it is not complete. A request without a length has no body.
    pub fn take_request(&mut self) -> Option<Vec<u8>> {
        let head = self.head?;
        let end = head.end.checked_add(head.length.unwrap_or(0))?;
        if self.bytes.len() < end {
            return None;
        }
        let rest = self.bytes.split_off(end);
        let request = std::mem::take(&mut self.bytes);
        *self = Self::default();
        self.push(&rest);
        Some(request)
    }
}

/// The head of a whole message, with its blank line.
pub fn head_of(message: &[u8]) -> &[u8] {
    &message[..read_head(message).map_or(0, |head| head.end)]
}

fn read_head(bytes: &[u8]) -> Option<Head> {
    const BLANK_LINE: &[u8] = b"\r\n\r\n";
    let blank = bytes.windows(BLANK_LINE.len()).position(|window| window == BLANK_LINE)?;
    let text = String::from_utf8_lossy(&bytes[..blank]);
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok());
    Some(Head { end: blank + BLANK_LINE.len(), length })
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
        //      arrived                      http   head   complete body
        #[rustfmt::skip]
        let rows = [
            ("",                             true,  false, false, ""),
            ("HTT",                          true,  false, false, ""),
            ("rs1\n",                        false, false, false, ""),
            (head,                           true,  true,  false, ""),
            (&format!("{head}rs1"),          true,  true,  false, "rs1"),
            (&format!("{head}rs1\n"),        true,  true,  true,  "rs1\n"),
            (&format!("{head}rs1\nmore"),    true,  true,  true,  "rs1\n"),
            ("HTTP/1.1 200 OK\r\n\r\nabc",   true,  true,  false, "abc"),
        ];
        for (text, http, has_head, complete, body) in rows {
            let mut message = Message::default();
            for byte in text.as_bytes() {
                message.push(&[*byte]);
            }
            let body_is = String::from_utf8_lossy(message.body());
            let is = (message.may_be_http(), message.has_head(), message.is_complete());
            assert_eq!((is, body_is.as_ref()), ((http, has_head, complete), body), "{text:?}");
        }
    }

    #[test]
    fn an_answer_to_head_is_complete_with_its_blank_line() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
        let mut message = Message::head_alone();
        message.push(&head.as_bytes()[..head.len() - 1]);
        assert!(!message.is_complete() && message.head().is_empty());
        message.push(b"\n");
        assert!(message.is_complete());
        assert_eq!((message.head(), message.body()), (head.as_bytes(), &b""[..]));
    }

    #[test]
    fn requests_come_out_one_after_the_other() {
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let post = b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\na=b";
        let mut message = Message::default();
        message.push(get);
        message.push(&post[..post.len() - 1]);
        assert_eq!(message.take_request().as_deref(), Some(&get[..]));
        assert_eq!(message.take_request(), None);
        message.push(b"b");
        assert_eq!(message.take_request().as_deref(), Some(&post[..]));
        assert_eq!(message.take_request(), None);
    }
}
