//! Values that a scenario writes as text: times, addresses, rates and places to plug a cable in.
//!
//! Each has one `read` and one `write` that are inverses. An error says what is wrong and how it is
//! written: the loader shows the second as the cure.

use core::fmt;
use core::marker::PhantomData;
use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::Serializer;

use super::{End, Loss, Net, Rate, Reorder, Wrong};
use crate::Mac;
use crate::text;

/// A value with one text form.
pub(super) trait Written: Sized {
    /// The value that this text names.
    fn read(text: &str) -> Result<Self, Wrong>;
    /// The text that [`Written::read`] reads back as the same value.
    fn write(&self) -> String;
}

const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The longest time that a scenario may name: a story adds times up, and the clock must hold all.
const MOST_HOURS: u64 = 24 * 365;

/// Whole numbers with units, the largest first, each unit at most once: `1m30s`, `1500us`.
impl Written for Duration {
    fn read(text: &str) -> Result<Self, Wrong> {
        let bad = || {
            Wrong::new(
                text!("not a time", "不是时间"),
                text!(
                    "written in whole numbers with units: 1ms, 2s, 30us, 1m30s",
                    "写成整数加单位：1ms、2s、30us、1m30s"
                ),
            )
        };
        let long = || {
            Wrong::new(
                text!("too long a time", "时间太长"),
                text!("at most {MOST_HOURS}h", "最多 {MOST_HOURS}h"),
            )
        };
        let mut units = UNITS.iter();
        let mut total: u64 = 0;
        let mut rest = text;
        loop {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            let letters = tail.bytes().take_while(u8::is_ascii_lowercase).count();
            let (unit, tail) = tail.split_at(letters);
            if digits == 0 {
                return Err(bad());
            }
            // The iterator has passed the larger units: none comes twice or after a smaller one.
            let (_, size) = units.find(|(name, _)| *name == unit).ok_or_else(bad)?;
            let number: u64 = number.parse().map_err(|_| long())?;
            let sum = number.checked_mul(*size).and_then(|ns| total.checked_add(ns));
            total = sum.filter(|sum| *sum <= MOST_HOURS * UNITS[0].1).ok_or_else(long)?;
            if tail.is_empty() {
                return Ok(Self::from_nanos(total));
            }
            rest = tail;
        }
    }

    fn write(&self) -> String {
        let mut rest = self.as_nanos();
        let mut text = String::new();
        for (name, size) in UNITS {
            let count = rest / u128::from(size);
            rest %= u128::from(size);
            if count > 0 {
                text += &format!("{count}{name}");
            }
        }
        if text.is_empty() { "0s".into() } else { text }
    }
}

impl Written for Mac {
    fn read(text: &str) -> Result<Self, Wrong> {
        text.parse().map_err(|_| {
            Wrong::new(
                text!("not a MAC address", "不是 MAC 地址"),
                text!("written as 02:00:00:00:00:d1", "写成 02:00:00:00:00:d1"),
            )
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for Ipv4Addr {
    fn read(text: &str) -> Result<Self, Wrong> {
        text.parse().map_err(|_| {
            Wrong::new(
                text!("not an IPv4 address", "不是 IPv4 地址"),
                text!("written as 192.0.2.100", "写成 192.0.2.100"),
            )
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for SocketAddrV4 {
    fn read(text: &str) -> Result<Self, Wrong> {
        text.parse().map_err(|_| {
            Wrong::new(
                text!("not an address with a port", "不是带端口的地址"),
                text!("written as 192.0.2.100:80", "写成 192.0.2.100:80"),
            )
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for End {
    fn read(text: &str) -> Result<Self, Wrong> {
        let bad = || {
            Wrong::new(
                text!("not an iface of a node", "不是节点的接口"),
                text!(
                    "written as rs1:eth0, or lan:2 on a switch",
                    "写成 rs1:eth0；交换机上写成 lan:2"
                ),
            )
        };
        let (node, iface) = text.split_once(':').ok_or_else(bad)?;
        if node.is_empty() || iface.is_empty() || iface.contains(':') {
            return Err(bad());
        }
        Ok(Self { node: node.into(), iface: iface.into() })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for Net {
    fn read(text: &str) -> Result<Self, Wrong> {
        let bad = || {
            Wrong::new(
                text!("not a net", "不是网段"),
                text!(
                    "written as 172.16.0.0/16, from /1 to /30, host bits zero",
                    "写成 172.16.0.0/16，前缀从 /1 到 /30，主机位为零"
                ),
            )
        };
        let (addr, prefix) = text.split_once('/').ok_or_else(bad)?;
        let addr: Ipv4Addr = addr.parse().map_err(|_| bad())?;
        let prefix: u8 = prefix.parse().map_err(|_| bad())?;
        let net = Self { addr, prefix };
        if !(1..=30).contains(&prefix) || u32::from(addr) & net.hosts() != 0 {
            return Err(bad());
        }
        Ok(net)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// As `tc` writes rates: decimal multiples of a bit per second.
const RATES: [(&str, u64); 4] =
    [("gbit", 1_000_000_000), ("mbit", 1_000_000), ("kbit", 1_000), ("bit", 1)];

impl Written for Rate {
    fn read(text: &str) -> Result<Self, Wrong> {
        let bad = || {
            Wrong::new(
                text!("not a rate", "不是速率"),
                text!(
                    "written as 10mbit (units: bit kbit mbit gbit), above 0",
                    "写成 10mbit（单位：bit kbit mbit gbit），大于 0"
                ),
            )
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| bad())?;
        let (_, size) = RATES.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
        match number.checked_mul(*size) {
            None | Some(0) => Err(bad()),
            Some(rate) => Ok(Self(rate)),
        }
    }

    fn write(&self) -> String {
        let fits = |(_, size): &(&str, u64)| self.0.is_multiple_of(*size);
        let (name, size) = RATES.into_iter().find(fits).unwrap_or(("bit", 1));
        format!("{}{name}", self.0 / size)
    }
}

impl Written for Loss {
    fn read(text: &str) -> Result<Self, Wrong> {
        let bad = || {
            Wrong::new(
                text!("not a share of frames", "不是帧的比例"),
                text!("written as 5% or 0.1%, at most 100%", "写成 5% 或 0.1%，最多 100%"),
            )
        };
        let number = text.strip_suffix('%').ok_or_else(bad)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || part.len() > 4 {
            return Err(bad());
        }
        // 1% is 10,000 parts in a million, so four decimals are exact.
        let part: u32 = format!("{part:0<4}").parse().map_err(|_| bad())?;
        let whole: u32 = whole.parse().map_err(|_| bad())?;
        match whole.checked_mul(10_000).and_then(|parts| parts.checked_add(part)) {
            Some(parts @ 0..=1_000_000) => Ok(Self(parts)),
            _ => Err(bad()),
        }
    }

    fn write(&self) -> String {
        let (whole, part) = (self.0 / 10_000, self.0 % 10_000);
        if part == 0 {
            return format!("{whole}%");
        }
        format!("{whole}.{}%", format!("{part:04}").trim_end_matches('0'))
    }
}

/// The longest that a frame may be held up: more is no reordering, and no TCP waits for it.
const LATEST: Duration = Duration::from_secs(60);

/// `0%` is none, whatever the time behind it.
impl Written for Reorder {
    fn read(text: &str) -> Result<Self, Wrong> {
        let latest = LATEST.write();
        let bad = || {
            Wrong::new(
                text!("not a share of late frames", "不是迟到帧的比例"),
                text!(
                    "written as 25% by 10ms: at most 100%, by 1ns to {latest}; or 0%",
                    "写成 25% by 10ms：最多 100%，迟到 1ns 到 {latest}；不要则写 0%"
                ),
            )
        };
        if Loss::read(text) == Ok(Loss(0)) {
            return Ok(Self { share: Loss(0), by: Duration::ZERO });
        }
        let (share, by) = text.split_once(" by ").ok_or_else(bad)?;
        let share = Loss::read(share).map_err(|_| bad())?;
        let by = Duration::read(by).map_err(|_| bad())?;
        match share {
            Loss(1..) if !by.is_zero() && by <= LATEST => Ok(Self { share, by }),
            _ => Err(bad()),
        }
    }

    fn write(&self) -> String {
        match self.share {
            Loss(0) => "0%".into(),
            share => format!("{} by {}", share.write(), self.by.write()),
        }
    }
}

/// `#[serde(with = "written")]` on a field of a [`Written`] type.
pub(super) fn serialize<T: Written, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&value.write())
}

/// See [`serialize`].
pub(super) fn deserialize<'de, T: Written, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    AsText::deserialize(from).map(|AsText(value)| value)
}

/// The same for a field that may be absent: `#[serde(default, with = "written::option")]`.
pub(super) mod option {
    use super::{AsText, Deserialize, Deserializer, Serializer, Written};

    pub(in super::super) fn serialize<T: Written, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.serialize_some(&value.write()),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, T: Written, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::deserialize(from)?.map(|AsText(value)| value))
    }
}

/// Carries a [`Written`] value through serde.
pub(super) struct AsText<T>(pub(super) T);

impl<'de, T: Written> Deserialize<'de> for AsText<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<T: Written> Visitor<'_> for Reader<T> {
            type Value = AsText<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::read(text).map(AsText).map_err(|wrong| E::custom(wrong.pack()))
            }
        }

        from.deserialize_str(Reader(PhantomData))
    }
}

/// `#[serde(with = "written::number")]`: a whole number, or its digits as text.
///
/// Parameters stand in strings only, and a count or an mtu may be one: `ports: "$n"`.
pub(super) mod number {
    use serde::Serialize;
    use serde::ser::Serializer;

    use super::{Deserialize, Deserializer, PhantomData, Visitor, Wrong, de, fmt};
    use crate::text;

    pub(in super::super) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }

    pub(in super::super) fn deserialize<'de, T: TryFrom<u64>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        Number::deserialize(from).map(|Number(value)| value)
    }

    /// The same for a field that may be absent.
    pub(in super::super) mod option {
        use super::{Deserialize, Deserializer, Number, Serialize, Serializer};

        pub(in super::super::super) fn serialize<T: Serialize, S: Serializer>(
            value: &Option<T>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            value.serialize(to)
        }

        pub(in super::super::super) fn deserialize<'de, T: TryFrom<u64>, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<T>, D::Error> {
            Ok(Option::deserialize(from)?.map(|Number(value)| value))
        }
    }

    pub(in super::super) struct Number<T>(pub(in super::super) T);

    impl<'de, T: TryFrom<u64>> Deserialize<'de> for Number<T> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_any(Reader(PhantomData))
        }
    }

    struct Reader<T>(PhantomData<T>);

    impl<T: TryFrom<u64>> Visitor<'_> for Reader<T> {
        type Value = Number<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
            T::try_from(number).map(Number).map_err(|_| {
                let bits = 8 * size_of::<T>().min(8);
                let largest = u64::MAX >> (64 - bits);
                let message = text!("number too large", "数太大");
                let help = text!("at most {largest}", "最多 {largest}");
                E::custom(Wrong::new(message, help).pack())
            })
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = text!("not a whole number", "不是整数");
                let help = text!("written as 4 or \"4\"", "写成 4 或 \"4\"");
                return Err(E::custom(Wrong::new(message, help).pack()));
            }
            let number = text.parse().map_err(|_| {
                let message = text!("number too large", "数太大");
                let help = text!("it has at most 64 bits", "最多 64 位");
                E::custom(Wrong::new(message, help).pack())
            })?;
            self.visit_u64(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Written>(text: &str, canonical: Option<&str>) {
        assert_eq!(T::read(text).ok().map(|value| value.write()).as_deref(), canonical, "{text}");
    }

    #[test]
    #[rustfmt::skip]
    fn times() {
        for (text, written) in [
            ("1ms",      Some("1ms")),
            ("2s",       Some("2s")),
            ("30us",     Some("30us")),
            ("1m30s",    Some("1m30s")),
            ("90s",      Some("1m30s")),
            ("1500us",   Some("1ms500us")),
            ("1h1m1s1ms1us1ns", Some("1h1m1s1ms1us1ns")),
            ("0ms",      Some("0s")),
            ("0",        None), // a number of what?
            ("",         None),
            ("ms",       None),
            ("1.5ms",    None), // 1500us
            ("-1ms",     None),
            ("1 ms",     None),
            ("1s1m",     None), // the largest unit first
            ("1s1s",     None),
            ("1S",       None),
            ("1min",     None),
            ("1ms ",     None),
            ("99999999999999999999s", None),
            ("8760h", Some("8760h")),
            ("8760h1ns", None), // a year is enough
            ("5124096h", None), // one hour more than u64 nanoseconds hold
        ] { check::<Duration>(text, written); }
    }

    #[test]
    #[rustfmt::skip]
    fn rates_and_losses() {
        for (text, written) in [
            ("10mbit", Some("10mbit")), ("1000kbit", Some("1mbit")), ("1500bit", Some("1500bit")),
            ("0bit", None), ("10", None), ("10Mbit", None), ("10mbps", None), ("1.5mbit", None),
            ("18446744074gbit", None),
        ] { check::<Rate>(text, written); }
        for (text, written) in [
            ("25% by 10ms", Some("25% by 10ms")), ("0.5% by 1500us", Some("0.5% by 1ms500us")),
            ("100% by 1m", Some("100% by 1m")), ("0%", Some("0%")), ("0% by 10ms", None),
            ("25%", None), ("25% 10ms", None), ("25% by 0ms", None), ("25% by 1m1ms", None),
            ("101% by 1ms", None), ("by 1ms", None), ("", None),
        ] { check::<Reorder>(text, written); }
        for (text, written) in [
            ("5%", Some("5%")), ("0.1%", Some("0.1%")), ("0.0001%", Some("0.0001%")),
            ("100%", Some("100%")), ("12.50%", Some("12.5%")), ("0%", Some("0%")),
            ("100.1%", None), ("5", None), ("%", None), (".5%", None), ("5.%", None), ("-1%", None),
            ("0.00001%", None), ("9999999999%", None),
        ] { check::<Loss>(text, written); }
    }

    #[test]
    #[rustfmt::skip]
    fn ends_and_addresses() {
        for (text, written) in [
            ("rs1:eth0", Some("rs1:eth0")), ("lan:2", Some("lan:2")),
            ("rs1", None), (":eth0", None), ("rs1:", None), ("a:b:c", None), ("", None),
        ] { check::<End>(text, written); }
        check::<Mac>("2:0:0:0:0:d1", Some("02:00:00:00:00:d1"));
        check::<Mac>("02-00-00-00-00-d1", None);
        check::<Ipv4Addr>("192.0.2.1", Some("192.0.2.1"));
        check::<Ipv4Addr>("192.0.2.256", None);
        check::<SocketAddrV4>("192.0.2.1:80", Some("192.0.2.1:80"));
        check::<SocketAddrV4>("192.0.2.1", None);
        check::<Net>("172.16.0.0/16", Some("172.16.0.0/16"));
        check::<Net>("172.16.0.1/16", None);
        check::<Net>("0.0.0.0/0", None);
        check::<Net>("192.0.2.0/31", None);
    }
}
