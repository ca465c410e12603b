//! The kernel's knobs: `net.ipv4.*`, each with its value and where it was set.
//!
//! A setting of `conf` exists for `all`, for `default` and for each interface. How `all` and the
//! interface combine differs from setting to setting; `default` is only copied into interfaces that
//! nobody has touched yet.
//!
//! Linux 6.1: include/linux/inetdevice.h, net/ipv4/devinet.c.

pub(crate) mod tree;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use lvs_engine::OriginId;

use crate::event::{Cx, IfaceId};
use crate::reason::Setting;

/// A value and where it was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value.
    pub value: i32,
    /// Who set it.
    pub origin: OriginId,
}

/// How the value of `all` and that of the interface make the value that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// The larger of both.
    Max,
    /// On if one is on.
    Or,
    /// On if both are on.
    And,
    /// Only the interface's own.
    Own,
}

/// Defines an enum of settings with the names, defaults and whatever else belongs to each.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident: $extra:ty { $($(#[$var_doc:meta])* $variant:ident = $key:literal, $default:expr, $more:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$var_doc])* $variant,)* }

        impl $name {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The last part of the name below `/proc/sys`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// The kernel's default.
            pub const fn default_value(self) -> i32 {
                match self { $(Self::$variant => $default,)* }
            }

            const fn extra(self) -> $extra {
                match self { $(Self::$variant => $more,)* }
            }

            /// The setting of this name.
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|setting| setting.name() == name)
            }
        }
    };
}

mod tracking;

pub(crate) use tracking::Rules;
pub use tracking::Tracking;

settings! {
    /// Settings of `net.ipv4.conf.{all,default,IFACE}`.
    Conf: Combine {
        /// When to stay silent on ARP requests.
        ArpIgnore = "arp_ignore", 0, Combine::Max;
        /// Which own address to write into own ARP requests.
        ArpAnnounce = "arp_announce", 0, Combine::Max;
        /// Whether to answer ARP only where the way back leaves by the same interface.
        ArpFilter = "arp_filter", 0, Combine::Or;
        /// Whether unsolicited ARP makes new entries.
        ArpAccept = "arp_accept", 0, Combine::Max;
        /// Whether to announce addresses when the link comes up.
        ArpNotify = "arp_notify", 0, Combine::Max;
        /// Whether to ignore gratuitous ARP.
        DropGratuitousArp = "drop_gratuitous_arp", 0, Combine::Or;
        /// Whether to answer ARP for what another interface leads to.
        ProxyArp = "proxy_arp", 0, Combine::Or;
        /// Whether to answer ARP for what the same interface leads to.
        ProxyArpPvlan = "proxy_arp_pvlan", 0, Combine::Or;
        /// Reverse path filter: 0 off, 1 strict, 2 loose.
        RpFilter = "rp_filter", 0, Combine::Max;
        /// Whether packets from an own address are taken.
        AcceptLocal = "accept_local", 0, Combine::Or;
        /// Whether 127/8 may be on a wire.
        RouteLocalnet = "route_localnet", 0, Combine::Or;
        /// Whether to log packets from impossible sources.
        LogMartians = "log_martians", 0, Combine::Or;
        /// Whether packets that come in here are forwarded.
        Forwarding = "forwarding", 0, Combine::Own;
        /// Whether to tell neighbours of a better gateway.
        SendRedirects = "send_redirects", 1, Combine::Or;
        /// Whether to obey such advice.
        AcceptRedirects = "accept_redirects", 1, Combine::Or;
        /// Whether to obey it only if it names a known gateway.
        SecureRedirects = "secure_redirects", 1, Combine::Or;
        /// Whether all networks of the segment are assumed to reach each other.
        SharedMedia = "shared_media", 1, Combine::Or;
        /// Whether a secondary address takes the place of a removed primary one.
        PromoteSecondaries = "promote_secondaries", 0, Combine::Or;
        /// Whether neighbours are forgotten when the cable is out.
        ArpEvictNocarrier = "arp_evict_nocarrier", 1, Combine::And;
    }
}

settings! {
    /// Settings of `net.ipv4.neigh.{default,IFACE}`.
    NeighConf: Unit {
        /// How long an entry is trusted, in milliseconds.
        BaseReachableTimeMs = "base_reachable_time_ms", 30_000, Unit::Millis;
        /// How long the first probe waits, in seconds.
        DelayFirstProbeTime = "delay_first_probe_time", 5, Unit::Seconds;
        /// Time between probes, in milliseconds.
        RetransTimeMs = "retrans_time_ms", 1_000, Unit::Millis;
        /// Unicast probes before giving up.
        UcastSolicit = "ucast_solicit", 3, Unit::Plain;
        /// Broadcast probes before giving up.
        McastSolicit = "mcast_solicit", 3, Unit::Plain;
        /// Broadcast probes after the unicast ones.
        McastResolicit = "mcast_resolicit", 0, Unit::Plain;
        /// How long a fresh entry resists other replies, in hundredths of a second.
        Locktime = "locktime", 100, Unit::Ticks;
        /// Buffer memory of packets that wait for one entry, in bytes.
        UnresQlenBytes = "unres_qlen_bytes", 212_992, Unit::Plain;
        /// Random delay of proxy answers, in hundredths of a second.
        ProxyDelay = "proxy_delay", 80, Unit::Ticks;
        /// More proxy answers than so many, and one, do not wait.
        ProxyQlen = "proxy_qlen", 64, Unit::Plain;
    }
}

settings! {
    /// Settings of which there is one a host.
    Global: &'static str {
        /// Whether the host forwards; writing it writes `forwarding` of all interfaces.
        IpForward = "ip_forward", 0, "net.ipv4.ip_forward";
        /// TTL of own packets.
        IpDefaultTtl = "ip_default_ttl", 64, "net.ipv4.ip_default_ttl";
        /// Whether echo requests are left unanswered.
        IcmpEchoIgnoreAll = "icmp_echo_ignore_all", 0, "net.ipv4.icmp_echo_ignore_all";
        /// Whether echo requests to a broadcast address are.
        IcmpEchoIgnoreBroadcasts = "icmp_echo_ignore_broadcasts", 1, "net.ipv4.icmp_echo_ignore_broadcasts";
        /// Milliseconds an ICMP error to one peer costs.
        IcmpRatelimit = "icmp_ratelimit", 1_000, "net.ipv4.icmp_ratelimit";
        /// Which ICMP types that limit concerns.
        IcmpRatemask = "icmp_ratemask", 6_168, "net.ipv4.icmp_ratemask";
        /// ICMP errors a second, to all.
        IcmpMsgsPerSec = "icmp_msgs_per_sec", 1_000, "net.ipv4.icmp_msgs_per_sec";
        /// And at once.
        IcmpMsgsBurst = "icmp_msgs_burst", 50, "net.ipv4.icmp_msgs_burst";
        /// Whether ICMP errors carry the address of the interface that the offending packet came in
        /// by.
        IcmpErrorsUseInboundIfaddr = "icmp_errors_use_inbound_ifaddr", 0, "net.ipv4.icmp_errors_use_inbound_ifaddr";
        /// How many neighbours there may be. Of Linux's namespaces only the first has this setting.
        GcThresh3 = "gc_thresh3", 1_024, "net.ipv4.neigh.default.gc_thresh3";
        /// Whether a service may bind an address that the host has not.
        IpNonlocalBind = "ip_nonlocal_bind", 0, "net.ipv4.ip_nonlocal_bind";
    }
}

/// In what a setting of the neighbour table counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Hundredths of a second, whatever the kernel's own tick is.
    Ticks,
    /// No time.
    Plain,
}

impl Conf {
    /// How `all` and the interface combine.
    pub const fn combine(self) -> Combine {
        self.extra()
    }
}

impl Global {
    /// The whole name, with dots.
    pub const fn path(self) -> &'static str {
        self.extra()
    }
}

/// Whose copy of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `all`.
    All,
    /// `default`.
    Default,
    /// An interface.
    Iface(IfaceId),
}

/// One knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `net.ipv4.conf.SCOPE.NAME`.
    Conf(Scope, Conf),
    /// `net.ipv4.neigh.SCOPE.NAME`.
    Neigh(Scope, NeighConf),
    /// One a host.
    Global(Global),
    /// One of connection tracking.
    Tracking(Tracking),
}

#[derive(Clone, Debug)]
struct ConfSet {
    values: [Value; Conf::ALL.len()],
    /// Set by its own name, or by the first address: `default` no longer reaches it.
    touched: [bool; Conf::ALL.len()],
}

#[derive(Clone, Debug)]
struct NeighSet {
    values: [Value; NeighConf::ALL.len()],
    touched: [bool; NeighConf::ALL.len()],
}

const KERNEL: OriginId = OriginId(0);

/// All knobs of a host.
#[derive(Clone, Debug)]
pub struct Sysctls {
    all: Arc<ConfSet>,
    default: Arc<ConfSet>,
    ifaces: Vec<Arc<ConfSet>>,
    neigh_default: Arc<NeighSet>,
    neigh: Vec<Arc<NeighSet>>,
    globals: [Value; Global::ALL.len()],
    tracking: [Value; Tracking::ALL.len()],
}

/// The sets of an interface on which nobody has set anything: kept once for all of them.
type Sets = (Arc<ConfSet>, Arc<NeighSet>);
static FRESH: LazyLock<Sets> = LazyLock::new(|| sets(false));
/// The same when the interface has got an address.
static SETTLED: LazyLock<Sets> = LazyLock::new(|| sets(true));

fn sets(touched: bool) -> Sets {
    let conf = ConfSet {
        values: std::array::from_fn(|at| kernel(Conf::ALL[at].default_value())),
        touched: [touched; Conf::ALL.len()],
    };
    let neigh = NeighSet {
        values: std::array::from_fn(|at| kernel(NeighConf::ALL[at].default_value())),
        touched: [touched; NeighConf::ALL.len()],
    };
    (conf.into(), neigh.into())
}

const fn kernel(value: i32) -> Value {
    Value { value, origin: KERNEL }
}

impl Default for Sysctls {
    /// A fresh kernel's.
    fn default() -> Self {
        let (conf, neigh) = FRESH.clone();
        Self {
            all: conf.clone(),
            default: conf,
            ifaces: Vec::new(),
            neigh_default: neigh,
            neigh: Vec::new(),
            globals: std::array::from_fn(|at| kernel(Global::ALL[at].default_value())),
            tracking: std::array::from_fn(|at| kernel(Tracking::ALL[at].default_value())),
        }
    }
}

impl Sysctls {
    /// A new interface: it starts with a copy of `default`.
    pub fn add_iface(&mut self) {
        self.ifaces.push(self.default.clone());
        self.neigh.push(self.neigh_default.clone());
    }

    /// The interface got an address: from now on `default` no longer reaches it.
    /// Linux 6.1 inetdevice.h, ipv4_devconf_setall.
    pub fn settle(&mut self, iface: IfaceId) {
        let at = usize::from(iface.0);
        let (conf, neigh) = (&mut self.ifaces[at], &mut self.neigh[at]);
        if Arc::ptr_eq(conf, &FRESH.0) && Arc::ptr_eq(neigh, &FRESH.1) {
            (*conf, *neigh) = SETTLED.clone();
        } else {
            Arc::make_mut(conf).touched = [true; Conf::ALL.len()];
            Arc::make_mut(neigh).touched = [true; NeighConf::ALL.len()];
        }
    }

    /// The stored value of a knob; `conf.all` exists for no `neigh` setting.
    pub fn get(&self, key: Key) -> Option<Value> {
        Some(match key {
            Key::Conf(scope, conf) => self.conf_set(scope).values[conf as usize],
            Key::Neigh(Scope::All, _) => return None,
            Key::Neigh(Scope::Default, key) => self.neigh_default.values[key as usize],
            Key::Neigh(Scope::Iface(iface), key) => {
                self.neigh[usize::from(iface.0)].values[key as usize]
            }
            Key::Global(key) => self.globals[key as usize],
            Key::Tracking(key) => self.tracking[key as usize],
        })
    }

    /// Sets a knob, with what the kernel sets along with it.
    pub fn set(&mut self, key: Key, value: i32, origin: OriginId) {
        let new = Value { value, origin };
        match key {
            Key::Conf(Scope::All, Conf::Forwarding) | Key::Global(Global::IpForward) => {
                self.set_forwarding(new);
            }
            Key::Conf(Scope::All, conf) => {
                Arc::make_mut(&mut self.all).values[conf as usize] = new;
            }
            Key::Conf(Scope::Default, conf) => {
                Arc::make_mut(&mut self.default).values[conf as usize] = new;
                for set in self.ifaces.iter_mut().filter(|set| !set.touched[conf as usize]) {
                    Arc::make_mut(set).values[conf as usize] = new;
                }
            }
            Key::Conf(Scope::Iface(iface), conf) => {
                let set = Arc::make_mut(&mut self.ifaces[usize::from(iface.0)]);
                set.values[conf as usize] = new;
                set.touched[conf as usize] = true;
            }
            Key::Neigh(Scope::All, _) => {}
            Key::Neigh(Scope::Default, key) => {
                Arc::make_mut(&mut self.neigh_default).values[key as usize] = new;
                for set in self.neigh.iter_mut().filter(|set| !set.touched[key as usize]) {
                    Arc::make_mut(set).values[key as usize] = new;
                }
            }
            Key::Neigh(Scope::Iface(iface), key) => {
                let set = Arc::make_mut(&mut self.neigh[usize::from(iface.0)]);
                set.values[key as usize] = new;
                set.touched[key as usize] = true;
            }
            Key::Global(key) => self.globals[key as usize] = new,
            Key::Tracking(key) => self.tracking[key as usize] = new,
        }
    }

    /// `ip_forward` is copied to every interface, and a router no longer obeys redirects.
    /// Linux 6.1 devinet.c, inet_forward_change.
    fn set_forwarding(&mut self, new: Value) {
        self.globals[Global::IpForward as usize] = new;
        let sets = [&mut self.all, &mut self.default].into_iter().chain(&mut self.ifaces);
        for set in sets {
            Arc::make_mut(set).values[Conf::Forwarding as usize] = new;
        }
        Arc::make_mut(&mut self.all).values[Conf::AcceptRedirects as usize] =
            Value { value: i32::from(new.value == 0), origin: new.origin };
    }

    /// The value that counts on an interface, with a note of what was read to find it.
    pub fn effective(&self, conf: Conf, iface: IfaceId, cx: &mut Cx<'_>) -> i32 {
        let own = self.conf_set(Scope::Iface(iface)).values[conf as usize];
        if conf.combine() != Combine::Own {
            let all = self.all.values[conf as usize];
            cx.read(Setting::Conf(conf, None), all.value.cast_unsigned(), all.origin);
        }
        cx.read(Setting::Conf(conf, Some(iface)), own.value.cast_unsigned(), own.origin);
        self.quiet(conf, iface)
    }

    /// The value that counts on an interface.
    pub fn quiet(&self, conf: Conf, iface: IfaceId) -> i32 {
        let own = self.conf_set(Scope::Iface(iface)).values[conf as usize].value;
        let all = self.all.values[conf as usize].value;
        match self.combine(conf, iface) {
            Combine::Max => all.max(own),
            Combine::Or => i32::from(all != 0 || own != 0),
            Combine::And => i32::from(all != 0 && own != 0),
            Combine::Own => own,
        }
    }

    /// Redirects are obeyed by a host if one place allows it, by a router only if both do.
    /// Linux 6.1 inetdevice.h, IN_DEV_RX_REDIRECTS.
    fn combine(&self, conf: Conf, iface: IfaceId) -> Combine {
        let forwards =
            self.conf_set(Scope::Iface(iface)).values[Conf::Forwarding as usize].value != 0;
        if conf == Conf::AcceptRedirects && forwards { Combine::And } else { conf.combine() }
    }

    /// Notes that a decision read a setting of the neighbour table, and says where it was set.
    pub fn note_neigh(&self, key: NeighConf, iface: IfaceId, cx: &mut Cx<'_>) -> OriginId {
        let Value { value, origin } = self.neigh[usize::from(iface.0)].values[key as usize];
        cx.read(Setting::Neigh(key, iface), value.cast_unsigned(), origin);
        origin
    }

    /// Notes that a decision read a setting of which there is one a host.
    pub fn note_global(&self, key: Global, cx: &mut Cx<'_>) {
        let Value { value, origin } = self.globals[key as usize];
        cx.read(Setting::Global(key), value.cast_unsigned(), origin);
    }

    /// Notes that a decision read a setting of connection tracking.
    pub fn note_tracking(&self, key: Tracking, cx: &mut Cx<'_>) {
        let Value { value, origin } = self.tracking[key as usize];
        cx.read(Setting::Tracking(key), value.cast_unsigned(), origin);
    }

    /// A setting of the neighbour table of an interface.
    pub fn neigh(&self, key: NeighConf, iface: IfaceId) -> i32 {
        self.neigh[usize::from(iface.0)].values[key as usize].value
    }

    /// A setting of the neighbour table that is a time; zero for one that is none.
    pub fn neigh_time(&self, key: NeighConf, iface: IfaceId) -> Duration {
        let value = u64::from(self.neigh(key, iface).max(0).cast_unsigned());
        match key.extra() {
            Unit::Seconds => Duration::from_secs(value),
            Unit::Millis => Duration::from_millis(value),
            Unit::Ticks => Duration::from_millis(10 * value),
            Unit::Plain => Duration::ZERO,
        }
    }

    /// The rules of connection tracking.
    pub(crate) fn rules(&self) -> Rules {
        Rules::of(&self.tracking)
    }

    /// A setting of which there is one a host.
    pub fn global(&self, key: Global) -> i32 {
        self.globals[key as usize].value
    }

    fn conf_set(&self, scope: Scope) -> &ConfSet {
        match scope {
            Scope::All => &self.all,
            Scope::Default => &self.default,
            Scope::Iface(iface) => &self.ifaces[usize::from(iface.0)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Sysctls {
        let mut sysctls = Sysctls::default();
        sysctls.add_iface();
        sysctls.add_iface();
        sysctls
    }

    const LO: IfaceId = IfaceId(0);
    const ETH0: IfaceId = IfaceId(1);

    #[test]
    #[rustfmt::skip]
    fn all_and_the_interface_combine() {
        //      setting               all own  counts
        let rows = [
            (Conf::ArpIgnore,         0,  0,   0),
            (Conf::ArpIgnore,         1,  0,   1),
            (Conf::ArpIgnore,         1,  2,   2),
            (Conf::RpFilter,          1,  0,   1),
            (Conf::AcceptLocal,       0,  1,   1),
            (Conf::SendRedirects,     0,  1,   1),
            (Conf::SendRedirects,     0,  0,   0),
            (Conf::ArpEvictNocarrier, 0,  1,   0),
        ];
        for (conf, all, own, counts) in rows {
            let mut sysctls = host();
            sysctls.set(Key::Conf(Scope::All, conf), all, KERNEL);
            sysctls.set(Key::Conf(Scope::Iface(ETH0), conf), own, KERNEL);
            assert_eq!(sysctls.quiet(conf, ETH0), counts, "{}: {all} and {own}", conf.name());
        }
    }

    #[test]
    fn a_setting_on_lo_counts_on_lo_only() {
        let mut sysctls = host();
        sysctls.set(Key::Conf(Scope::Iface(LO), Conf::ArpIgnore), 1, KERNEL);
        assert_eq!(sysctls.quiet(Conf::ArpIgnore, ETH0), 0);
    }

    #[test]
    fn default_reaches_an_interface_until_its_first_address() {
        let mut sysctls = host();
        sysctls.set(Key::Conf(Scope::Default, Conf::ArpIgnore), 1, KERNEL);
        sysctls.settle(ETH0);
        sysctls.set(Key::Conf(Scope::Default, Conf::ArpAnnounce), 2, KERNEL);
        assert_eq!(sysctls.quiet(Conf::ArpIgnore, ETH0), 1);
        assert_eq!(sysctls.quiet(Conf::ArpAnnounce, ETH0), 0);
        assert_eq!(sysctls.quiet(Conf::ArpAnnounce, LO), 2);
    }

    #[test]
    fn ip_forward_makes_a_router() {
        let mut sysctls = host();
        sysctls.set(Key::Global(Global::IpForward), 1, KERNEL);
        assert_eq!(sysctls.quiet(Conf::Forwarding, ETH0), 1);
        assert_eq!(sysctls.quiet(Conf::AcceptRedirects, ETH0), 0, "a router needs both to be on");
    }
}
