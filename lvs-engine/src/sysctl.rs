//! The sysctls of IPVS: their names, defaults and ranges as in the kernel, and their values here.
//!
//! Linux 6.1 ip_vs_ctl.c: vs_vars, ip_vs_control_net_init_sysctl, proc_do_defense_mode,
//! proc_do_sync_ports. All are one `int`; two that are not, and concern the sync daemons alone, are
//! missing: `sync_threshold` (two numbers) and `sync_qlen_max` (its default depends on memory). Two
//! come with a scheduler's module: ip_vs_lblc.c vs_vars_table, ip_vs_lblcr.c vs_vars_table.

use crate::{ConfigError, OriginId, Probe, Reason, Setting};

/// Which values the kernel takes.
#[derive(Clone, Copy)]
enum Range {
    /// Every `int`; where it is a switch, all but 0 is on.
    Any,
    /// From 0 to this.
    UpTo(i32),
    /// 1, 2, 4, …
    PowerOfTwo,
    /// As many seconds as an `int` holds of the clock's ticks, of which there are 100 a second; also
    /// below 0. Linux 6.1 sysctl.c do_proc_dointvec_jiffies_conv.
    Seconds,
}

/// What a value does in this engine.
#[derive(Clone, Copy)]
enum Effect {
    /// What it does in the kernel.
    Full,
    /// Nothing, as in a kernel without what it is about: no sync daemon runs, memory is never low,
    /// what is inside a tunnel is always looked at, and there is no SCTP and no debug log.
    Idle,
}

/// Ticks of the kernel's clock in a second: that of the judge.
const TICKS: u32 = 100;

/// Writes the enum and its facts from one table.
macro_rules! sysctls {
    ($(
        $(#[$doc:meta])*
        $variant:ident = $name:literal, $default:literal, $range:expr, $effect:expr;
    )*) => {
        /// A sysctl below `net.ipv4.vs`, a file below `/proc/sys/net/ipv4/vs`.
        ///
        /// ```
        /// use lvs_engine::{Change, ConfigError, Engine, Instant, Limits, OriginId, Sysctl};
        /// let mut engine = Engine::new(Limits::default(), 1);
        /// let sysctl = Sysctl::by_name("sloppy_tcp").unwrap();
        /// assert_eq!((sysctl.path(), sysctl.default_value()), ("net.ipv4.vs.sloppy_tcp", 0));
        /// let set = Change::SetSysctl { sysctl, value: 1, origin: OriginId(7) };
        /// engine.apply(Instant::ZERO, set).unwrap();
        /// assert_eq!(engine.sysctl(sysctl), (1, OriginId(7)));
        ///
        /// let sysctl = Sysctl::SecureTcp;
        /// let set = Change::SetSysctl { sysctl, value: 4, origin: OriginId(7) };
        /// assert_eq!(engine.apply(Instant::ZERO, set), Err(ConfigError::InvalidValue));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Sysctl {
            $($(#[$doc])* $variant,)*
        }

        impl Sysctl {
            /// All of them, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The last part of its name, as the kernel spells it: `sloppy_tcp`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its whole name: `net.ipv4.vs.sloppy_tcp`.
            pub const fn path(self) -> &'static str {
                match self { $(Self::$variant => concat!("net.ipv4.vs.", $name),)* }
            }

            /// The kernel's default.
            pub const fn default_value(self) -> i32 {
                match self { $(Self::$variant => $default,)* }
            }

            const fn range(self) -> Range {
                match self { $(Self::$variant => $range,)* }
            }

            /// Whether it changes anything here: some are about parts of IPVS that this engine has not.
            pub const fn has_effect(self) -> bool {
                match self { $(Self::$variant => matches!($effect, Full),)* }
            }
        }
    };
}

use Effect::{Full, Idle};
use Range::{Any, PowerOfTwo, Seconds, UpTo};

sysctls! {
    /// Under `drop_packet=3`, one of so many new connections is dropped.
    AmDroprate = "am_droprate", 10, Any, Full;
    /// Below so many free pages memory is low.
    Amemthresh = "amemthresh", 1024, Any, Idle;
    /// Whether a director with a backup daemon forwards nothing.
    BackupOnly = "backup_only", 0, Any, Idle;
    /// Whether packets by mark go on to where they are addressed if no real server is available.
    CacheBypass = "cache_bypass", 0, Any, Full;
    /// When a SYN may take the place of an old entry: 0 never, 1 in TIME_WAIT and CLOSE, with 2
    /// also in FIN_WAIT where no reply was ever seen.
    ConnReuseMode = "conn_reuse_mode", 1, Any, Full;
    /// Whether netfilter tracks what IPVS forwards.
    Conntrack = "conntrack", 0, Any, Full;
    /// How much the kernel logs.
    DebugLevel = "debug_level", 0, Any, Idle;
    /// Whether half-open entries are deleted at random: 0 never, 3 always; 1 and 2 when memory is
    /// low, which it never is here.
    DropEntry = "drop_entry", 0, UpTo(3), Full;
    /// Whether some new connections are dropped: 0 never, 3 always; 1 and 2 when memory is low,
    /// which it never is here.
    DropPacket = "drop_packet", 0, UpTo(3), Full;
    /// Whether an entry ends as soon as its destination is gone, and with the next SYN when that
    /// one's weight is 0.
    ExpireNodestConn = "expire_nodest_conn", 0, Any, Full;
    /// Whether weight 0 ends persistence.
    ExpireQuiescentTemplate = "expire_quiescent_template", 0, Any, Full;
    /// Whether packets that come out of a tunnel here are left alone. They are not: Linux 6.1.176
    /// skbuff.c, skb_scrub_packet forgets in every tunnel what IPVS noted on the outer packet.
    IgnoreTunneled = "ignore_tunneled", 0, Any, Idle;
    /// How long `lblc` remembers an address that nobody asks for, in seconds.
    LblcExpiration = "lblc_expiration", 86_400, Seconds, Full;
    /// How long `lblcr` remembers such an address, and how long a set of several may stay as it is.
    LblcrExpiration = "lblcr_expiration", 86_400, Seconds, Full;
    /// Whether a real server hears of a reply without an entry.
    NatIcmpSend = "nat_icmp_send", 0, Any, Full;
    /// Whether a tunnel copies DF and refuses what does not fit; else it fragments.
    PmtuDisc = "pmtu_disc", 1, Any, Full;
    /// Whether the counters are copied for listings every two seconds.
    RunEstimation = "run_estimation", 1, Any, Full;
    /// Whether an ICMP error may start a connection.
    ScheduleIcmp = "schedule_icmp", 0, Any, Full;
    /// Which table TCP follows: 0 the normal one, 3 the one against floods; 1 and 2 that one when
    /// memory is low, which it never is here.
    SecureTcp = "secure_tcp", 0, UpTo(3), Full;
    /// Whether any SCTP chunk but ABORT may start a connection.
    SloppySctp = "sloppy_sctp", 0, Any, Idle;
    /// Whether a segment without SYN may start a connection.
    SloppyTcp = "sloppy_tcp", 0, Any, Full;
    /// Whether a reply's route is looked up again in the VIP's name.
    SnatReroute = "snat_reroute", 1, Any, Full;
    /// Whether the sync daemon sends only persistent connections' templates.
    SyncPersistMode = "sync_persist_mode", 0, Any, Idle;
    /// How many ports the sync daemon uses.
    SyncPorts = "sync_ports", 1, PowerOfTwo, Idle;
    /// How often the sync daemon repeats itself, in seconds.
    SyncRefreshPeriod = "sync_refresh_period", 0, Any, Idle;
    /// How often the sync daemon sends each message again.
    SyncRetries = "sync_retries", 0, UpTo(3), Idle;
    /// The sync daemon's socket buffer, in bytes; 0 is the host's default.
    SyncSockSize = "sync_sock_size", 0, Any, Idle;
    /// The sync daemon's protocol.
    SyncVersion = "sync_version", 1, UpTo(1), Idle;
}

impl Sysctl {
    /// The sysctl of this name (its last part).
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sysctl| sysctl.name() == name)
    }

    /// The scheduler whose module brings it; none where IPVS itself does.
    ///
    /// ```
    /// use lvs_engine::Sysctl;
    /// assert_eq!(Sysctl::LblcExpiration.scheduler(), Some("lblc"));
    /// assert_eq!(Sysctl::Conntrack.scheduler(), None);
    /// ```
    pub const fn scheduler(self) -> Option<&'static str> {
        match self {
            Self::LblcExpiration => Some("lblc"),
            Self::LblcrExpiration => Some("lblcr"),
            _ => None,
        }
    }

    /// The value that is kept when this one is written, or why it is refused.
    fn accept(self, value: i32) -> Result<i32, ConfigError> {
        let is_valid = match self.range() {
            Range::Any => true,
            Range::UpTo(max) => (0..=max).contains(&value),
            Range::PowerOfTwo => value.count_ones() == 1 && value > 0,
            Range::Seconds => value.unsigned_abs() <= i32::MAX.unsigned_abs() / TICKS,
        };
        if !is_valid {
            return Err(ConfigError::InvalidValue);
        }
        // Linux 6.1 ip_vs_ctl.c update_defense_level: 2 says that memory is low, and it is not.
        let is_defence = matches!(self, Self::DropEntry | Self::DropPacket | Self::SecureTcp);
        Ok(if is_defence && value == 2 { 1 } else { value })
    }
}

/// The values of all sysctls, and where each was set.
///
/// ```
/// use lvs_engine::{OriginId, Sysctl, Sysctls};
/// assert_eq!(Sysctls::default().get(Sysctl::LblcExpiration), (86_400, OriginId(0)));
/// ```
#[derive(Clone, Debug)]
pub struct Sysctls([(i32, OriginId); Sysctl::ALL.len()]);

impl Default for Sysctls {
    fn default() -> Self {
        let kernel = OriginId::default();
        let mut values = [(0, kernel); Sysctl::ALL.len()];
        for sysctl in Sysctl::ALL {
            values[*sysctl as usize].0 = sysctl.default_value();
        }
        Self(values)
    }
}

impl Sysctls {
    /// Its value and where it was set.
    pub const fn get(&self, sysctl: Sysctl) -> (i32, OriginId) {
        self.0[sysctl as usize]
    }

    /// Whether a switch is on.
    pub(crate) const fn is_on(&self, sysctl: Sysctl) -> bool {
        self.get(sysctl).0 != 0
    }

    /// Notes that a decision depends on this one.
    pub(crate) fn note<P: Probe>(&self, sysctl: Sysctl, probe: &mut P) {
        let (value, origin) = self.get(sysctl);
        let (what, value) = (Setting::Sysctl(sysctl), value.cast_unsigned());
        probe.note(Reason::Read { what, value, origin });
    }

    pub(crate) fn set(
        &mut self,
        sysctl: Sysctl,
        value: i32,
        origin: OriginId,
    ) -> Result<(), ConfigError> {
        self.0[sysctl as usize] = (sysctl.accept(value)?, origin);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
