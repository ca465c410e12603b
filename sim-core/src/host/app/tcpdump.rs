//! `tcpdump`: prints the frames that pass an interface of this host, or the packets of a tunnel.

use super::{AppEvent, Ctl};
use crate::command::tcpdump as command;
use crate::event::IfaceId;
use crate::host::iface::IfaceKind;
use crate::tcpdump::filter::Filter;
use crate::tcpdump::{Options, Tcpdump as Printer};

/// A `tcpdump` that runs.
#[derive(Clone, Debug)]
pub(super) struct Tcpdump {
    options: command::Tcpdump,
    iface: IfaceId,
    /// Whether its packets have no link header, as those of a tunnel.
    raw: bool,
    printer: Printer,
    filter: Option<Filter>,
    seen: u32,
}

impl Tcpdump {
    pub(super) fn new(options: &command::Tcpdump) -> Self {
        let print = Options {
            ether: options.ether,
            verbose: u8::from(options.verbose),
            absolute: options.absolute,
        };
        Self {
            // The scenario's loader and the prompt have refused a filter that cannot be read.
            filter: Filter::parse(&options.filter).ok(),
            options: options.clone(),
            iface: IfaceId(1),
            raw: false,
            printer: Printer::new(print),
            seen: 0,
        }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Frame { iface, bytes } if iface == self.iface => self.frame(&bytes, ctl),
            AppEvent::Signal(_) => self.finish(ctl),
            _ => {}
        }
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        let fib = ctl.host.fib();
        let name = self.options.iface.clone();
        let found = match &name {
            Some(name) => fib.iface_by_name(name),
            None => fib.iface_ids().nth(1),
        };
        let Some(iface) = found else {
            let name = name.unwrap_or_default();
            ctl.complain(format!(
                "tcpdump: {name}: No such device exists\n(No such device exists)\n"
            ));
            ctl.end(1);
            return;
        };
        let own = fib.iface(iface);
        if !own.up {
            ctl.complain(format!("tcpdump: {}: That device is not up\n", own.name));
            ctl.end(1);
            return;
        }
        self.iface = iface;
        self.raw = own.kind == IfaceKind::Tunnel;
        let link = if self.raw { "RAW (Raw IP)" } else { "EN10MB (Ethernet)" };
        let own = &own.name;
        let hint = match self.options.verbose {
            true => format!("tcpdump: listening on {own}, "),
            false => format!(
                "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n\
                 listening on {own}, "
            ),
        };
        ctl.complain(format!("{hint}link-type {link}, snapshot length 262144 bytes\n"));
    }

    fn frame(&mut self, bytes: &[u8], ctl: &mut Ctl<'_, '_>) {
        let shown = self.filter.as_ref().is_none_or(|filter| match self.raw {
            true => filter.matches_packet(bytes),
            false => filter.matches(bytes),
        });
        if !shown {
            return;
        }
        self.seen += 1;
        let micros = ctl.now().as_nanos() / 1_000;
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        let line = match self.raw {
            true => self.printer.packet_line(bytes),
            false => self.printer.line(bytes),
        };
        ctl.print(format!(
            "{:02}:{:02}:{:02}.{micros:06} {line}\n",
            seconds / 3_600 % 24,
            seconds / 60 % 60,
            seconds % 60
        ));
        if self.options.count == Some(self.seen) {
            self.finish(ctl);
        }
    }

    fn finish(&mut self, ctl: &mut Ctl<'_, '_>) {
        let seen = self.seen;
        let plural = if seen == 1 { "" } else { "s" };
        ctl.complain(format!(
            "{seen} packet{plural} captured\n{seen} packet{plural} received by filter\n\
             0 packets dropped by kernel\n"
        ));
        ctl.end(0);
    }
}
