//! Reasons with the names of the world filled in: interfaces, settings, and where things were set.

use std::fmt;
use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use crate::event::NodeId;
use crate::frame::EtherType;
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

/// A value of a reason, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An address, an interface, a setting, a state.
    Word(String),
    /// A count, or a number of a protocol.
    Number(u64),
    /// What a frame carries.
    EtherType(EtherType),
    /// Where something was set.
    Place(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) | Self::Place(word) => f.write_str(word),
            Self::Number(number) => number.fmt(f),
            Self::EtherType(kind) => kind.fmt(f),
        }
    }
}

impl Names<'_> {
    /// The values of a reason in one line: `target 192.0.2.100 home lo`.
    pub fn detail(&self, reason: &Reason) -> String {
        if let Reason::Read { what, value, origin } = reason {
            let value = self.value(*what, *value);
            return format!("{}={value} ({})", self.setting(*what), self.place(*origin));
        }
        let words = self.values(reason).into_iter().map(|(name, value)| match value {
            Value::Place(place) => format!("({place})"),
            value => format!("{name} {value}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The values of a reason by name, in order.
    pub fn values(&self, reason: &Reason) -> Vec<(&'static str, Value)> {
        let mut values = Vec::new();
        match reason {
            Reason::Read { what, value, origin } => values.extend([
                ("setting", Value::Word(self.setting(*what))),
                ("value", self.value(*what, *value)),
                ("origin", Value::Place(self.place(*origin))),
            ]),
            Reason::Ipvs(reason) => reason.fields(&mut |name, field| {
                let value = match field {
                    lvs_engine::Field::Origin(origin) => Value::Place(self.place(origin)),
                    lvs_engine::Field::Number(number) => Value::Number(number),
                    field => Value::Word(field.to_string()),
                };
                values.push((name, value));
            }),
            reason => values.extend(reason.fields().into_iter().map(|(name, field)| {
                let value = match field {
                    Field::Addr(addr) => Value::Word(addr.to_string()),
                    Field::Endpoint(end) => Value::Word(end.to_string()),
                    Field::Mac(mac) => Value::Word(mac.to_string()),
                    Field::Iface(iface) => Value::Word(self.net.node(self.node).iface_name(iface)),
                    Field::Origin(origin) => Value::Place(self.place(origin)),
                    Field::Chain(chain) => Value::Word(chain.to_string()),
                    Field::EtherType(kind) => Value::EtherType(kind),
                    Field::Number(number) => Value::Number(number),
                };
                (name, value)
            })),
        }
        values
    }

    /// The value of a setting.
    fn value(&self, what: Setting, value: u32) -> Value {
        match what {
            Setting::Address => Value::Word(Ipv4Addr::from(value).to_string()),
            _ => Value::Number(u64::from(value)),
        }
    }

    /// The name of a setting: below `/proc/sys`, with dots; else in the words of `ip`.
    pub fn setting(&self, what: Setting) -> String {
        match what {
            Setting::Conf(conf, None) => format!("net.ipv4.conf.all.{}", conf.name()),
            Setting::Conf(conf, Some(iface)) => {
                let iface = self.net.node(self.node).iface_name(iface);
                format!("net.ipv4.conf.{iface}.{}", conf.name())
            }
            Setting::Neigh(conf, iface) => {
                let iface = self.net.node(self.node).iface_name(iface);
                format!("net.ipv4.neigh.{iface}.{}", conf.name())
            }
            Setting::Global(key) => key.path().into(),
            Setting::Tracking(key) => format!("net.netfilter.{}", key.name()),
            Setting::Link(iface) => {
                format!("link {} up", self.net.node(self.node).iface_name(iface))
            }
            Setting::LinkMtu(iface) => {
                format!("link {} mtu", self.net.node(self.node).iface_name(iface))
            }
            Setting::RouteMtu => "route mtu".into(),
            Setting::PathMtu => "path mtu".into(),
            Setting::Address => "addr".into(),
        }
    }

    /// Where something was set: `kernel default`, `learnt`, `FILE:LINE`, or the command that was
    /// typed.
    pub fn place(&self, id: OriginId) -> String {
        match self.origins.get(id) {
            Origin::Kernel => self.lang.pick("kernel default", "内核默认值").into(),
            Origin::Learnt => self.lang.pick("learnt", "学得").into(),
            Origin::File { file, line, .. } => format!("{file}:{line}"),
            Origin::Typed { text } => format!("{}{text}", self.lang.pick("typed: ", "键入：")),
        }
    }
}
