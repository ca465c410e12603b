//! Reasons with the names of the world filled in: interfaces, settings, and where things were set.

use lvs_engine::OriginId;

use crate::event::NodeId;
use crate::net::Net;
use crate::origin::{Origin, Origins};
use crate::reason::{Field, Reason, Setting};
use crate::text::Lang;

/// What is needed to name the values of a reason.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The world's nodes.
    pub net: &'a Net,
    /// The world's origins.
    pub origins: &'a Origins,
    /// The node that decided.
    pub node: NodeId,
    /// In which language the kernel and the prompt are named.
    pub lang: Lang,
}

impl Names<'_> {
    /// The values of a reason in one line: `target 192.0.2.100 home lo`.
    pub fn detail(&self, reason: &Reason) -> String {
        match reason {
            Reason::Read { what, value, origin } => {
                format!("{}={value} ({})", self.setting(*what), self.place(*origin))
            }
            Reason::Ipvs(reason) => {
                let mut words = Vec::new();
                reason.fields(&mut |name, field| {
                    words.push(match field {
                        lvs_engine::Field::Origin(origin) => format!("({})", self.place(origin)),
                        field => format!("{name} {field}"),
                    });
                });
                words.join(" ")
            }
            reason => {
                let words = reason.fields().into_iter().map(|(name, field)| match field {
                    Field::Addr(addr) => format!("{name} {addr}"),
                    Field::Endpoint(end) => format!("{name} {end}"),
                    Field::Mac(mac) => format!("{name} {mac}"),
                    Field::Iface(iface) => {
                        format!("{name} {}", self.net.node(self.node).iface_name(iface))
                    }
                    Field::Origin(origin) => format!("({})", self.place(origin)),
                    Field::Number(number) => format!("{name} {number}"),
                });
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// The name of a setting below `/proc/sys`, with dots.
    pub fn setting(&self, what: Setting) -> String {
        match what {
            Setting::Conf(conf, None) => format!("net.ipv4.conf.all.{}", conf.name()),
            Setting::Conf(conf, Some(iface)) => {
                let iface = self.net.node(self.node).iface_name(iface);
                format!("net.ipv4.conf.{iface}.{}", conf.name())
            }
            Setting::Global(key) => key.path().into(),
        }
    }

    /// Where something was set: `kernel default`, `FILE:LINE`, or the command that was typed.
    pub fn place(&self, id: OriginId) -> String {
        match self.origins.get(id) {
            Origin::Kernel => self.lang.pick("kernel default", "内核默认值").into(),
            Origin::File { file, line, .. } => format!("{file}:{line}"),
            Origin::Typed { text } => format!("{}{text}", self.lang.pick("typed: ", "键入：")),
        }
    }
}
