//! What the acknowledgement of a segment means: how much has arrived, how long it took, and what is
//! missing.
//!
//! Linux 6.1 net/ipv4/tcp_input.c tcp_ack, tcp_ack_update_window, tcp_clean_rtx_queue,
//! tcp_ack_update_rtt, tcp_sacktag_write_queue, tcp_process_tlp_ack.

use lvs_engine::Instant;

use super::Cx;
use super::congestion::Phase;
use super::options::Sack;
use super::segment::Segment;
use super::seq::{after, before};
use super::socket::Socket;

/// What one acknowledgement told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    /// More is acknowledged than before.
    pub advanced: bool,
    /// The segment carried data.
    pub data: bool,
    /// The window was updated.
    pub window: bool,
    /// Chunks were acknowledged.
    pub acked: bool,
    /// Some of them had been sent more than once.
    pub resent_acked: bool,
    /// Chunks beyond a hole were reported.
    pub sacked: bool,
    /// Something arrived twice.
    pub twice: bool,
    /// It was the loss probe.
    pub probe_twice: bool,
    /// The timer starts anew.
    pub restart: bool,
    /// Segments that are now known to have arrived.
    pub delivered: u32,
    /// Segments newly taken for lost.
    pub lost: u32,
    /// One of them had been sent again.
    pub lost_again: bool,
    first_sack: Option<Instant>,
    last_sack: Option<Instant>,
}

/// How an acknowledgement is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It was taken.
    Fine,
    /// It is older than one seen before.
    Old,
    /// It is far too old.
    TooOld,
    /// It is about data that was never sent.
    Unsent,
}

/// What is sent on account of an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resend {
    Nothing,
    /// What is lost.
    Lost,
    /// New data, to see whether the timeout was needed (F-RTO).
    New,
}

impl Socket {
    /// Takes the acknowledgement of a segment.
    pub fn acknowledge(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) -> Judgement {
        let una = self.snd.una;
        if before(segment.ack, una) {
            return self.acknowledge_again(cx, segment, una);
        }
        if after(segment.ack, self.snd.nxt) {
            return Judgement::Unsent;
        }
        let mut news = News { data: !segment.payload.is_empty(), ..News::default() };
        if after(segment.ack, una) {
            news.advanced = true;
            self.retransmits = 0;
            if self.congestion.phase == Phase::Open {
                self.retransmitted_at = None;
            }
        }
        self.remember_stamp(segment);
        let had_out = self.outbox.sent() > 0;
        news.window = self.update_window(cx, segment);
        self.snd.una = segment.ack;
        self.tag_sacks(cx.now, segment, una, &mut news);
        self.soft = None;
        self.probes = 0;
        let mut resend = Resend::Nothing;
        if had_out {
            self.clean(cx, segment, una, &mut news);
            self.judge_probe(cx, segment.ack, &news);
            if self.is_dubious(&news) {
                resend = self.alert(cx, una, &mut news);
            }
            if news.restart {
                self.restart_timer(cx);
            }
            self.control_congestion(cx, &news);
            self.resend(cx, resend);
        } else {
            if news.twice {
                self.alert(cx, una, &mut news);
            }
            self.check_window_probe(cx);
            self.judge_probe(cx, segment.ack, &news);
        }
        Judgement::Fine
    }

    /// An old acknowledgement can still report blocks.
    fn acknowledge_again(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>, una: u32) -> Judgement {
        if before(segment.ack, una.wrapping_sub(self.snd.max_window)) {
            return Judgement::TooOld;
        }
        if !segment.options.sacks().is_empty() {
            let mut news = News::default();
            self.tag_sacks(cx.now, segment, una, &mut news);
            let resend = self.alert(cx, una, &mut news);
            self.resend(cx, resend);
        }
        Judgement::Old
    }

    /// The peer's clock, to be echoed: taken from segments that begin at or before the last
    /// acknowledgement sent.
    fn remember_stamp(&mut self, segment: &Segment<'_>) {
        if let Some(stamps) = segment.options.timestamps.filter(|_| self.agreed.timestamps)
            && !after(segment.seq, self.window.offered_at)
            && !before(stamps.value, self.ts_recent)
        {
            self.ts_recent = stamps.value;
        }
    }

    fn update_window(&mut self, cx: &Cx<'_>, segment: &Segment<'_>) -> bool {
        let window = u32::from(segment.window) << self.agreed.peer_scale;
        let snd = &mut self.snd;
        let newer = after(segment.ack, snd.una)
            || after(segment.seq, snd.window_seq)
            || (segment.seq == snd.window_seq && (window > snd.window || window == 0));
        if newer {
            snd.window_seq = segment.seq;
            if snd.window != window {
                snd.window = window;
                snd.max_window = snd.max_window.max(window);
                if !self.outbox.is_idle() {
                    self.restart_after_idle(cx.now);
                }
            }
        }
        newer
    }

    /// Whether an acknowledgement needs a closer look: it made no progress, or reports something
    /// odd (`tcp_ack_is_dubious`).
    fn is_dubious(&self, news: &News) -> bool {
        let is_progress = news.data || news.window || news.acked;
        !is_progress || news.sacked || news.twice || self.congestion.phase != Phase::Open
    }

    /// Drops what is acknowledged, and measures.
    fn clean(&mut self, cx: &Cx<'_>, segment: &Segment<'_>, prior_una: u32, news: &mut News) {
        let una = self.snd.una;
        let (mut first, mut last) = (None, None);
        while let Some(chunk) = self.outbox.first().cloned() {
            let whole = !after(chunk.end(), una);
            if !whole && (chunk.segments() == 1 || !after(una, chunk.seq)) {
                break;
            }
            let mut arrived = chunk.segments();
            if !whole {
                self.outbox.trim(una);
                arrived -= self.outbox.chunk(0).segments();
                if arrived == 0 {
                    break;
                }
            }
            if chunk.ever_resent {
                news.resent_acked = true;
            } else if !chunk.sacked {
                first = first.or(Some(chunk.sent_at));
                last = Some(chunk.sent_at);
            }
            if !chunk.sacked {
                news.delivered += arrived;
                self.rack_advance(cx.now, &chunk);
            }
            news.acked = true;
            if !whole {
                break;
            }
            self.outbox.pop();
        }
        self.outbox.trim(una);
        let measured = self.measure_rtt(cx.now, segment, (first, last), prior_una, news);
        if news.acked {
            news.restart = true;
        } else if measured && let Some(sacked) = news.first_sack {
            // Do not wait longer than from the first chunk's last sending: the timeout would move
            // on for ever.
            news.restart = self.outbox.first().is_some_and(|head| sacked < head.sent_at);
        }
    }

    /// Measures the round trip: by what was acknowledged, else by SACK, else by the echoed clock.
    fn measure_rtt(
        &mut self,
        now: Instant,
        segment: &Segment<'_>,
        (first, last): (Option<Instant>, Option<Instant>),
        prior_una: u32,
        news: &News,
    ) -> bool {
        let (first, last) = if news.resent_acked { (None, None) } else { (first, last) };
        let age = |at: Instant| now - at;
        let mut sample = first.or(news.first_sack).map(age);
        let mut newest = news.last_sack.or(last).map(age);
        if sample.is_none() && news.acked && self.agreed.timestamps {
            sample = segment.options.timestamps.and_then(|stamps| stamps.age(self.clock(now)));
            newest = sample;
        }
        let Some(sample) = sample else { return false };
        self.rtt.saw(newest.unwrap_or(sample));
        let una = if news.advanced { self.snd.una } else { prior_una };
        self.rtt.measure(sample, una, self.snd.nxt);
        true
    }

    /// The window grows or, while something is repaired, follows the deliveries.
    fn control_congestion(&mut self, cx: &Cx<'_>, news: &News) {
        let in_flight = self.in_flight();
        if self.congestion.is_reducing() {
            let advanced = news.advanced;
            self.congestion.reduce(news.delivered, news.lost > 0, advanced, in_flight);
        } else if news.acked && news.delivered > 0 {
            self.congestion.grow(cx.now, news.delivered, self.rtt.shortest());
        }
        self.update_rate();
    }

    /// What became of the loss probe.
    fn judge_probe(&mut self, cx: &Cx<'_>, ack: u32, news: &News) {
        let Some(end) = self.recovery.probe_end else { return };
        if before(ack, end) {
            return;
        }
        if self.recovery.probe_was_old && !news.probe_twice {
            if after(ack, end) {
                // The probe filled a hole: something had been lost.
                self.congestion.begin_reduction(Phase::Cwr, self.snd.nxt);
                self.congestion.end_reduction(cx.now);
                self.keep_open();
            } else if news.advanced || news.data || news.window || news.acked || news.sacked {
                return;
            }
        }
        self.recovery.probe_end = None;
    }

    /// Marks what the peer reports to have beyond a hole.
    fn tag_sacks(&mut self, now: Instant, segment: &Segment<'_>, prior_una: u32, news: &mut News) {
        if !self.agreed.sack {
            return;
        }
        let blocks = segment.options.sacks();
        for (nth, block) in blocks.iter().enumerate() {
            if nth == 0 && is_twice(block, blocks.get(1), segment.ack) {
                news.twice = true;
                news.probe_twice = self.recovery.probe_end == Some(block.right);
                continue;
            }
            let sane = before(block.left, block.right)
                && !after(block.right, self.snd.nxt)
                && after(block.right, prior_una);
            if sane {
                self.tag(now, block, news);
            }
        }
    }

    fn tag(&mut self, now: Instant, block: &Sack, news: &mut News) {
        let mut at = 0;
        while at < self.outbox.sent() {
            let chunk = self.outbox.chunk(at);
            if !before(chunk.seq, block.right) {
                break;
            }
            if !chunk.sacked && after(chunk.end(), block.left) && self.isolate(at, block) {
                let chunk = self.outbox.chunk_mut(at);
                if !chunk.ever_resent {
                    news.first_sack = news.first_sack.or(Some(chunk.sent_at));
                    news.last_sack = Some(chunk.sent_at);
                }
                news.sacked = true;
                news.delivered += chunk.segments();
                let arrived = chunk.clone();
                chunk.sacked = true;
                chunk.lost = false;
                chunk.resent = false;
                self.rack_advance(now, &arrived);
            }
            at += 1;
        }
    }

    /// Cuts a chunk so that the part at `at` lies inside or outside the block as a whole; returns
    /// whether it is inside.
    fn isolate(&mut self, at: usize, block: &Sack) -> bool {
        let chunk = self.outbox.chunk(at);
        let starts_inside = !before(chunk.seq, block.left);
        if starts_inside && !after(chunk.end(), block.right) {
            return true;
        }
        if chunk.segments() == 1 {
            return false;
        }
        let mss = chunk.mss;
        let whole = if starts_inside {
            block.right.wrapping_sub(chunk.seq) / mss * mss
        } else {
            block.left.wrapping_sub(chunk.seq).div_ceil(mss) * mss
        };
        if whole == 0 || whole >= chunk.len {
            return false;
        }
        self.outbox.split(at, whole, mss);
        starts_inside
    }
}

/// Whether the first block reports something that came twice: it lies below the acknowledgement or
/// inside the second block (RFC 2883).
fn is_twice(first: &Sack, second: Option<&Sack>, ack: u32) -> bool {
    before(first.left, ack)
        || second.is_some_and(|second| {
            !after(first.right, second.right) && !before(first.left, second.left)
        })
}
