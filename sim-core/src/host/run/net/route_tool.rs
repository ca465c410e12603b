//! `route`, and `netstat -r`: the main table in columns, and changes by ioctl. net-tools 2.10:
//! lib/inet_sr.c, inet_gr.c; Linux 6.1: net/ipv4/fib_frontend.c, rtentry_to_fib_config; fib_trie.c,
//! fib_route_seq_show.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::Done;
use super::errno::Errno;
use crate::command::Route as Command;
use crate::command::route::Entry;
use crate::event::IfaceId;
use crate::host::Host;
use crate::host::fib::{Route, RouteKind, RouteProto, Table};
use crate::host::iface::RouteScope;

/// Exit status when the kernel refuses.
const REFUSED: u8 = 7;

/// One line of the table, before it is put into columns.
pub(super) struct Row {
    target: String,
    gateway: String,
    mask: Ipv4Addr,
    flags: &'static str,
    metric: u32,
    /// The MSS that `netstat` shows; none for routes that only refuse.
    mss: Option<u16>,
    iface: String,
}

/// The route and the source that a named interface or label stands for.
struct Through {
    iface: Option<IfaceId>,
    src: Option<Ipv4Addr>,
}

impl Host {
    /// `route`.
    pub(in crate::host) fn run_route(&mut self, command: &Command, origin: OriginId) -> Done {
        match command {
            Command::Show { numeric } => Done::ok(self.route_table(*numeric)),
            Command::Add(entry) => match self.ioctl_add_route(entry, origin) {
                Ok(()) => Done::ok(""),
                Err(error) => Done::failed(format!("SIOCADDRT: {error}\n"), REFUSED),
            },
            Command::Del(entry) => match self.ioctl_del_route(entry) {
                Ok(()) => Done::ok(""),
                Err(error) => Done::failed(format!("SIOCDELRT: {error}\n"), REFUSED),
            },
        }
    }

    /// `route -n`. Without names only `default` differs: there is no name service here.
    fn route_table(&self, numeric: bool) -> String {
        let head = "Kernel IP routing table\n\
            Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n";
        let lines = self.rows(numeric).into_iter().map(|row| {
            let Row { target, gateway, mask, flags, metric, mss, iface } = row;
            let reference = if mss.is_some() { "0" } else { "-" };
            let mask = mask.to_string();
            format!(
                "{target:<15} {gateway:<15} {mask:<15} {flags:<5} {metric:<6} {reference:<2} {:>7} {iface}\n",
                0
            )
        });
        head.to_owned() + &lines.collect::<String>()
    }

    /// `netstat -r`.
    pub(super) fn netstat_routes(&self, numeric: bool) -> String {
        let head = "Kernel IP routing table\n\
            Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n";
        let lines = self.rows(numeric).into_iter().map(|row| {
            let Row { target, gateway, mask, flags, mss, iface, .. } = row;
            let window = if mss.is_some() { "0" } else { "-" };
            let mss = mss.map_or("-".to_owned(), |mss| mss.to_string());
            let mask = mask.to_string();
            format!(
                "{target:<15} {gateway:<15} {mask:<15} {flags:<6} {mss:>4} {window:<5} {window:>6} {iface}\n"
            )
        });
        head.to_owned() + &lines.collect::<String>()
    }

    fn rows(&self, numeric: bool) -> Vec<Row> {
        self.fib.routes(Table::Main).into_iter().map(|route| self.row(route, numeric)).collect()
    }

    fn row(&self, route: &Route, numeric: bool) -> Row {
        let target = match route.dst.addr {
            Ipv4Addr::UNSPECIFIED if !numeric => "default".to_owned(),
            addr => addr.to_string(),
        };
        let mask = route.dst.mask();
        let metric = route.metric;
        if matches!(route.kind, RouteKind::Unreachable | RouteKind::Prohibit) {
            let (gateway, iface) = ("-".to_owned(), "-".to_owned());
            return Row { target, gateway, mask, flags: "!", metric, mss: None, iface };
        }
        let flags = match (route.gateway.is_some(), route.dst.len == 32) {
            (true, true) => "UGH",
            (true, false) => "UG",
            (false, true) => "UH",
            (false, false) => "U",
        };
        Row {
            target,
            gateway: route.gateway.unwrap_or(Ipv4Addr::UNSPECIFIED).to_string(),
            mask,
            flags,
            metric,
            mss: Some(route.advmss.map_or(0, |mss| mss + 40)),
            // A route that swallows packets has no interface.
            iface: route.iface.map_or("*".to_owned(), |id| self.fib.iface(id).name.clone()),
        }
    }

    /// What `dev X` says; a label such as `lo:0` also says which source.
    fn through(&self, dev: Option<&str>) -> Result<Through, Errno> {
        let Some(dev) = dev else { return Ok(Through { iface: None, src: None }) };
        let (id, found) = self.labelled(dev)?;
        let src = match dev.contains(':') {
            true => Some(found.ok_or(Errno::NoDevice)?.local.addr),
            false => None,
        };
        Ok(Through { iface: Some(id), src })
    }

    /// A gateway that is somebody else makes the route global; without one the target is on this
    /// wire.
    fn ioctl_scope(&self, gateway: Option<Ipv4Addr>) -> Option<RouteScope> {
        let somebody = |gateway| self.fib.kind_of(gateway) == RouteKind::Unicast;
        gateway.is_some_and(somebody).then_some(RouteScope::Global)
    }

    fn ioctl_add_route(&mut self, entry: &Entry, origin: OriginId) -> Result<(), Errno> {
        let Through { iface, src } = self.through(entry.dev.as_deref())?;
        let gateway = entry.gw.filter(|gw| !gw.is_unspecified());
        if entry.gw.is_some() && gateway.is_none() {
            return Err(Errno::Invalid);
        }
        if iface.is_none() && gateway.is_none() {
            return Err(Errno::NoDevice);
        }
        let route = Route {
            table: Table::Main,
            dst: entry.to,
            kind: RouteKind::Unicast,
            gateway,
            iface,
            src,
            scope: self.ioctl_scope(gateway).unwrap_or(RouteScope::Link),
            proto: RouteProto::Boot,
            metric: entry.metric.unwrap_or(0),
            onlink: false,
            mtu: None,
            advmss: None,
            origin,
        };
        Ok(self.fib.add_route_in_front(route)?)
    }

    fn ioctl_del_route(&mut self, entry: &Entry) -> Result<(), Errno> {
        let Through { iface, src } = self.through(entry.dev.as_deref())?;
        let gateway = entry.gw.filter(|gw| !gw.is_unspecified());
        let scope = self.ioctl_scope(gateway);
        let metric = entry.metric.unwrap_or(0);
        Ok(self.fib.remove_route(Table::Main, entry.to, |own| {
            own.kind == RouteKind::Unicast
                && scope.is_none_or(|scope| scope == own.scope)
                && (iface.is_none() || iface == own.iface)
                && (gateway.is_none() || gateway == own.gateway)
                && (src.is_none() || src == own.src)
                && (metric == 0 || metric == own.metric)
        })?)
    }
}
