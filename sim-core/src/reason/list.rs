//! The list of reasons: each with its inputs, its code and its nature, layer by layer from ARP to
//! the cables.

use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, OriginId};

use super::nature::{self, Nature};
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
        /// Where the address was set.
        origin: OriginId,
    } = "arp.reply.own-interface" => For;
    /// Answered an ARP request for an address that is on another interface.
    ArpReplyAny {
        /// The address.
        target: Ipv4Addr,
        /// Where it is.
        home: IfaceId,
        /// Where the address was set.
        origin: OriginId,
    } = "arp.reply.any-interface" => For;
    /// Answered an ARP request for an address of somebody else.
    ArpReplyProxy {
        /// The address.
        target: Ipv4Addr,
        /// Where the route to it was set.
        origin: OriginId,
    } = "arp.reply.proxy" => For;
    /// Silent: `arp_ignore` 1, and the address is on another interface.
    ArpSilentInterface {
        /// The address.
        target: Ipv4Addr,
        /// Where it is.
        home: IfaceId,
        /// Where the address was set.
        origin: OriginId,
    } = "arp.silent.not-on-interface" => Against;
    /// Silent: `arp_ignore` 2, and no network of the interface holds both addresses.
    ArpSilentSubnet {
        /// The address.
        target: Ipv4Addr,
        /// Who asked.
        sender: Ipv4Addr,
        /// Where the address was set.
        origin: OriginId,
    } = "arp.silent.not-in-subnet" => Against;
    /// Silent: `arp_ignore` 3, and the address has scope host.
    ArpSilentScope {
        /// The address.
        target: Ipv4Addr,
        /// Where the address was set.
        origin: OriginId,
    } = "arp.silent.scope-host" => Against;
    /// Silent: `arp_ignore` 8.
    ArpSilentAlways {
        /// The address.
        target: Ipv4Addr,
        /// Where the address was set.
        origin: OriginId,
    } = "arp.silent.always" => Against;
    /// Silent: `arp_filter`, and the way back to the asker leaves by another interface.
    ArpSilentFilter {
        /// The address.
        target: Ipv4Addr,
        /// Where the address was set.
        origin: OriginId,
    } = "arp.silent.filter" => Against;
    /// Silent: too many answers on behalf of others wait already.
    ArpSilentProxyFull {
        /// The address.
        target: Ipv4Addr,
        /// Where the route to it was set.
        origin: OriginId,
    } = "arp.silent.proxy-full" => Against;
    /// Silent: the address is not ours.
    ArpSilentNotMine {
        /// The address.
        target: Ipv4Addr,
    } = "arp.silent.not-mine" => Against;
    /// Silent: the asker claims an impossible address, such as one of ours.
    ArpSilentSource {
        /// The address that the asker claims.
        sender: Ipv4Addr,
    } = "arp.silent.bad-source" => Against;
    /// An own request carries the source of the packet that waits.
    ArpAskPacketSource {
        /// For whom.
        target: Ipv4Addr,
        /// In whose name.
        sender: Ipv4Addr,
        /// Where that address was set.
        origin: OriginId,
    } = "arp.ask.packet-source" => For;
    /// An own request carries the address of the interface that fits best.
    ArpAskInterfaceAddress {
        /// For whom.
        target: Ipv4Addr,
        /// In whose name.
        sender: Ipv4Addr,
        /// Where that address was set.
        origin: OriginId,
    } = "arp.ask.interface-address" => For;
    /// The neighbour table has a new entry.
    NeighLearned {
        /// Whose.
        addr: Ipv4Addr,
        /// At which MAC address.
        mac: Mac,
    } = "neigh.learned" => Step;
    /// An entry was confirmed at the same MAC address.
    NeighConfirmed {
        /// Whose.
        addr: Ipv4Addr,
        /// At which MAC address.
        mac: Mac,
    } = "neigh.confirmed" => Step;
    /// An entry was moved to another MAC address.
    NeighMoved {
        /// Whose.
        addr: Ipv4Addr,
        /// Where it was.
        from: Mac,
        /// Where it is now.
        to: Mac,
    } = "neigh.moved" => Step;
    /// A fresh entry resisted another MAC address.
    NeighLocked {
        /// Whose.
        addr: Ipv4Addr,
        /// Which MAC address was refused.
        refused: Mac,
    } = "neigh.locked" => Against;
    /// A permanent entry resisted.
    NeighPermanent {
        /// Whose.
        addr: Ipv4Addr,
        /// Which MAC address was refused.
        refused: Mac,
        /// Where the entry was set.
        origin: OriginId,
    } = "neigh.permanent" => Against;
    /// Nobody had asked: no entry was made.
    NeighUnasked {
        /// Whose.
        addr: Ipv4Addr,
        /// At which MAC address.
        mac: Mac,
    } = "neigh.unasked" => Against;
    /// A packet waits for the MAC address of its next hop.
    NeighWaits {
        /// The next hop.
        addr: Ipv4Addr,
    } = "neigh.waits" => Step;
    /// An old entry is asked anew, at its last MAC address.
    NeighProbed {
        /// Whose.
        addr: Ipv4Addr,
    } = "neigh.probed" => Step;
    /// Nobody answered: the entry failed.
    NeighFailed {
        /// Whose.
        addr: Ipv4Addr,
        /// Where it was set how often to ask, or the command that gave it up.
        origin: OriginId,
    } = "neigh.failed" => Against;
    /// Too many packets waited: the oldest was thrown away.
    NeighOverflow {
        /// The next hop.
        addr: Ipv4Addr,
    } = "neigh.overflow" => Against;
    /// The table is full: no entry was made, and what needed it is lost.
    NeighTableFull {
        /// Whose.
        addr: Ipv4Addr,
    } = "neigh.table-full" => Against;
    /// The packet is for this host.
    IpLocal {
        /// To which address.
        dst: Ipv4Addr,
        /// Where the address was set.
        origin: OriginId,
    } = "ip.local" => For;
    /// The packet is for somebody else, and this host forwards.
    IpForward {
        /// To which next hop.
        next: Ipv4Addr,
        /// Where the route was set.
        origin: OriginId,
    } = "ip.forward" => For;
    /// A packet of our own leaves.
    IpSend {
        /// To whom.
        dst: Ipv4Addr,
        /// To which next hop.
        next: Ipv4Addr,
        /// Where the route was set.
        origin: OriginId,
    } = "ip.send" => For;
    /// The frame is for another MAC address.
    DropOtherMac {
        /// Whose.
        mac: Mac,
    } = "eth.drop.other-mac" => Against;
    /// The interface is switched off, or its cable leads nowhere.
    DropDown {
        /// Which interface.
        iface: IfaceId,
        /// Whether its cable leads to something that is switched on: 1, or 0.
        carrier: u8,
    } = "eth.drop.interface-down" => Against;
    /// The interface is a dummy, which leads nowhere.
    DropDummy {
        /// Which interface.
        iface: IfaceId,
        /// Where it was made.
        origin: OriginId,
    } = "eth.drop.dummy" => Against;
    /// The frame is longer than the MTU of the interface that it comes to.
    DropTooLong {
        /// How long, with Ethernet's header.
        len: u16,
    } = "eth.drop.too-long" => Against;
    /// The sender's or receiver's MAC address is not for switches to forward.
    DropMacReserved {
        /// The receiver's.
        mac: Mac,
    } = "switch.drop.reserved" => Against;
    /// Nothing here speaks this protocol.
    DropUnknownType {
        /// Ethernet's type.
        kind: EtherType,
    } = "eth.drop.unknown-type" => Against;
    /// The header is cut or its checksum is wrong.
    DropBadHeader = "ip.drop.bad-header" => Against;
    /// The packet's source is one of this host's own addresses.
    DropOwnSource {
        /// The source.
        src: Ipv4Addr,
        /// Where the address was set.
        origin: OriginId,
    } = "ip.drop.own-source" => Against;
    /// The packet's source or destination cannot be on a wire.
    DropMartian {
        /// The source.
        src: Ipv4Addr,
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.martian" => Against;
    /// The packet is for a multicast group, and this host has joined none.
    DropMulticast {
        /// The group.
        dst: Ipv4Addr,
    } = "ip.drop.multicast" => Against;
    /// The way back to the source leaves by another interface, and `rp_filter` is strict.
    DropReversePath {
        /// The source.
        src: Ipv4Addr,
        /// Where the way back leaves.
        back: IfaceId,
        /// Where the way back was set.
        origin: OriginId,
    } = "ip.drop.reverse-path" => Against;
    /// No way leads back to the source.
    DropNoReversePath {
        /// The source.
        src: Ipv4Addr,
    } = "ip.drop.no-reverse-path" => Against;
    /// The packet is for somebody else, and this host does not forward.
    DropNotForwarding {
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.not-forwarding" => Against;
    /// The frame was a broadcast, the packet was not for us.
    DropBroadcastFrame {
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.broadcast-frame" => Against;
    /// No route leads there.
    DropNoRoute {
        /// The destination.
        dst: Ipv4Addr,
    } = "ip.drop.no-route" => Against;
    /// A route refuses.
    DropRefused {
        /// The destination.
        dst: Ipv4Addr,
        /// Where that route was set.
        origin: OriginId,
    } = "ip.drop.refused-by-route" => Against;
    /// The packet has crossed too many routers.
    DropTtl {
        /// The destination.
        dst: Ipv4Addr,
        /// The TTL that came.
        ttl: u8,
    } = "ip.drop.ttl" => Against;
    /// The packet is too large for the way and must not be cut.
    DropTooBig {
        /// The destination.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
    } = "ip.drop.too-big" => Against;
    /// The packet was cut to fit.
    IpFragmented {
        /// The destination.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
    } = "ip.fragmented" => For;
    /// A fragment waits for the others.
    FragmentWaits {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.waits" => Step;
    /// The fragments were put together.
    FragmentsJoined {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.joined" => Step;
    /// The others never came.
    FragmentsExpired {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.expired" => Against;
    /// Pieces were thrown away: they contradict each other, or too many wait.
    FragmentsDropped {
        /// The source.
        src: Ipv4Addr,
    } = "ip.fragment.dropped" => Against;
    /// A checksum above IP is wrong.
    DropChecksum {
        /// The IP protocol.
        proto: u8,
    } = "ip.drop.checksum" => Against;
    /// Nothing here speaks this IP protocol.
    DropNoProtocol {
        /// The IP protocol.
        proto: u8,
    } = "ip.drop.no-protocol" => Against;
    /// An ICMP error was sent.
    IcmpSent {
        /// To whom.
        to: Ipv4Addr,
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    } = "icmp.error.sent" => For;
    /// An ICMP error was not sent: too many of late.
    IcmpLimited {
        /// To whom.
        to: Ipv4Addr,
    } = "icmp.error.limited" => Against;
    /// No ICMP error answers an ICMP error, a fragment or a broadcast.
    IcmpUnfit = "icmp.error.not-allowed" => Against;
    /// An echo request was answered.
    IcmpEcho {
        /// To whom.
        to: Ipv4Addr,
    } = "icmp.echo.reply" => For;
    /// An echo request was left unanswered, as the host was told to do.
    IcmpEchoIgnored {
        /// Who asked.
        from: Ipv4Addr,
    } = "icmp.echo.ignored" => Against;
    /// A neighbour was told of a better gateway.
    RedirectSent {
        /// Whom.
        to: Ipv4Addr,
        /// The better gateway.
        gateway: Ipv4Addr,
    } = "icmp.redirect.sent" => For;
    /// Advice about a better gateway was taken.
    RedirectObeyed {
        /// For which destination.
        dst: Ipv4Addr,
        /// The new gateway.
        gateway: Ipv4Addr,
    } = "icmp.redirect.obeyed" => For;
    /// Advice was not taken: its gateway must be resolved first.
    RedirectWaits {
        /// The new gateway.
        gateway: Ipv4Addr,
    } = "icmp.redirect.gateway-unknown" => Against;
    /// Advice was refused.
    RedirectRefused {
        /// The gateway that was offered.
        gateway: Ipv4Addr,
    } = "icmp.redirect.refused" => Against;
    /// A smaller path MTU was learnt.
    PmtuLearned {
        /// On the way to whom.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
    } = "icmp.pmtu.learned" => Step;
    /// An ICMP error was delivered to the socket that it is about.
    IcmpDelivered {
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
        /// The command whose socket it is.
        origin: OriginId,
    } = "icmp.error.delivered" => For;
    /// An ICMP error concerns no socket of ours.
    IcmpNoSocket = "icmp.error.no-socket" => Against;
    /// A rule lets the packet pass its chain.
    RuleAccept {
        /// In which chain.
        chain: ChainId,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.accept" => For;
    /// A rule throws the packet away, and nobody hears of it.
    RuleDrop {
        /// In which chain.
        chain: ChainId,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.drop" => Against;
    /// A rule throws the packet away, and its sender hears of it.
    RuleReject {
        /// In which chain.
        chain: ChainId,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.reject" => Against;
    /// A rule asks for what the packet is too short to have.
    RuleUnreadable {
        /// In which chain.
        chain: ChainId,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.unreadable" => Against;
    /// A rule marks the packet.
    RuleMark {
        /// The mark that it has now.
        mark: u32,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.mark" => Step;
    /// A rule takes the packet out of connection tracking.
    RuleNoTrack {
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.rule.notrack" => Step;
    /// No rule decided, and the policy of the chain is to drop.
    PolicyDrop {
        /// Which chain.
        chain: ChainId,
        /// Where its policy was set.
        origin: OriginId,
    } = "netfilter.policy.drop" => Against;
    /// A rejected segment is answered by a reset in its receiver's name.
    RejectReset {
        /// In whose name.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
        /// Where the rule was typed.
        origin: OriginId,
    } = "netfilter.reject.reset" => For;
    /// The packet begins a connection that is tracked.
    CtNew {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "netfilter.conntrack.new" => Step;
    /// The packet goes the way in which its tracked connection began.
    CtOriginal {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.original" => Step;
    /// The packet is an answer in a tracked connection.
    CtReply {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.reply" => Step;
    /// The error is about a packet of a tracked connection.
    CtRelated {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.related" => Step;
    /// A connection that nobody answered but by a reset: its entry is gone.
    CtRefused {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.refused" => Step;
    /// The packet is of no tracked connection, and cannot begin one.
    CtInvalid {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.invalid" => Step;
    /// Dropped: it would begin a connection, and there is no room for one more.
    CtFull {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.full" => Against;
    /// Dropped: answers to this connection could not be told from another's.
    CtClash {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "netfilter.conntrack.clash" => Against;
    /// IPVS takes a packet of its own out of connection tracking.
    CtLeftByIpvs {
        /// Where it was going.
        dst: Ipv4Addr,
    } = "netfilter.conntrack.left-by-ipvs" => Step;
    /// IPVS says from whom this tracked connection is answered.
    CtAlteredByIpvs {
        /// The real server.
        rip: Endpoint,
    } = "netfilter.conntrack.altered-by-ipvs" => Step;
    /// A rule gives a connection another destination.
    NatDest {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.nat.destination" => Step;
    /// A rule gives a connection another source.
    NatSource {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
        /// Where it was typed.
        origin: OriginId,
    } = "netfilter.nat.source" => Step;
    /// A connection gets another source port: its own is in use for the same answers.
    NatPortTaken {
        /// From whom.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "netfilter.nat.port-taken" => Step;
    /// Dropped: there is no address to translate to.
    NatNoAddress {
        /// Where it was going.
        dst: Ipv4Addr,
        /// Where the rule was typed.
        origin: OriginId,
    } = "netfilter.nat.no-address" => Against;
    /// Dropped: a masqueraded connection would leave by another interface.
    NatMoved {
        /// Where it was going.
        dst: Ipv4Addr,
        /// Where the rule was typed.
        origin: OriginId,
    } = "netfilter.nat.interface-changed" => Against;
    /// The packet's destination is translated as its connection's entry says.
    NatDestSet {
        /// To whom it goes now.
        to: Endpoint,
        /// Where the rule was typed that the entry is made by.
        origin: OriginId,
    } = "netfilter.nat.destination-set" => Step;
    /// The packet's source is translated as its connection's entry says.
    NatSourceSet {
        /// From whom it comes now.
        to: Endpoint,
        /// Where the rule was typed that the entry is made by.
        origin: OriginId,
    } = "netfilter.nat.source-set" => Step;
    /// An error about a translated connection is translated, and what it quotes too.
    NatErrorSet {
        /// Its source.
        src: Ipv4Addr,
        /// Its destination.
        dst: Ipv4Addr,
        /// Where the rule was typed that the entry is made by.
        origin: OriginId,
    } = "netfilter.nat.error-set" => Step;
    /// Dropped: a redirect about a translated connection would mislead.
    NatRedirectDropped {
        /// For whom it was.
        dst: Ipv4Addr,
        /// Where the rule was typed that the entry is made by.
        origin: OriginId,
    } = "netfilter.nat.redirect-dropped" => Against;
    /// The packet inside a packet was taken out.
    TunnelUnpacked {
        /// Who wrapped it.
        from: Ipv4Addr,
        /// Where the tunnel was made.
        origin: OriginId,
    } = "tunnel.unpacked" => For;
    /// A wrapped packet came, and no tunnel is up to take it.
    TunnelDown {
        /// Who wrapped it.
        from: Ipv4Addr,
    } = "tunnel.drop.down" => Against;
    /// A wrapped packet was marked "congested" outside while its inside cannot carry that mark.
    TunnelEcn {
        /// Who wrapped it.
        from: Ipv4Addr,
        /// Where the tunnel was made.
        origin: OriginId,
    } = "tunnel.drop.ecn" => Against;
    /// A route leads into a tunnel: the packet was put into another one.
    TunnelWrapped {
        /// Who is to take it out.
        remote: Ipv4Addr,
        /// Where the tunnel was made.
        origin: OriginId,
    } = "tunnel.wrapped" => For;
    /// No route leads to the other end of a tunnel.
    TunnelNoRoute {
        /// The other end.
        remote: Ipv4Addr,
        /// Where the tunnel was made.
        origin: OriginId,
    } = "tunnel.drop.no-route" => Against;
    /// The way to the other end of a tunnel is the tunnel itself.
    TunnelLoop {
        /// The other end.
        remote: Ipv4Addr,
        /// Where the tunnel was made.
        origin: OriginId,
    } = "tunnel.drop.loop" => Against;
    /// The packet does not fit into the tunnel.
    TunnelTooBig {
        /// Whom it was for.
        dst: Ipv4Addr,
        /// What fits.
        mtu: u16,
        /// Where the tunnel was made.
        origin: OriginId,
    } = "tunnel.drop.too-big" => Against;
    /// An error about a packet of a tunnel came back.
    TunnelErrorHeard {
        /// The other end.
        remote: Ipv4Addr,
        /// Where the tunnel was made.
        origin: OriginId,
    } = "tunnel.error.heard" => Step;
    /// A sender is told that something was wrong in the tunnel with earlier packets.
    TunnelErrorTold {
        /// Whom.
        to: Ipv4Addr,
    } = "tunnel.error.told" => Step;
    /// A segment was taken by a socket.
    TcpTaken {
        /// Whose.
        from: Endpoint,
        /// The command whose socket it is.
        origin: OriginId,
    } = "tcp.taken" => For;
    /// A segment was answered by a reset: nobody listens there.
    TcpNoListener {
        /// Where.
        at: Endpoint,
    } = "tcp.reset.no-listener" => Against;
    /// A segment was answered by a reset: it is of no connection that this host knows.
    TcpUnknown {
        /// Whose.
        from: Endpoint,
        /// To whom.
        to: Endpoint,
    } = "tcp.reset.unknown-connection" => Against;
    /// A segment of no connection was ignored.
    TcpIgnored {
        /// Whose.
        from: Endpoint,
    } = "tcp.ignored" => Against;
    /// A datagram was taken by a socket.
    UdpTaken {
        /// Whose.
        from: Endpoint,
        /// The command whose socket it is.
        origin: OriginId,
    } = "udp.taken" => For;
    /// Nobody takes datagrams there.
    UdpNoSocket {
        /// Where.
        at: Endpoint,
    } = "udp.no-socket" => Against;
    /// An ICMP error about a datagram of an unconnected socket: its program does not hear of it.
    UdpErrorUnheard {
        /// Whom the datagram was for.
        to: Endpoint,
        /// The command whose socket it is.
        origin: OriginId,
    } = "udp.error.unheard" => Against;
    /// A connected socket does not take datagrams of others.
    UdpStranger {
        /// Whose.
        from: Endpoint,
        /// The command whose socket it is.
        origin: OriginId,
    } = "udp.stranger" => Against;
    /// A switch learnt where a MAC address is.
    SwitchLearned {
        /// The MAC address.
        mac: Mac,
        /// Behind which interface.
        at: IfaceId,
    } = "switch.learned" => Step;
    /// A MAC address has moved to another interface of a switch.
    SwitchMoved {
        /// The MAC address.
        mac: Mac,
        /// Where it was.
        from: IfaceId,
        /// Where it is now.
        to: IfaceId,
    } = "switch.moved" => Step;
    /// A switch sent a frame where its MAC address was last heard.
    SwitchForwarded {
        /// The MAC address.
        mac: Mac,
        /// By which interface.
        by: IfaceId,
    } = "switch.forwarded" => For;
    /// A switch sent a frame everywhere.
    SwitchFlooded {
        /// The MAC address.
        mac: Mac,
    } = "switch.flooded" => For;
    /// A switch kept a frame whose receiver is where it came from.
    SwitchSamePort {
        /// The MAC address.
        mac: Mac,
    } = "switch.drop.same-port" => Against;
    /// A health check got no good answer.
    CheckFailed {
        /// From whom.
        rip: Endpoint,
        /// For how many times in a row.
        failed: u32,
        /// After how many it is taken out.
        fall: u32,
        /// The command that checks.
        origin: OriginId,
    } = "check.failed" => Against;
    /// A health check took a destination out.
    CheckDown {
        /// Which.
        rip: Endpoint,
        /// The command that checks.
        origin: OriginId,
    } = "check.down" => Against;
    /// A health check put a destination back.
    CheckUp {
        /// Which.
        rip: Endpoint,
        /// The command that checks.
        origin: OriginId,
    } = "check.up" => For;
    /// A frame found no cable, or one that is out.
    CableOut = "cable.drop.out" => Against;
    /// A cable lost a frame.
    CableLoss = "cable.drop.loss" => Against;
    /// A cable held a frame up: it comes behind others.
    CableLate {
        /// How much later than it should, in microseconds.
        by_us: u32,
    } = "cable.late" => Step;
    /// The queue of a slow cable is full.
    CableFull {
        /// How many frames wait in it.
        frames: u16,
    } = "cable.drop.full" => Against;
    /// A cable does not carry frames of this size.
    CableMtu {
        /// What it carries.
        mtu: u16,
    } = "cable.drop.mtu" => Against;
    /// A machine is switched off.
    PowerOff = "power.drop.off" => Against;
}
