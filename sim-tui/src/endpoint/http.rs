//! HTTP/1.1 messages as far as endpoints read them: where the head ends, and how long the body is.

/// A message whose bytes arrive bit by bit.
#[derive(Debug, Default)]
pub struct Message {
    bytes: Vec<u8>,
    head: Option<Head>,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    end: usize,
    length: Option<usize>,
}

impl Message {
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

    /// The length of the body, if the head is complete and tells it.
    pub fn length(&self) -> Option<usize> {
        self.head.and_then(|head| head.length)
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
