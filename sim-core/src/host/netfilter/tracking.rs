//! A packet and connection tracking: it gets its entry, the entry is confirmed, and IPVS takes
//! packets out or changes what answers are expected.
//!
//! Linux 6.1: net/netfilter/nf_conntrack_core.c; net/netfilter/ipvs/ip_vs_nfct.c,
//! ip_vs_update_conntrack; include/net/ip_vs.h, ip_vs_notrack.

use lvs_engine::{Endpoint, Rewrite, Track, Tracked, Verdict};

use crate::event::Cx;
use crate::frame::FrameId;
use crate::host::Host;
use crate::host::conntrack::{Ct, Dir, Entry, Found, Standing, Tuple};
use crate::host::icmp;
use crate::host::packet::Skb;
use crate::host::sysctl::Tracking;
use crate::reason::Reason;

impl Host {
    /// Finds the entry that a packet belongs to. What has one already (on `lo`, from IPVS) keeps
    /// it. Linux 6.1 nf_conntrack_core.c, nf_conntrack_in.
    /// False if the packet is dropped: it would begin a connection, and the table is full.
    pub(super) fn track(&mut self, skb: &mut Skb, came_in: bool, cx: &mut Cx<'_>) -> bool {
        let Some(netfilter) = &mut self.netfilter else { return true };
        if !netfilter.tracks || skb.ct != Ct::None {
            return true;
        }
        let view = skb.view();
        let (src, dst) = (view.src(), view.dst());
        skb.ct = match netfilter.conntrack.track(&view, came_in, cx.now) {
            Found::New(entry) => {
                cx.note(Reason::CtNew { from: entry.original.src, to: entry.original.dst });
                Ct::Loose(entry, Standing::New, Dir::Original)
            }
            Found::Known(id, standing, dir) => {
                cx.note(match (standing, dir) {
                    (Standing::Related, _) => Reason::CtRelated { src, dst },
                    (_, Dir::Original) => Reason::CtOriginal { src, dst },
                    (_, Dir::Reply) => Reason::CtReply { src, dst },
                });
                Ct::Known(id, standing, dir)
            }
            Found::Last(entry, standing, dir) => {
                cx.note(Reason::CtRefused { src, dst });
                Ct::Loose(entry, standing, dir)
            }
            Found::Full => {
                self.sysctl.note_tracking(Tracking::Max, cx);
                cx.note(Reason::CtFull { src, dst });
                return false;
            }
            Found::Invalid => {
                cx.note(Reason::CtInvalid { src, dst });
                Ct::None
            }
        };
        true
    }

    /// A connection's first packet gets through: its entry counts from now on. Linux 6.1
    /// nf_conntrack_core.c, __nf_conntrack_confirm.
    pub(super) fn confirm(&mut self, skb: Skb, cx: &mut Cx<'_>) -> Option<Skb> {
        let Ct::Loose(entry, standing, Dir::Original) = skb.ct else { return Some(skb) };
        if entry.is_over {
            return Some(Skb { ct: Ct::Loose(entry, standing, Dir::Original), ..skb });
        }
        let reply = entry.reply;
        let netfilter = self.netfilter.as_mut().expect("what is tracked is tracked by netfilter");
        let Some(id) = netfilter.conntrack.confirm(*entry, cx.now) else {
            cx.note(Reason::CtClash { from: reply.src, to: reply.dst });
            return None;
        };
        Some(Skb { ct: Ct::Known(id, standing, Dir::Original), ..skb })
    }

    /// The entry of a packet, whether it is in the table or not.
    pub(super) fn entry_of<'a>(&'a self, skb: &'a Skb) -> Option<(&'a Entry, Standing, Dir)> {
        match &skb.ct {
            Ct::None | Ct::Untracked => None,
            Ct::Loose(entry, standing, dir) => Some((entry, *standing, *dir)),
            Ct::Known(id, standing, dir) => {
                let entry = self.netfilter.as_ref()?.conntrack.get(*id)?;
                Some((entry, *standing, *dir))
            }
        }
    }

    /// Whether a packet's connection goes elsewhere than its first packet was sent to: then the
    /// way of one made here is looked up again.
    pub(super) fn is_redirected(&self, skb: &Skb) -> bool {
        self.entry_of(skb).is_some_and(|(entry, _, dir)| {
            entry.tuple(dir).dst.addr != entry.tuple(dir.other()).src.addr
        })
    }

    /// What IPVS is told of a packet's entry.
    pub(in crate::host) fn tracked(skb: &Skb) -> Tracked {
        match &skb.ct {
            Ct::None | Ct::Untracked => Tracked::No,
            Ct::Loose(entry, ..) if !entry.is_over => Tracked::New,
            Ct::Loose(..) | Ct::Known(..) => Tracked::Confirmed,
        }
    }

    /// IPVS has handled a packet of one of its connections: unless that one is tracked, the packet
    /// is not from here on; if it is, answers are expected from the real server. Linux 6.1
    /// ip_vs_xmit.c, ip_vs_nat_send_or_cont, ip_vs_send_or_cont, ip_vs_tunnel_xmit_prepare.
    pub(in crate::host) fn after_ipvs<Path>(
        &mut self,
        verdict: &Verdict<Path>,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        if skb.ct == Ct::None {
            return Some(skb);
        }
        let Some((rewrite, track)) = verdict.passing() else { return Some(skb) };
        if track == Track::AsItIs {
            return Some(skb);
        }
        if rewrite.outer.is_some() {
            // The outer packet is another one, and is tracked for itself.
            let skb = if track == Track::Keep { self.confirm(skb, cx)? } else { skb };
            return Some(Skb { ct: Ct::None, ..skb });
        }
        if track == Track::Leave {
            if skb.ct != Ct::Untracked {
                let dst = skb.view().dst();
                cx.note(Reason::CtLeftByIpvs { dst });
            }
            return Some(Skb { ct: Ct::Untracked, ..skb });
        }
        Some(expect_answers(skb, rewrite, cx))
    }

    /// The time of a connection of IPVS has come. If it was tracked, netfilter's entry ends with
    /// it. Linux 6.1 ip_vs_nfct.c, ip_vs_conn_drop_conntrack.
    pub(in crate::host) fn engine_timer(&mut self, cx: &mut Cx<'_>) {
        let Some(engine) = &mut self.engine else { return };
        let mut probe = Ends { cx, ends: Vec::new() };
        engine.handle_timeout(probe.cx.now, &mut probe);
        let Ends { cx, ends } = probe;
        if let Some(netfilter) = &mut self.netfilter {
            for tuple in ends {
                netfilter.conntrack.drop_original(&tuple, cx.now);
            }
        }
    }

    /// What a packet on `lo` is known by is known at its other end. Linux keeps the very same
    /// packet.
    pub(in crate::host) fn go_by_lo(&mut self, frame: FrameId, seen: bool, mark: u32, ct: Ct) {
        if let Some(netfilter) = &mut self.netfilter
            && (mark != 0 || ct != Ct::None || seen)
        {
            netfilter.on_lo.insert(frame, (ct, mark, seen));
        }
    }

    /// The other end of `lo`.
    pub(in crate::host) fn come_by_lo(&mut self, frame: FrameId, skb: Skb) -> Skb {
        let known = self.netfilter.as_mut().and_then(|own| own.on_lo.remove(&frame));
        match known {
            Some((ct, mark, seen)) => Skb { ct, mark, seen, ..skb },
            None => skb,
        }
    }
}

/// Notes what the engine notes, and which tracked connections ended.
struct Ends<'a, 'b> {
    cx: &'a mut Cx<'b>,
    ends: Vec<Tuple>,
}

impl lvs_engine::Probe for Ends<'_, '_> {
    fn note(&mut self, reason: lvs_engine::Reason) {
        if let lvs_engine::Reason::TrackingEnds { client, vip, proto } = reason {
            self.ends.push(Tuple { proto: proto as u8, src: client, dst: vip });
        }
        self.cx.note(Reason::Ipvs(reason));
    }
}

/// The entry of a connection's first packet learns where answers come from after IPVS's
/// translation, or to whom they go.
fn expect_answers(mut skb: Skb, rewrite: Rewrite, cx: &mut Cx<'_>) -> Skb {
    let Ct::Loose(entry, _, Dir::Original) = &mut skb.ct else { return skb };
    let has_ports = entry.original.proto != icmp::PROTO;
    let moved = |end: Endpoint, old: Endpoint| match has_ports {
        true => end,
        false => Endpoint::new(end.addr, old.port),
    };
    if let Some(rip) = rewrite.dst {
        entry.reply.src = moved(rip, entry.reply.src);
        if let Some(lip) = rewrite.src {
            entry.reply.dst = moved(lip, entry.reply.dst);
        }
        cx.note(Reason::CtAlteredByIpvs { rip });
    } else if let Some(vip) = rewrite.src {
        entry.reply.dst = moved(vip, entry.reply.dst);
    }
    skb
}
