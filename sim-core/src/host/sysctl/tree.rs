//! The names below `/proc/sys`: what a directory lists, what a path leads to, and where it goes
//! astray.

use lvs_engine::Sysctl;

use super::{Conf, Global, NeighConf, Tracking};

/// The settings of a host with these interfaces and loaded schedulers, as paths below `/proc/sys`.
/// The kernel lists each directory by name. Linux 6.1 fs/proc/proc_sysctl.c, namecmp.
pub(crate) fn paths<'a>(
    ifaces: impl IntoIterator<Item = &'a str>,
    schedulers: &[&str],
) -> Vec<String> {
    let globals = Global::ALL.iter().map(|key| key.path());
    let is_there =
        |sysctl: &&Sysctl| sysctl.scheduler().is_none_or(|own| schedulers.contains(&own));
    let ipvs = Sysctl::ALL.iter().filter(is_there);
    let dotted = globals.chain(ipvs.map(|sysctl| sysctl.path()));
    let mut paths: Vec<String> = dotted.map(|path| path.replace('.', "/")).collect();
    let tracking = Tracking::ALL.iter();
    paths.extend(tracking.map(|key| format!("net/netfilter/{}", key.name())));
    for scope in ["all", "default"].into_iter().chain(ifaces) {
        let names = Conf::ALL.iter().map(|key| format!("net/ipv4/conf/{scope}/{}", key.name()));
        paths.extend(names);
        if scope != "all" {
            let names = NeighConf::ALL.iter();
            paths.extend(names.map(|key| format!("net/ipv4/neigh/{scope}/{}", key.name())));
        }
    }
    paths.sort_by(|one, other| one.split('/').cmp(other.split('/')));
    paths
}

/// Whether a path stands below a directory.
pub(crate) fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// A path that leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Astray<'t> {
    /// As far as there are directories, each with its slash.
    pub(crate) dir: &'t str,
    /// The name that is not in there.
    pub(crate) name: &'t str,
    /// What was meant to be below that name, with its slash.
    pub(crate) rest: &'t str,
    /// What is there instead.
    pub(crate) known: Vec<&'t str>,
}

/// Where a path goes astray; none for a setting and for a directory.
pub(crate) fn astray<'t>(path: &'t str, paths: &'t [String]) -> Option<Astray<'t>> {
    let mut start = 0;
    while start < path.len() {
        let (dir, left) = path.split_at(start);
        let end = left.find('/').unwrap_or(left.len());
        let (name, rest) = left.split_at(end);
        let known = names(dir, paths);
        if !known.contains(&name) {
            return Some(Astray { dir, name, rest, known });
        }
        start += end + 1;
    }
    None
}

/// What is in a directory, which is written with its slash.
pub(crate) fn names<'p>(dir: &str, paths: &'p [String]) -> Vec<&'p str> {
    let inside = paths.iter().filter_map(|path| path.strip_prefix(dir));
    let mut names: Vec<&str> = inside.filter_map(|rest| rest.split('/').next()).collect();
    names.dedup();
    names
}

/// Directories of Linux that this simulator does not have.
#[rustfmt::skip]
const REAL_DIRS: &[&str] = &[
    "abi", "dev", "fs", "kernel", "net/bridge", "net/core", "net/ipv4/route", "net/ipv6", "net/mptcp", "net/netfilter",
    "net/unix", "vm",
];

/// Settings of `net.ipv4` that Linux has and this simulator does not, by the last part of their
/// names; some came after Linux 6.1.
#[rustfmt::skip]
const REAL: &[&str] = &[
    "accept_source_route", "anycast_delay", "app_solicit", "bc_forwarding", "bootp_relay", "cipso_cache_bucket_size",
    "cipso_cache_enable", "cipso_rbm_optfmt", "cipso_rbm_strictvalid", "disable_policy", "disable_xfrm",
    "drop_unicast_in_l2_multicast", "fib_multipath_hash_fields", "fib_multipath_hash_policy",
    "fib_multipath_hash_seed", "fib_multipath_use_neigh", "fib_notify_on_flag_change", "fib_sync_mem",
    "force_igmp_version", "fwmark_reflect", "gc_interval", "gc_stale_time", "gc_thresh1", "gc_thresh2",
    "icmp_echo_enable_probe", "icmp_ignore_bogus_error_responses", "igmp_link_local_mcast_reports",
    "igmp_max_memberships", "igmp_max_msf", "igmp_qrv", "igmpv2_unsolicited_report_interval",
    "igmpv3_unsolicited_report_interval", "ignore_routes_with_linkdown", "inet_peer_maxttl", "inet_peer_minttl",
    "inet_peer_threshold", "interval_probe_time_ms", "ip_autobind_reuse", "ip_dynaddr", "ip_early_demux",
    "ip_forward_update_priority", "ip_forward_use_pmtu", "ip_local_port_range", "ip_local_reserved_ports",
    "ip_no_pmtu_disc", "ip_unprivileged_port_start", "ipfrag_high_thresh", "ipfrag_low_thresh", "ipfrag_max_dist",
    "ipfrag_secret_interval", "ipfrag_time", "mc_forwarding", "medium_id", "nexthop_compat_mode",
    "nf_conntrack_buckets", "nf_conntrack_max", "ping_group_range", "proxy_qlen", "raw_l3mdev_accept",
    "src_valid_mark", "sync_qlen_max", "sync_threshold", "tag", "tcp_abort_on_overflow", "tcp_adv_win_scale",
    "tcp_allowed_congestion_control", "tcp_app_win", "tcp_autocorking", "tcp_available_congestion_control",
    "tcp_available_ulp", "tcp_backlog_ack_defer", "tcp_base_mss", "tcp_challenge_ack_limit",
    "tcp_child_ehash_entries", "tcp_comp_sack_delay_ns", "tcp_comp_sack_nr", "tcp_comp_sack_slack_ns",
    "tcp_congestion_control", "tcp_dsack", "tcp_early_demux", "tcp_early_retrans", "tcp_ecn", "tcp_ecn_fallback",
    "tcp_ecn_option", "tcp_ecn_option_beacon", "tcp_ehash_entries", "tcp_fack", "tcp_fastopen",
    "tcp_fastopen_blackhole_timeout_sec", "tcp_fastopen_key", "tcp_fin_timeout", "tcp_frto", "tcp_fwmark_accept",
    "tcp_invalid_ratelimit", "tcp_keepalive_intvl", "tcp_keepalive_probes", "tcp_keepalive_time", "tcp_l3mdev_accept",
    "tcp_limit_output_bytes", "tcp_low_latency", "tcp_max_orphans", "tcp_max_reordering", "tcp_max_syn_backlog",
    "tcp_max_tw_buckets", "tcp_mem", "tcp_migrate_req", "tcp_min_rtt_wlen", "tcp_min_snd_mss", "tcp_min_tso_segs",
    "tcp_moderate_rcvbuf", "tcp_mtu_probe_floor", "tcp_mtu_probing", "tcp_no_metrics_save",
    "tcp_no_ssthresh_metrics_save", "tcp_notsent_lowat", "tcp_orphan_retries", "tcp_pacing_ca_ratio",
    "tcp_pacing_ss_ratio", "tcp_pingpong_thresh", "tcp_plb_cong_thresh", "tcp_plb_enabled",
    "tcp_plb_idle_rehash_rounds", "tcp_plb_rehash_rounds", "tcp_plb_suspend_rto_sec", "tcp_probe_interval",
    "tcp_probe_threshold", "tcp_recovery", "tcp_reflect_tos", "tcp_reordering", "tcp_retrans_collapse",
    "tcp_retries1", "tcp_retries2", "tcp_rfc1337", "tcp_rmem", "tcp_rto_max_ms", "tcp_rto_min_us", "tcp_sack",
    "tcp_shrink_window", "tcp_slow_start_after_idle", "tcp_stdurg", "tcp_syn_linear_timeouts", "tcp_syn_retries",
    "tcp_synack_retries", "tcp_syncookies", "tcp_thin_linear_timeouts", "tcp_timestamps", "tcp_tso_rtt_log",
    "tcp_tso_win_divisor", "tcp_tw_reuse", "tcp_tw_reuse_delay", "tcp_window_scaling", "tcp_wmem",
    "tcp_workaround_signed_windows", "udp_child_hash_entries", "udp_early_demux", "udp_hash_entries",
    "udp_l3mdev_accept", "udp_mem", "udp_rmem_min", "udp_wmem_min", "unres_qlen", "xfrm4_gc_thresh",
];

/// Whether Linux has this path, as far as we know, and this simulator does not.
pub(crate) fn is_real(path: &str) -> bool {
    // procps takes patterns, too.
    path.contains(['*', '?', '['])
        || REAL_DIRS.iter().any(|dir| path == *dir || is_below(path, dir))
        || REAL.contains(&path.rsplit('/').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_each_directory_by_name() {
        let paths = paths(["eth0", "eth0.5"], &[]);
        assert_eq!(names("", &paths), ["net"]);
        assert_eq!(names("net/ipv4/conf/", &paths), ["all", "default", "eth0", "eth0.5"]);
        assert_eq!(names("net/ipv4/neigh/", &paths), ["default", "eth0", "eth0.5"]);
        let top = names("net/ipv4/", &paths);
        assert_eq!((top[0], top[1], top.last()), ("conf", "icmp_echo_ignore_all", Some(&"vs")));
        let is_lblc = |path: &String| path.starts_with("net/ipv4/vs/lblc");
        assert!(!paths.iter().any(is_lblc));
    }

    #[test]
    #[rustfmt::skip]
    fn finds_where_a_path_goes_astray() {
        let paths = paths(["lo", "eth0"], &["lblcr"]);
        for (path, wrong) in [
            ("net/ipv4/ip_forward",               None),
            ("net/ipv4/conf/eth0",                None),
            ("net/ipv4/conf/eth0/arp_ignore",     None),
            ("nte/ipv4/ip_forward",               Some(("", "nte", "/ipv4/ip_forward"))),
            ("net/ipv4/ip_forwrd",                Some(("net/ipv4/", "ip_forwrd", ""))),
            ("net/ipv4/conf/eth7/arp_ignore",     Some(("net/ipv4/conf/", "eth7", "/arp_ignore"))),
            ("net/ipv4/ip_forward/x",             Some(("net/ipv4/ip_forward/", "x", ""))),
            ("net/ipv4/neigh/all/locktime",       Some(("net/ipv4/neigh/", "all", "/locktime"))),
        ] {
            let found = astray(path, &paths).map(|at| (at.dir, at.name, at.rest));
            assert_eq!(found, wrong, "{path}");
        }
        assert!(is_real("net/core/x") && is_real("vm/swappiness") && is_real("net/ipv4/tcp_ecn"));
        assert!(!is_real("net/ipv4/tcp_enc") && !is_real("net/corex"));
    }
}
