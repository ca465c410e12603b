//! Who answered each request.

use crate::event::{JobId, NodeId};
use crate::story::Player;
use crate::story::sight::{Ends, add, is_stray};
use crate::text;
use crate::text::Text;
use crate::trace::{Dir, Entry, Note, Trace};

/// A request that a client began.
struct Request {
    job: JobId,
    node: NodeId,
    port: u16,
    /// Where in the trace it began.
    asked: usize,
    /// Who answered, and where in the trace.
    served: Option<(String, usize)>,
}

impl Request {
    fn server(&self) -> &str {
        self.served.as_ref().map_or("-", |(name, _)| name)
    }
}

impl Player {
    /// Who answered each request since then; `-` is nobody.
    pub fn served(&self, by: Option<&str>, since: usize, trace: &Trace) -> Vec<String> {
        self.requests(by, since, trace).iter().map(|request| request.server().to_owned()).collect()
    }

    fn requests(&self, by: Option<&str>, since: usize, trace: &Trace) -> Vec<Request> {
        let by = by.map(|name| self.node(name));
        let mut requests: Vec<Request> = Vec::new();
        for (at, entry) in trace.entries().iter().enumerate().skip(since) {
            let node = entry.node;
            if by.is_some_and(|by| by != node) {
                continue;
            }
            match &entry.what {
                Note::Asked { job, port } => {
                    requests.push(Request {
                        job: *job,
                        node,
                        port: *port,
                        asked: at,
                        served: None,
                    });
                }
                Note::Served { job, by, .. } => {
                    if let Some(request) = requests.iter_mut().find(|own| own.job == *job) {
                        request.served = Some((by.clone(), at));
                    }
                }
                _ => {}
            }
        }
        requests
    }

    pub(super) fn check_served(
        &self,
        names: &[String],
        by: Option<&str>,
        since: usize,
        trace: &Trace,
    ) -> Result<(), Text> {
        let requests = self.requests(by, since, trace);
        let seen: Vec<&str> = requests.iter().map(Request::server).collect();
        if seen == names {
            return Ok(());
        }
        let (wanted, served) = (names.join(" "), seen.join(" "));
        let mut said = text!(
            "expected to be served by [{wanted}], was served by [{served}]",
            "期望依次由 [{wanted}] 应答，实际是 [{served}]"
        );
        let first = (0..).find(|&at| seen.get(at).copied() != names.get(at).map(String::as_str));
        let first = first.expect("the two lists differ");
        match requests.get(first) {
            Some(request) => self.add_request(&mut said, first + 1, request, trace),
            None => {
                let number = first + 1;
                let never = text!("request {number} was never made", "第 {number} 个请求没有发出");
                add(&mut said, (&never.en, &never.zh), &Text::default());
            }
        }
        Err(said)
    }

    /// The request's first frame, and its answer or the last frame that was seen of it.
    fn add_request(&self, said: &mut Text, number: usize, request: &Request, trace: &Trace) {
        let entries = trace.entries();
        let label = text!("request {number}", "第 {number} 个请求");
        let label = (&*label.en, &*label.zh);
        let sends = |entry: &Entry| {
            entry.node == request.node && matches!(entry.what, Note::Frame { dir: Dir::Out, .. })
        };
        let own = |at: usize| match &entries[at].what {
            Note::Frame { frame, .. } if sends(&entries[at]) => Ends::read(frame.bytes.bytes())
                .map(|ends| ends.from)
                .filter(|end| end.1 == request.port),
            _ => None,
        };
        let found = (request.asked..entries.len()).find_map(|at| own(at).map(|end| (at, end)));
        let Some((first, client)) = found else {
            add(said, label, &self.sight(&entries[request.asked]));
            add(said, ("it sent no frame", "它没有发出任何帧"), &Text::default());
            let is_why =
                |entry: &Entry| entry.node == request.node && matches!(entry.what, Note::Why(_));
            let mine = &entries[request.asked..];
            let ended = |entry: &Entry| matches!(&entry.what, Note::Ended { job, .. } if *job == request.job);
            let end = mine.iter().position(ended).unwrap_or(mine.len());
            if let Some(at) = mine[..end].iter().rposition(is_why) {
                add(said, ("decided", "判定"), &self.sight(&mine[at]));
            }
            return;
        };
        add(said, label, &self.sight(&entries[first]));
        if let Some((name, at)) = &request.served {
            let answer = format!("{} {name}", entries[*at].at);
            return add(said, ("answered", "应答"), &Text::same(answer));
        }
        let ends = |entry: &Entry| match &entry.what {
            Note::Frame { frame, .. } => Ends::read(frame.bytes.bytes()),
            _ => None,
        };
        let is_asking =
            |entry: &Entry| ends(entry).is_some_and(|ends| ends.from == client && !ends.quoted);
        let is_its = |entry: &Entry| {
            ends(entry).is_some_and(|ends| ends.from == client || ends.to == client)
        };
        let is_far = |at: &usize| is_asking(&entries[*at]) && !is_stray(entries, *at);
        let far = (0..entries.len()).rfind(is_far).unwrap_or(first);
        add(said, ("it came as far as", "它最远到"), &self.sight(&entries[far]));
        self.add_decided(said, entries, far, None);
        let is_last = |at: &usize| is_its(&entries[*at]) && !is_stray(entries, *at);
        let last = (0..entries.len()).rfind(is_last).unwrap_or(far);
        if last > far {
            add(said, ("what came back", "返回的"), &self.sight(&entries[last]));
        }
    }
}
