//! Every reason that the engine can note, with its code and the verdict that it ends with.

use super::Field;
use crate::{Endpoint, OriginId, Outcome, Setting, State};

reasons! {
    // --- What was read, found and weighed ---

    /// A setting that the decision depends on.
    Read {
        /// Which one.
        what: Setting,
        /// Its value: seconds, or a sysctl's number (a negative one in two's complement).
        value: u32,
        /// Where it was set.
        origin: OriginId,
    } = "ipvs.read";

    /// The packet's destination is a service.
    ServiceFound {
        /// The service's address and port.
        vip: Endpoint,
        /// Where the service was configured.
        origin: OriginId,
    } = "ipvs.service.found";

    /// No service on this port, but one for all ports of the address.
    ServiceAnyPort {
        /// The service's address and port 0.
        vip: Endpoint,
        /// Where the service was configured.
        origin: OriginId,
    } = "ipvs.service.any-port";

    /// The packet has the mark of a service, whatever its address is.
    ServiceMark {
        /// The mark.
        mark: u32,
        /// The packet's destination.
        dst: Endpoint,
        /// Where the service was configured.
        origin: OriginId,
    } = "ipvs.service.mark";

    /// No service on this port, but FTP's: it may be data of FTP.
    ServiceFtp {
        /// The service's address and port 21.
        vip: Endpoint,
        /// Where the service was configured.
        origin: OriginId,
    } = "ipvs.service.ftp";

    /// A destination was passed over: its weight is 0, so it only finishes what it has.
    Quiesced {
        /// The destination.
        rip: Endpoint,
        /// Where its weight was set.
        origin: OriginId,
    } = "ipvs.sched.quiesced";

    /// A destination was passed over: it reached its upper threshold and has not come down since.
    Full {
        /// The destination.
        rip: Endpoint,
        /// How many connections it has now.
        conns: u32,
        /// The upper threshold.
        upper: u32,
        /// Where the threshold was set.
        origin: OriginId,
    } = "ipvs.sched.full";

    /// A destination's load, as the scheduler compares it: `256 * active + inactive`.
    Weighed {
        /// The destination.
        rip: Endpoint,
        /// The load.
        load: u64,
        /// The weight by which `wlc` divides it; `lc` ignores it.
        weight: u32,
        /// Where the weight was set.
        origin: OriginId,
    } = "ipvs.sched.weighed";

    /// wrr: only destinations of at least this weight are taken in this pass.
    WrrLevel {
        /// The weight a destination needs now.
        level: u32,
        /// The highest level.
        max: u32,
        /// By how much the level falls after each pass.
        step: u32,
    } = "ipvs.sched.wrr-level";

    /// sed, nq: how long a new connection would wait there, `(active + 1) / weight`.
    Delay {
        /// The destination.
        rip: Endpoint,
        /// Its active connections with the new one.
        active: u64,
        /// The weight that divides them.
        weight: u32,
        /// Where the weight was set.
        origin: OriginId,
    } = "ipvs.sched.delay";

    /// nq: nobody is served here now, so there is no queue.
    Idle {
        /// The destination.
        rip: Endpoint,
        /// Where it was configured.
        origin: OriginId,
    } = "ipvs.sched.idle";

    /// fo, ovf: a destination that could take the connection, and its rank.
    Ranked {
        /// The destination.
        rip: Endpoint,
        /// Its weight, which is its rank.
        weight: u32,
        /// Where the weight was set.
        origin: OriginId,
    } = "ipvs.sched.ranked";

    /// ovf: a destination was passed over: it has more active connections than its weight.
    Overflowed {
        /// The destination.
        rip: Endpoint,
        /// Its active connections.
        active: u32,
        /// Its weight.
        weight: u32,
        /// Where the weight was set.
        origin: OriginId,
    } = "ipvs.sched.overflowed";

    /// sh, dh, mh: where the hash of the address leads.
    Hashed {
        /// What was hashed; the port is 0 where only the address is.
        key: Endpoint,
        /// The place in the scheduler's table.
        slot: u32,
        /// How many places it has.
        slots: u32,
    } = "ipvs.sched.hashed";

    /// sh, mh: the destination there takes nothing new; by its flag the scheduler looked further.
    FellBack {
        /// The place that it looked at first.
        from: u32,
        /// The place where it found a destination.
        to: u32,
    } = "ipvs.sched.fallback";

    /// lblc, lblcr: the packet's address is known, and so is who serves it.
    Cached {
        /// The address.
        addr: Endpoint,
        /// Who serves it.
        rip: Endpoint,
    } = "ipvs.sched.cached";

    /// lblc, lblcr: who serves this address is gone, takes nothing new, or has too much to do.
    CacheMissed {
        /// The address.
        addr: Endpoint,
        /// Who served it.
        rip: Endpoint,
    } = "ipvs.sched.cache-left";

    /// lblcr: this destination does not serve the address any more: its set did not change for
    /// longer than `lblcr_expiration`, and it has the most to do.
    CacheShrunk {
        /// The address.
        addr: Endpoint,
        /// Who left the set.
        rip: Endpoint,
    } = "ipvs.sched.cache-shrunk";

    /// twos: one of the two destinations that were drawn, heavy ones more often; the one with less
    /// load for its weight wins.
    Drawn {
        /// The destination.
        rip: Endpoint,
        /// The load: `256 * active + inactive`.
        load: u64,
        /// The weight that divides it.
        weight: u32,
        /// Where the weight was set.
        origin: OriginId,
    } = "ipvs.sched.drawn";

    /// The scheduler's choice.
    Picked {
        /// The destination.
        rip: Endpoint,
        /// Where it was configured.
        origin: OriginId,
    } = "ipvs.sched.picked";

    /// A persistent client is known: the connection goes where its first one went.
    TemplateFound {
        /// The client, or its network.
        client: Endpoint,
        /// The VIP or mark that this holds for.
        vip: Endpoint,
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.persist.found";

    /// A persistent client is known, but its destination is gone or, by
    /// `expire_quiescent_template`, takes nothing new: it is forgotten.
    TemplateInvalid {
        /// The client, or its network.
        client: Endpoint,
        /// The VIP or mark that this held for.
        vip: Endpoint,
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.persist.invalid";

    /// From here on it is remembered where this client's connections go.
    TemplateNew {
        /// The client, or its network.
        client: Endpoint,
        /// The VIP or mark that this holds for.
        vip: Endpoint,
        /// The destination.
        rip: Endpoint,
        /// For how long after each new connection.
        timeout_s: u32,
    } = "ipvs.persist.new";

    /// A template's time is over, but connections of the client live on: a minute more.
    TemplateKept {
        /// The client, or its network.
        client: Endpoint,
        /// The VIP or mark that this holds for.
        vip: Endpoint,
        /// The destination.
        rip: Endpoint,
    } = "ipvs.persist.kept";

    /// It is forgotten where this client's connections went.
    TemplateExpired {
        /// The client, or its network.
        client: Endpoint,
        /// The VIP or mark that this held for.
        vip: Endpoint,
        /// The destination.
        rip: Endpoint,
    } = "ipvs.persist.expired";

    /// A destination reached its upper threshold: it takes nothing new for now.
    Overloaded {
        /// The destination.
        rip: Endpoint,
        /// How many connections it has.
        conns: u32,
        /// The upper threshold.
        upper: u32,
        /// Where the threshold was set.
        origin: OriginId,
    } = "ipvs.dest.overloaded";

    /// A destination has so few connections again that it takes new ones.
    Relieved {
        /// The destination.
        rip: Endpoint,
        /// How many connections it has.
        conns: u32,
        /// The upper threshold.
        upper: u32,
        /// Where the threshold was set.
        origin: OriginId,
    } = "ipvs.dest.relieved";

    /// FULLNAT: in whose name the real server is asked.
    LocalPicked {
        /// The client.
        client: Endpoint,
        /// The local address and port that the real server sees.
        lip: Endpoint,
        /// The real server.
        rip: Endpoint,
        /// Where the local address was configured.
        origin: OriginId,
    } = "ipvs.fullnat.source";

    /// FULLNAT: the client's port is taken at this local address towards this real server.
    LocalPortTaken {
        /// The local address with the client's port.
        wanted: Endpoint,
        /// The real server.
        rip: Endpoint,
        /// How many ports from there on are taken.
        taken: u32,
    } = "ipvs.fullnat.port-taken";

    /// A datagram was scheduled by itself: its connection ends with it.
    ConnOnePacket {
        /// The client.
        client: Endpoint,
        /// Where it is addressed to.
        vip: Endpoint,
        /// The destination that gets it.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.conn.one-packet";

    /// A connection without a destination was entered in the table: no real server was available.
    ConnBypass {
        /// The client.
        client: Endpoint,
        /// Where it connects to.
        vip: Endpoint,
        /// Where `cache_bypass` was set.
        origin: OriginId,
    } = "ipvs.bypass.new";

    /// A new connection was entered in the table.
    ConnNew {
        /// The client.
        client: Endpoint,
        /// Where it connects to.
        vip: Endpoint,
        /// The destination that serves it.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.conn.new";

    /// A request of a connection in the table.
    ConnFound {
        /// The client.
        client: Endpoint,
        /// Where it connects to.
        vip: Endpoint,
        /// The destination that serves it.
        rip: Endpoint,
        /// The state before this packet.
        state: State,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.conn.found";

    /// A reply of a connection in the table.
    ConnReply {
        /// The client.
        client: Endpoint,
        /// Where it connected to.
        vip: Endpoint,
        /// The destination that serves it.
        rip: Endpoint,
        /// The state before this packet.
        state: State,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.conn.reply";

    /// A SYN from a port that the client used before: the old entry is over, or its destination is
    /// quiesced under `expire_nodest_conn`; a destination is chosen anew.
    ConnReused {
        /// The client.
        client: Endpoint,
        /// The destination that served the old connection.
        rip: Endpoint,
        /// The old connection's state.
        state: State,
    } = "ipvs.conn.reused";

    /// That SYN still carries netfilter's entry of the old connection: it is lost, and the next one
    /// begins anew.
    OldTracking {
        /// The client.
        client: Endpoint,
        /// Where it connects to.
        vip: Endpoint,
    } = "ipvs.conn.old-tracking" => Drop;

    /// The packet moved the connection's state.
    StateChanged {
        /// The state before.
        from: State,
        /// The state after.
        to: State,
        /// How long the entry now lives without another packet.
        timeout_s: u32,
    } = "ipvs.conn.state";

    /// An entry is deleted before its time: `drop_entry` makes room at random, half-open ones first.
    EntryDropped {
        /// The client, or its network.
        client: Endpoint,
        /// Where it connects to.
        vip: Endpoint,
        /// The destination that served it.
        rip: Endpoint,
        /// Its state.
        state: State,
    } = "ipvs.conn.dropped";

    /// The entry is gone: nothing came for the length of its timeout, or its port was used again,
    /// its destination is gone under `expire_nodest_conn`, or `drop_entry` deleted it.
    ConnExpired {
        /// The client.
        client: Endpoint,
        /// Where it connected to.
        vip: Endpoint,
        /// The destination that served it.
        rip: Endpoint,
        /// Its last state.
        state: State,
    } = "ipvs.conn.expired";

    /// The connection was tracked by netfilter too, and takes that entry with it.
    TrackingEnds {
        /// The client.
        client: Endpoint,
        /// Where it connected to.
        vip: Endpoint,
        /// The IP protocol's number.
        proto: u16,
    } = "ipvs.conn.tracking-ends";

    /// A deleted destination that nobody used for two minutes is forgotten, with its counters.
    DestForgotten {
        /// The destination.
        rip: Endpoint,
    } = "ipvs.dest.forgotten";

    /// An error about our tunnel packet says how narrow the path to the real server is.
    TunnelMtu {
        /// The real server.
        rip: Endpoint,
        /// The path MTU that the error told.
        mtu: u16,
    } = "ipvs.tun.mtu-learned";

    // --- Accept: not ours, or ours and served here ---

    /// No service is configured: IPVS looks at no packet.
    NoServices = "ipvs.accept.idle" => Accept;

    /// The frame was addressed to another machine.
    NotToUs = "ipvs.accept.not-to-us" => Accept;

    /// A fragment that was not put together.
    Fragment = "ipvs.accept.fragment" => Accept;

    /// A protocol that is not scheduled.
    OtherProtocol {
        /// Its IP protocol number.
        number: u8,
    } = "ipvs.accept.protocol" => Accept;

    /// No service answers to this address and port.
    NoService {
        /// The packet's destination.
        dst: Endpoint,
    } = "ipvs.service.none" => Accept;

    /// A TCP segment without SYN and without an entry: the director's own TCP answers, usually with
    /// RST.
    NotSyn {
        /// The packet's destination.
        dst: Endpoint,
    } = "ipvs.accept.not-syn" => Accept;

    /// A RST without an entry starts no connection.
    StrayRst {
        /// The packet's destination.
        dst: Endpoint,
    } = "ipvs.accept.rst" => Accept;

    /// From port 20: active FTP's data is never scheduled.
    FtpData {
        /// The packet's source.
        src: Endpoint,
    } = "ipvs.accept.ftp-data" => Accept;

    /// It might have been FTP's data, but no destination takes it.
    NoDestForFtp {
        /// The packet's destination.
        dst: Endpoint,
    } = "ipvs.accept.no-ftp" => Accept;

    /// Made here, and the reply of a connection in the table.
    LocalReply {
        /// The packet's destination.
        dst: Endpoint,
    } = "ipvs.accept.local-reply" => Accept;

    /// A forwarded packet that is no reply of a connection in the table: it goes on unchanged.
    NotAReply {
        /// The packet's source.
        src: Endpoint,
        /// The packet's destination.
        dst: Endpoint,
    } = "ipvs.reply.none" => Accept;

    /// A forwarded packet whose transport header ends before the ports.
    ReplyUnreadable = "ipvs.reply.unreadable" => Accept;

    /// NAT, FULLNAT: a reply, or an error about one, leaves in the VIP's name by the route that was
    /// found for it before: `snat_reroute` is 0.
    SameRoute {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
    } = "ipvs.reply.same-route" => Accept;

    /// A reply of a connection that is not translated: seen, counted, unchanged.
    ReplySeen {
        /// The VIP that it comes from.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
    } = "ipvs.reply.seen" => Accept;

    /// NAT: a reply to a client on this host, now in the VIP's name.
    NatReplyHere {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
    } = "ipvs.nat.reply-here" => Accept;

    /// FULLNAT: a reply to a client on this host, now in the VIP's name.
    FullNatReplyHere {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
    } = "ipvs.fullnat.reply-here" => Accept;

    /// DR: the destination is this host; the packet stays as it is, so the server must listen on
    /// the VIP.
    DrLocal {
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.dr.local" => Accept;

    /// TUN: the destination is this host; no tunnel, so the server must listen on the VIP.
    TunLocal {
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.tun.local" => Accept;

    /// ICMP that reports no error (a ping): the director's own.
    IcmpNotError {
        /// The ICMP type.
        kind: u8,
    } = "ipvs.icmp.not-error" => Accept;

    /// An ICMP error whose quoted packet cannot be read, or is of another protocol.
    IcmpUnreadable = "ipvs.icmp.unreadable" => Accept;

    /// An ICMP error about a tunnel packet that is not ours.
    IcmpForeignTunnel = "ipvs.icmp.foreign-tunnel" => Accept;

    /// An ICMP error about no connection in the table.
    IcmpNoConn = "ipvs.icmp.no-conn" => Accept;

    /// An ICMP error to a client about a connection that is not translated.
    IcmpSeen {
        /// The client.
        client: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.icmp.seen" => Accept;

    /// NAT, FULLNAT: an ICMP error to a client on this host, now in the VIP's name.
    IcmpReplyHere {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.icmp.reply-here" => Accept;

    // --- Local ---

    /// NAT: the destination is this host: translated, then to the local server on the RIP.
    NatLocal {
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.nat.local" => Local;

    /// FULLNAT: the destination is this host: both ends are translated, then to the local server.
    FullNatLocal {
        /// The local address and port that are its source now.
        lip: Endpoint,
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.fullnat.local" => Local;

    /// NAT, FULLNAT: an ICMP error, translated with its quote, for a server on this host.
    IcmpLocal {
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.icmp.local" => Local;

    // --- Forward ---

    /// NAT: the destination address and port become the real server's.
    NatRequest {
        /// The real server.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.nat.request" => Forward;

    /// FULLNAT: source and destination become the local address and the real server.
    FullNatRequest {
        /// The local address and port that are its source now.
        lip: Endpoint,
        /// The real server.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.fullnat.request" => Forward;

    /// FULLNAT: a reply that came to a local address of this host leaves for the client in the VIP's
    /// name.
    FullNatReply {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
    } = "ipvs.fullnat.reply" => Forward;

    /// FULLNAT: an ICMP error from the real server's side leaves for the client in the VIP's name,
    /// its quote translated.
    FullNatError {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.fullnat.error" => Forward;

    /// DR: same addresses, new frame, to the real server's MAC address.
    DrDirect {
        /// The real server.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.dr.direct" => Forward;

    /// No destination is available, and `cache_bypass` lets the packet go on to where it is addressed.
    Bypassed {
        /// Where it is addressed to.
        dst: Endpoint,
        /// Where `cache_bypass` was set.
        origin: OriginId,
    } = "ipvs.bypass.sent" => Forward;

    /// TUN: the packet goes to the real server inside another one.
    TunWrapped {
        /// The real server.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.tun.wrapped" => Forward;

    /// NAT, FULLNAT: an ICMP error from the client's side, translated with its quote.
    IcmpRequest {
        /// The real server.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.icmp.request" => Forward;

    // --- Reroute ---

    /// NAT: a reply leaves in the VIP's name.
    NatReply {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
    } = "ipvs.nat.reply" => Reroute;

    /// FULLNAT: a reply to a local address that is not this host's own passes through, and leaves in
    /// the VIP's name.
    FullNatPassing {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
    } = "ipvs.fullnat.reply-passing" => Reroute;

    /// NAT: an ICMP error of the real server leaves in the VIP's name, its quote translated.
    IcmpReply {
        /// The VIP that is its source now.
        vip: Endpoint,
        /// The client.
        client: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.icmp.reply" => Reroute;

    // --- Reject ---

    /// No destination can take the connection: the client hears "port unreachable", also for TCP.
    NoDest {
        /// The service.
        vip: Endpoint,
        /// Where the service was configured.
        origin: OriginId,
    } = "ipvs.dest.none" => Reject;

    /// FULLNAT: the service has no local address: the client hears "port unreachable", also for TCP.
    NoLocalAddr {
        /// Where the client connects to.
        vip: Endpoint,
        /// Where the service was configured.
        origin: OriginId,
    } = "ipvs.fullnat.no-address" => Reject;

    /// FULLNAT: all ports that may stand for the client's are taken at this local address towards
    /// this real server: the client hears "port unreachable", also for TCP.
    NoLocalPort {
        /// The local address with the client's port.
        lip: Endpoint,
        /// The real server.
        rip: Endpoint,
        /// How many ports are taken.
        taken: u32,
        /// Where the local address was configured.
        origin: OriginId,
    } = "ipvs.fullnat.no-port" => Reject;

    /// FULLNAT: no route to the client: the real server hears "host unreachable".
    NoRouteBack {
        /// The client.
        client: Endpoint,
    } = "ipvs.fullnat.no-route" => Reject;

    /// FULLNAT: a reply too big for the way to the client, which must not be fragmented.
    ReplyTooBig {
        /// The packet's length.
        len: u16,
        /// What would fit.
        mtu: u16,
        /// The client.
        client: Endpoint,
        /// Where the MTU of the way was set.
        origin: OriginId,
    } = "ipvs.fullnat.reply-too-big" => Reject;

    /// No route to the real server: the client hears "host unreachable".
    NoRoute {
        /// The real server.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.route.none" => Reject;

    /// The TTL does not reach beyond the director.
    TtlSpent {
        /// The TTL that came.
        ttl: u8,
    } = "ipvs.ttl.spent" => Reject;

    /// Too big for the way to the real server, and must not be fragmented.
    TooBig {
        /// The packet's length.
        len: u16,
        /// What would fit.
        mtu: u16,
        /// The real server.
        rip: Endpoint,
        /// Where the MTU of the way was set.
        origin: OriginId,
    } = "ipvs.mtu.exceeded" => Reject;

    /// An error about our own tunnel packet, told to the client whose packet was inside.
    IcmpRelayed {
        /// The client.
        client: Endpoint,
        /// The real server that the tunnel leads to.
        rip: Endpoint,
        /// The ICMP type.
        kind: u8,
        /// The ICMP code.
        code: u8,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.icmp.relayed" => Reject;

    /// By `nat_icmp_send`: it comes from a real server of NAT, but is no reply of a connection in the
    /// table: the real server hears "port unreachable".
    StrayReply {
        /// The real server.
        src: Endpoint,
        /// To whom it wrote.
        dst: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.reply.refused" => Reject;

    // --- Drop ---

    /// A new connection is dropped: `drop_packet` lets only some pass.
    FloodDropped {
        /// Where it connects to.
        dst: Endpoint,
        /// One of so many is dropped.
        rate: u32,
    } = "ipvs.drop.flood" => Drop;

    /// By `schedule_icmp` an ICMP error might have started a connection, but no destination takes
    /// it.
    IcmpNoDest {
        /// The service's address and port.
        vip: Endpoint,
        /// Where the service was configured.
        origin: OriginId,
    } = "ipvs.icmp.no-dest" => Drop;

    /// The transport header ends too early.
    Truncated = "ipvs.drop.truncated" => Drop;

    /// The connection's destination was deleted; until it comes back its packets are dropped
    /// silently.
    DestGone {
        /// The client.
        client: Endpoint,
        /// The destination that is gone.
        rip: Endpoint,
    } = "ipvs.dest.gone" => Drop;

    /// The table holds as many connections as it may.
    TableFull {
        /// The limit.
        limit: u32,
    } = "ipvs.conn.limit" => Drop;

    /// The destination is this host, but the packet was not for this host: only NAT may redirect
    /// it.
    LocalRefused {
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.route.local-refused" => Drop;

    /// From a loopback address to another host.
    LoopbackSource {
        /// The real server.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.route.loopback-source" => Drop;

    /// NAT: from outside to a loopback address.
    NatToLoopback {
        /// The destination.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.nat.to-loopback" => Drop;

    /// TUN: nothing useful fits inside the tunnel.
    TunTooNarrow {
        /// The real server.
        rip: Endpoint,
        /// What is left inside.
        mtu: u16,
        /// Where the MTU of the way was set.
        origin: OriginId,
    } = "ipvs.tun.too-narrow" => Drop;

    /// TUN: with the outer header it would be longer than a packet can be.
    TunTooLong {
        /// The packet's length.
        len: u16,
    } = "ipvs.tun.too-long" => Drop;

    /// An ICMP message that ends within its header.
    IcmpTruncated = "ipvs.icmp.truncated" => Drop;

    /// An ICMP error about a connection, with a wrong checksum.
    IcmpChecksum = "ipvs.icmp.checksum" => Drop;

    /// "Too big" about our tunnel packet, but the client's packet may be fragmented: it need not
    /// know.
    IcmpSwallowed {
        /// The client.
        client: Endpoint,
        /// The real server that the tunnel leads to.
        rip: Endpoint,
        /// Where the destination was configured.
        origin: OriginId,
    } = "ipvs.icmp.swallowed" => Drop;
}
