//! The five hooks, and in which order a packet meets what hangs on each. IPVS's places between them
//! are in `host/ip.rs`.
//!
//! Linux 6.1: include/uapi/linux/netfilter_ipv4.h (enum nf_ip_hook_priorities). By priority: -400
//! reassembly, -300 raw, -200 tracking, -150 mangle, -100 nat of destinations, -99 and -98 IPVS at
//! LOCAL_OUT, 0 filter, 98 and 99 IPVS at LOCAL_IN, 99 and 100 at FORWARD, 100 nat of sources, and
//! last of all the entry is confirmed.

use super::{Decision, Passage};
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use crate::host::fib::Out;
use crate::host::ip::Arrival;
use crate::host::packet::Skb;
use crate::netfilter::{Chain, ChainId, Table};
use crate::reason::Reason;

impl Host {
    /// Before it is known whose a packet is.
    pub(in crate::host) fn hook_prerouting(
        &mut self,
        arrival: Arrival,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        let Some(netfilter) = &self.netfilter else { return Some(skb) };
        let skb = match netfilter.tracks {
            true => self.reassemble(arrival, skb, cx)?,
            false => skb,
        };
        let passage = Passage { input: Some(arrival.iface), output: None };
        let mut skb = self.meet(Table::Raw, Chain::Prerouting, passage, skb, cx)?;
        if !self.track(&mut skb, true, cx) {
            return None;
        }
        let skb = self.meet(Table::Mangle, Chain::Prerouting, passage, skb, cx)?;
        self.nat(Chain::Prerouting, passage, skb, cx)
    }

    /// For this host, before IPVS.
    pub(in crate::host) fn hook_input(
        &mut self,
        arrival: Arrival,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        if self.netfilter.is_none() {
            return Some(skb);
        }
        let passage = Passage { input: Some(arrival.iface), output: None };
        let skb = self.meet(Table::Mangle, Chain::Input, passage, skb, cx)?;
        self.meet(Table::Filter, Chain::Input, passage, skb, cx)
    }

    /// For this host, and IPVS has let it go: what is left of LOCAL_IN.
    pub(in crate::host) fn hook_input_end(
        &mut self,
        arrival: Arrival,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        if self.netfilter.is_none() {
            return Some(skb);
        }
        let passage = Passage { input: Some(arrival.iface), output: None };
        let skb = self.nat(Chain::Input, passage, skb, cx)?;
        self.confirm(skb, cx)
    }

    /// For somebody else, before IPVS.
    pub(in crate::host) fn hook_forward(
        &mut self,
        arrival: Arrival,
        output: IfaceId,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        if self.netfilter.is_none() {
            return Some(skb);
        }
        let passage = Passage { input: Some(arrival.iface), output: Some(output) };
        let skb = self.meet(Table::Mangle, Chain::Forward, passage, skb, cx)?;
        self.meet(Table::Filter, Chain::Forward, passage, skb, cx)
    }

    /// Made here, or sent by IPVS, as far as before IPVS. A new route comes along if a translation
    /// asks for one. Linux 6.1 nf_nat_proto.c, nf_nat_ipv4_local_fn.
    pub(in crate::host) fn hook_output(
        &mut self,
        output: IfaceId,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<(Skb, Option<Out>)> {
        if self.netfilter.is_none() {
            return Some((skb, None));
        }
        let passage = Passage { input: None, output: Some(output) };
        let mut skb = self.meet(Table::Raw, Chain::Output, passage, skb, cx)?;
        if !self.track(&mut skb, false, cx) {
            return None;
        }
        let mark = skb.mark;
        let skb = self.meet(Table::Mangle, Chain::Output, passage, skb, cx)?;
        // What gets another mark here asks for its route anew, by the destination that it bears: of
        // a packet by DR that is the VIP. Linux 6.1 iptable_mangle.c, ipt_mangle_out.
        let is_marked_anew = skb.mark != mark;
        let skb = self.nat(Chain::Output, passage, skb, cx)?;
        if !is_marked_anew && !self.is_redirected(&skb) {
            return Some((skb, None));
        }
        let (src, dst) = (skb.view().src(), skb.view().dst());
        let Ok(out) = self.fib.output(dst, Some(src), None) else {
            cx.note(Reason::DropNoRoute { dst });
            return None;
        };
        Some((skb, Some(out)))
    }

    /// Made here, or sent by IPVS: what is left of LOCAL_OUT behind IPVS.
    pub(in crate::host) fn hook_output_end(
        &mut self,
        output: IfaceId,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        if self.netfilter.is_none() {
            return Some(skb);
        }
        let passage = Passage { input: None, output: Some(output) };
        self.meet(Table::Filter, Chain::Output, passage, skb, cx)
    }

    /// Whatever leaves, before it is cut to the size of the wire.
    pub(in crate::host) fn hook_postrouting(
        &mut self,
        output: IfaceId,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        if self.netfilter.is_none() {
            return Some(skb);
        }
        let passage = Passage { input: None, output: Some(output) };
        let skb = self.meet(Table::Mangle, Chain::Postrouting, passage, skb, cx)?;
        let skb = self.nat(Chain::Postrouting, passage, skb, cx)?;
        self.confirm(skb, cx)
    }

    /// A packet meets a chain, and goes on if that lets it.
    fn meet(
        &mut self,
        table: Table,
        chain: Chain,
        passage: Passage,
        mut skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        match self.ask_chain(ChainId { table, chain }, passage, &mut skb, cx) {
            // Only the nat table translates: the command lets no other rule through.
            Decision::Accept | Decision::Translate(..) => Some(skb),
            Decision::Drop => None,
            Decision::Reject(with, origin) => {
                self.reject((with, origin), chain, passage, &skb, cx);
                None
            }
        }
    }
}
