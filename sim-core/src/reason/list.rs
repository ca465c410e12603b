//! The list of reasons: each with its inputs and its code, layer by layer from ARP to the cables.

use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, OriginId};

use super::{Field, Setting};
use crate::Mac;
use crate::event::IfaceId;
use crate::frame::EtherType;
use crate::netfilter::ChainId;

reasons! {
    /// Answered an ARP request for an address of the interface that was asked.
    ArpReplyOwn {
        /// The address.
        target: Ipv4Addr,
    } = "arp.reply.own-interface";
    /// Answered an ARP request for an address that is on another interface.
    ArpReplyAny {
        /// The address.
        target: Ipv4Addr,
        /// Where it is.
        home: IfaceId,
    } = "arp.reply.any-interface";
    /// Answered an ARP request for an address of somebody else.
    ArpReplyProxy {
        /// The address.
        target: Ipv4Addr,
    } = "arp.reply.proxy";
    /// Silent: `arp_ignore` 1, and the address is on another interface.
    ArpSilentInterface {
        /// The address.
        target: Ipv4Addr,
        /// Where it is.
        home: IfaceId,
    } = "arp.silent.not-on-interface";
    /// Silent: `arp_ignore` 2, and no network of the interface holds both addresses.
    ArpSilentSubnet {
        /// The address.
        target: Ipv4Addr,
        /// Who asked.
        sender: Ipv4Addr,
    } = "arp.silent.not-in-subnet";
    /// Silent: `arp_ignore` 3, and the address has scope host.
    ArpSilentScope {
        /// The address.
        target: Ipv4Addr,
    } = "arp.silent.scope-host";
    /// Silent: `arp_ignore` 8.
    ArpSilentAlways {
        /// The address.
        target: Ipv4Addr,
    } = "arp.silent.always";
    /// Silent: `arp_filter`, and the way back to the asker leaves by another interface.
    ArpSilentFilter {
        /// The address.
        target: Ipv4Addr,
    } = "arp.silent.filter";
    /// Silent: too many answers on behalf of others wait already.
    ArpSilentProxyFull {
        /// The address.
        target: Ipv4Addr,
    } = "arp.silent.proxy-full";
    /// Silent: the address is not ours.
    ArpSilentNotMine {
        /// The address.
        target: Ipv4Addr,
    } = "arp.silent.not-mine";
    /// Silent: the asker claims an impossible address, such as one of ours.
    ArpSilentSource {
        /// The address that the asker claims.
        sender: Ipv4Addr,
    } = "arp.silent.bad-source";
    /// An own request carries the source of the packet that waits.
    ArpAskPacketSource {
        /// For whom.
        target: Ipv4Addr,
        /// In whose name.
        sender: Ipv4Addr,
    } = "arp.ask.packet-source";
    /// An own request carries the address of the interface that fits best.
    ArpAskInterfaceAddress {
        /// For whom.
        target: Ipv4Addr,
        /// In whose name.
        sender: Ipv4Addr,
    } = "arp.ask.interface-address";
    /// The neighbour table has a new entry.
    NeighLearned {
        /// Whose.
        addr: Ipv4Addr,
        /// At which MAC address.
        mac: Mac,
    } = "neigh.learned";
    /// An entry was confirmed at the same MAC address.
    NeighConfirmed {
        /// Whose.
        addr: Ipv4Addr,
        /// At which MAC address.
        mac: Mac,
    } = "neigh.confirmed";
    /// An entry was moved to another MAC address.
    NeighMoved {
        /// Whose.
        addr: Ipv4Addr,
        /// Where it was.
        from: Mac,
        /// Where it is now.
        to: Mac,
    } = "neigh.moved";
    /// A fresh entry resisted another MAC address.
    NeighLocked {
        /// Whose.
        addr: Ipv4Addr,
        /// Which MAC address was refused.
        refused: Mac,
    } = "neigh.locked";
    /// A permanent entry resisted.
    NeighPermanent {
        /// Whose.
        addr: Ipv4Addr,
        /// Which MAC address was refused.
        refused: Mac,
    } = "neigh.permanent";
    /// Nobody had asked: no entry was made.
    NeighUnasked {
        /// Whose.
        addr: Ipv4Addr,
        /// At which MAC address.
        mac: Mac,
    } = "neigh.unasked";
    /// A packet waits for the MAC address of its next hop.
    NeighWaits {
        /// The next hop.
        addr: Ipv4Addr,
    } = "neigh.waits";
    /// An old entry is asked anew, at its last MAC address.
    NeighProbed {
        /// Whose.
        addr: Ipv4Addr,
    } = "neigh.probed";
    /// Nobody answered: the entry failed.
    NeighFailed {
        /// Whose.
        addr: Ipv4Addr,
    } = "neigh.failed";
    /// Too many packets waited: the oldest was thrown away.
    NeighOverflow {
        /// The next hop.
        addr: Ipv4Addr,
    } = "neigh.overflow";
    /// The table is full: no entry was made, and what needed it is lost.
    NeighTableFull {
        /// Whose.
        addr: Ipv4Addr,
    } = "neigh.table-full";
    /// The packet is for this host.
    IpLocal {
        /// To which address.
        dst: Ipv4Addr,
    } = "ip.local";
    /// The packet is for somebody else, and this host forwards.
    IpForward {
        /// To which next hop.
        next: Ipv4Addr,
        /// Where the route was set.
        origin: OriginId,
    } = "ip.forward";
    /// A packet of our own leaves.
    IpSend {
        /// To whom.
        dst: Ipv4Addr,
        /// To which next hop.
        next: Ipv4Addr,
        /// Where the route was set.
        origin: OriginId,
    } = "ip.send";
    /// The frame is for another MAC address.
    DropOtherMac {
        /// Whose.
        mac: Mac,
    } = "eth.drop.other-mac";
    /// The interface is switched off.
    DropDown = "eth.drop.interface-down";
    /// The interface is a dummy, which leads nowhere.
    DropDummy = "eth.drop.dummy";
    /// The sender's or receiver's MAC address is not for switches to forward.
    DropMacReserved {
        /// The receiver's.
        mac: Mac,
    } = "switch.drop.reserved";
    /// Nothing here speaks this protocol.
    DropUnknownType {
        /// Ethernet's type.
        kind: EtherType,
    } = "eth.drop.unknown-type";
    /// The header is cut or its checksum is wrong.
    DropBadHeader = "ip.drop.bad-header";
    /// The packet's source is one of this host's own addresses.
    DropOwnSource {
        /// The source.
        src: Ipv4Addr,
    } = "ip.drop.own-source";
    /// The packet's source or destination cannot be on a wire.
    DropMartian {
        /// The source.
        src: Ipv4Addr,
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.martian";
    /// The packet is for a multicast group, and this host has joined none.
    DropMulticast {
        /// The group.
        dst: Ipv4Addr,
    } = "ip.drop.multicast";
    /// The way back to the source leaves by another interface, and `rp_filter` is strict.
    DropReversePath {
        /// The source.
        src: Ipv4Addr,
        /// Where the way back leaves.
        back: IfaceId,
    } = "ip.drop.reverse-path";
    /// No way leads back to the source.
    DropNoReversePath {
        /// The source.
        src: Ipv4Addr,
    } = "ip.drop.no-reverse-path";
    /// The packet is for somebody else, and this host does not forward.
    DropNotForwarding {
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.not-forwarding";
    /// The frame was a broadcast, the packet was not for us.
    DropBroadcastFrame {
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.broadcast-frame";
    /// No route leads there.
    DropNoRoute {
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.no-route";
    /// A route refuses.
    DropRefused {
        /// The destination.
        dst: Ipv4Addr,
        /// Where that route was set.
        origin: OriginId,
    } = "ip.drop.refused-by-route";
    /// The packet has crossed too many routers.
    DropTtl {
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.ttl";
    /// The packet is too large for the way and must not be cut.
    DropTooBig {
        /// The destination.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
    } = "ip.drop.too-big";
    /// The packet was cut to fit.
    IpFragmented {
        /// The destination.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
    } = "ip.fragmented";
    /// A fragment waits for the others.
    FragmentWaits {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.waits";
    /// The fragments were put together.
    FragmentsJoined {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.joined";
    /// The others never came.
    FragmentsExpired {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.expired";
    /// Pieces were thrown away: they contradict each other, or too many wait.
    FragmentsDropped {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.dropped";
    /// A checksum above IP is wrong.
    DropChecksum {
        /// The IP protocol.
        proto: u8,
    } = "ip.drop.checksum";
    /// Nothing here speaks this IP protocol.
    DropNoProtocol {
        /// The IP protocol.
        proto: u8,
    } = "ip.drop.no-protocol";
    /// An ICMP error was sent.
    IcmpSent {
        /// To whom.
        to: Ipv4Addr,
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    } = "icmp.error.sent";
    /// An ICMP error was not sent: too many of late.
    IcmpLimited {
        /// To whom.
        to: Ipv4Addr,
    } = "icmp.error.limited";
    /// No ICMP error answers an ICMP error, a fragment or a broadcast.
    IcmpUnfit = "icmp.error.not-allowed";
    /// An echo request was answered.
    IcmpEcho {
        /// To whom.
        to: Ipv4Addr,
    } = "icmp.echo.reply";
    /// An echo request was left unanswered, as the host was told to do.
    IcmpEchoIgnored {
        /// Who asked.
        from: Ipv4Addr,
    } = "icmp.echo.ignored";
    /// A neighbour was told of a better gateway.
    RedirectSent {
        /// Whom.
        to: Ipv4Addr,
        /// The better gateway.
        gateway: Ipv4Addr,
    } = "icmp.redirect.sent";
    /// Advice about a better gateway was taken.
    RedirectObeyed {
        /// For which destination.
        dst: Ipv4Addr,
        /// The new gateway.
        gateway: Ipv4Addr,
    } = "icmp.redirect.obeyed";
    /// Advice was not taken: its gateway must be resolved first.
    RedirectWaits {
        /// The new gateway.
        gateway: Ipv4Addr,
    } = "icmp.redirect.gateway-unknown";
    /// Advice was refused.
    RedirectRefused {
        /// The gateway that was offered.
        gateway: Ipv4Addr,
    } = "icmp.redirect.refused";
    /// A smaller path MTU was learnt.
    PmtuLearned {
        /// On the way to whom.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
    } = "icmp.pmtu.learned";
    /// An ICMP error was delivered to the socket that it is about.
    IcmpDelivered {
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    } = "icmp.error.delivered";
    /// An ICMP error concerns no socket of ours.
    IcmpNoSocket = "icmp.error.no-socket";
    /// A rule lets the packet pass its chain.
    RuleAccept {
        /// In which chain.
        chain: ChainId,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.accept";
    /// A rule throws the packet away, and nobody hears of it.
    RuleDrop {
        /// In which chain.
        chain: ChainId,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.drop";
    /// A rule throws the packet away, and its sender hears of it.
    RuleReject {
        /// In which chain.
        chain: ChainId,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.reject";
    /// A rule marks the packet.
    RuleMark {
        /// The mark that it has now.
        mark: u32,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.mark";
    /// A rule takes the packet out of connection tracking.
    RuleNoTrack {
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.notrack";
    /// No rule decided, and the policy of the chain is to drop.
    PolicyDrop {
        /// Which chain.
        chain: ChainId,
        /// Where its policy was set.
        origin: OriginId,
    } = "netfilter.policy.drop";
    /// A rejected segment is answered by a reset in its receiver's name.
    RejectReset {
        /// In whose name.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "netfilter.reject.reset";
    /// The packet begins a connection that is tracked.
    CtNew {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "netfilter.conntrack.new";
    /// The packet goes the way in which its tracked connection began.
    CtOriginal {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.original";
    /// The packet is an answer in a tracked connection.
    CtReply {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.reply";
    /// The error is about a packet of a tracked connection.
    CtRelated {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.related";
    /// A connection that nobody answered but by a reset: its entry is gone.
    CtRefused {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.refused";
    /// The packet is of no tracked connection, and cannot begin one.
    CtInvalid {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.invalid";
    /// Dropped: it would begin a connection, and there is no room for one more.
    CtFull {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.full";
    /// Dropped: answers to this connection could not be told from another's.
    CtClash {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "netfilter.conntrack.clash";
    /// IPVS takes a packet of its own out of connection tracking.
    CtLeftByIpvs {
        /// Where it was going.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.left-by-ipvs";
    /// IPVS says from whom this tracked connection is answered.
    CtAlteredByIpvs {
        /// The real server.
        rip: Endpoint,
    } = "netfilter.conntrack.altered-by-ipvs";
    /// A rule gives a connection another destination.
    NatDest {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.nat.destination";
    /// A rule gives a connection another source.
    NatSource {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.nat.source";
    /// A connection gets another source port: its own is in use for the same answers.
    NatPortTaken {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "netfilter.nat.port-taken";
    /// Dropped: there is no address to translate to.
    NatNoAddress {
        /// Where it was going.
        dst: Ipv4Addr,
    } = "netfilter.nat.no-address";
    /// Dropped: a masqueraded connection would leave by another interface.
    NatMoved {
        /// Where it was going.
        dst: Ipv4Addr,
    } = "netfilter.nat.interface-changed";
    /// The packet's destination is translated as its connection's entry says.
    NatDestSet {
        /// To whom it goes now.
        to: Endpoint,
    } = "netfilter.nat.destination-set";
    /// The packet's source is translated as its connection's entry says.
    NatSourceSet {
        /// From whom it comes now.
        to: Endpoint,
    } = "netfilter.nat.source-set";
    /// An error about a translated connection is translated, and what it quotes too.
    NatErrorSet {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.nat.error-set";
    /// Dropped: a redirect about a translated connection would mislead.
    NatRedirectDropped {
        /// For whom it was.
        dst: Ipv4Addr,
    } = "netfilter.nat.redirect-dropped";
    /// The packet inside a packet was taken out.
    TunnelUnpacked {
        /// Who wrapped it.
        from: Ipv4Addr,
    } = "tunnel.unpacked";
    /// A wrapped packet came, and no tunnel is up to take it.
    TunnelDown {
        /// Who wrapped it.
        from: Ipv4Addr,
    } = "tunnel.drop.down";
    /// A wrapped packet was marked "congested" outside while its inside cannot carry that mark.
    TunnelEcn {
        /// Who wrapped it.
        from: Ipv4Addr,
    } = "tunnel.drop.ecn";
    /// A route leads into a tunnel: the packet was put into another one.
    TunnelWrapped {
        /// Who is to take it out.
        remote: Ipv4Addr,
    } = "tunnel.wrapped";
    /// No route leads to the other end of a tunnel.
    TunnelNoRoute {
        /// The other end.
        remote: Ipv4Addr,
    } = "tunnel.drop.no-route";
    /// The way to the other end of a tunnel is the tunnel itself.
    TunnelLoop {
        /// The other end.
        remote: Ipv4Addr,
    } = "tunnel.drop.loop";
    /// The packet does not fit into the tunnel.
    TunnelTooBig {
        /// Whom it was for.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
    } = "tunnel.drop.too-big";
    /// An error about a packet of a tunnel came back.
    TunnelErrorHeard {
        /// The other end.
        remote: Ipv4Addr,
    } = "tunnel.error.heard";
    /// A sender is told that something was wrong in the tunnel with earlier packets.
    TunnelErrorTold {
        /// Whom.
        to: Ipv4Addr,
    } = "tunnel.error.told";
    /// A segment was taken by a socket.
    TcpTaken {
        /// Whose.
        from: Endpoint,
    } = "tcp.taken";
    /// A segment was answered by a reset: nobody listens there.
    TcpNoListener {
        /// Where.
        at: Endpoint,
    } = "tcp.reset.no-listener";
    /// A segment was answered by a reset: it is of no connection that this host knows.
    TcpUnknown {
        /// Whose.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "tcp.reset.unknown-connection";
    /// A segment of no connection was ignored.
    TcpIgnored {
        /// Whose.
        from: Endpoint,
    } = "tcp.ignored";
    /// A datagram was taken by a socket.
    UdpTaken {
        /// Whose.
        from: Endpoint,
    } = "udp.taken";
    /// Nobody takes datagrams there.
    UdpNoSocket {
        /// Where.
        at: Endpoint,
    } = "udp.no-socket";
    /// An ICMP error about a datagram of an unconnected socket: its program does not hear of it.
    UdpErrorUnheard {
        /// Whom the datagram was for.
        to: Endpoint,
    } = "udp.error.unheard";
    /// A connected socket does not take datagrams of others.
    UdpStranger {
        /// Whose.
        from: Endpoint,
    } = "udp.stranger";
    /// A switch learnt where a MAC address is.
    SwitchLearned {
        /// The MAC address.
        mac: Mac,
        /// Behind which interface.
        at: IfaceId,
    } = "switch.learned";
    /// A MAC address has moved to another interface of a switch.
    SwitchMoved {
        /// The MAC address.
        mac: Mac,
        /// Where it was.
        from: IfaceId,
        /// Where it is now.
        to: IfaceId,
    } = "switch.moved";
    /// A switch sent a frame where its MAC address was last heard.
    SwitchForwarded {
        /// The MAC address.
        mac: Mac,
        /// By which interface.
        by: IfaceId,
    } = "switch.forwarded";
    /// A switch sent a frame everywhere.
    SwitchFlooded {
        /// The MAC address.
        mac: Mac,
    } = "switch.flooded";
    /// A switch kept a frame whose receiver is where it came from.
    SwitchSamePort {
        /// The MAC address.
        mac: Mac,
    } = "switch.drop.same-port";
    /// A health check got no good answer.
    CheckFailed {
        /// From whom.
        rip: Endpoint,
        /// For how many times in a row.
        failed: u32,
        /// After how many it is taken out.
        fall: u32,
    } = "check.failed";
    /// A health check took a destination out.
    CheckDown {
        /// Which.
        rip: Endpoint,
    } = "check.down";
    /// A health check put a destination back.
    CheckUp {
        /// Which.
        rip: Endpoint,
    } = "check.up";
    /// A frame found no cable, or one that is out.
    CableOut = "cable.drop.out";
    /// A cable lost a frame.
    CableLoss = "cable.drop.loss";
    /// A cable held a frame up: it comes behind others.
    CableLate {
        /// How much later than it should, in microseconds.
        by_us: u32,
    } = "cable.late";
    /// The queue of a slow cable is full.
    CableFull {
        /// How many frames wait in it.
        frames: u16,
    } = "cable.drop.full";
    /// A cable does not carry frames of this size.
    CableMtu {
        /// What it carries.
        mtu: u16,
    } = "cable.drop.mtu";
    /// A machine is switched off.
    PowerOff = "power.drop.off";
}
