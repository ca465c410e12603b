//! The order of ipvsadm's listings.
//!
//! It takes one address from the other and looks at the sign of the 32 bits that are left. Where
//! two addresses are 128.0.0.0 or more apart, the larger one so stands first: 192.168.100.2 before
//! 10.2.0.2. Such an order can go round in a circle, so what comes out depends on how the C library
//! sorts: by merging halves.
//!
//! ipvsadm 1.31: libipvs.c, ipvs_cmp_services and ipvs_cmp_dests. glibc 2.36: msort.c, msort_with_tmp.

use std::cmp::Ordering;

use lvs_engine::{Dest, Endpoint, Proto, Service, ServiceKey};

/// Services as ipvsadm lists them: by mark, protocol, address and port.
pub(super) fn services(mut list: Vec<&Service>) -> Vec<&Service> {
    merge_sort(&mut list, |a, b| by_key(a.key(), b.key()));
    list
}

/// Destinations as ipvsadm lists them: by address and port.
pub(super) fn dests(mut list: Vec<&Dest>) -> Vec<&Dest> {
    merge_sort(&mut list, |a, b| by_endpoint(a.rip(), b.rip()));
    list
}

fn by_key(a: ServiceKey, b: ServiceKey) -> Ordering {
    let mark = |key: ServiceKey| key.mark().unwrap_or(0);
    let proto = |key: ServiceKey| match key {
        ServiceKey::Port { proto, .. } => proto,
        ServiceKey::Mark(_) => Proto::Tcp,
    };
    difference(mark(a), mark(b))
        .then_with(|| proto(a).number().cmp(&proto(b).number()))
        .then_with(|| by_endpoint(a.vip(), b.vip()))
}

fn by_endpoint(a: Endpoint, b: Endpoint) -> Ordering {
    difference(a.addr.to_bits(), b.addr.to_bits()).then_with(|| a.port.cmp(&b.port))
}

/// The sign of the difference in 32 bits.
fn difference(a: u32, b: u32) -> Ordering {
    a.wrapping_sub(b).cast_signed().cmp(&0)
}

/// The smaller half first; of equals the earlier one stays in front. The standard library's sorts
/// may refuse an order that goes round in a circle.
fn merge_sort<T: Copy>(list: &mut [T], order: impl Fn(T, T) -> Ordering + Copy) {
    if list.len() < 2 {
        return;
    }
    let (front, back) = list.split_at_mut(list.len() / 2);
    merge_sort(front, order);
    merge_sort(back, order);
    let (mut a, mut b) = (front.iter().copied().peekable(), back.iter().copied().peekable());
    let mut merged = Vec::new();
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let side = if order(*x, *y).is_le() { &mut a } else { &mut b };
        merged.extend(side.next());
    }
    merged.extend(a);
    merged.extend(b);
    list.copy_from_slice(&merged);
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};

    use super::{by_endpoint, by_key, merge_sort};
    use lvs_engine::{Endpoint, Proto, ServiceKey};

    /// The first two rows as `ipvsadm -Ln` on Linux 6.1 lists them; the last goes round in a circle.
    #[test]
    #[rustfmt::skip]
    fn addresses_far_apart_change_places() {
        for (added, listed) in [
            (&["10.2.0.2:80", "192.168.100.2:80"][..],                   &["192.168.100.2:80", "10.2.0.2:80"][..]),
            (&["192.168.100.3:80", "192.168.100.2:81", "192.168.100.2:80"], &["192.168.100.2:80", "192.168.100.2:81", "192.168.100.3:80"]),
            (&["192.0.2.1:80", "100.0.0.1:80", "10.0.0.1:80"],           &["192.0.2.1:80", "10.0.0.1:80", "100.0.0.1:80"]),
        ] {
            let read = |text: &&str| {
                let addr: SocketAddrV4 = text.parse().unwrap();
                Endpoint::new(*addr.ip(), addr.port())
            };
            let mut list: Vec<Endpoint> = added.iter().map(read).collect();
            merge_sort(&mut list, by_endpoint);
            assert_eq!(list, listed.iter().map(read).collect::<Vec<_>>(), "{added:?}");
        }
    }

    #[test]
    fn marks_stand_behind_tcp_and_udp() {
        let vip = |port| Endpoint::new(Ipv4Addr::new(192, 0, 2, 1), port);
        let port = |proto, port| ServiceKey::Port { proto, vip: vip(port) };
        let sorted = [port(Proto::Tcp, 80), port(Proto::Tcp, 81), port(Proto::Udp, 53)]
            .into_iter()
            .chain([ServiceKey::Mark(1), ServiceKey::Mark(2)]);
        let sorted: Vec<_> = sorted.collect();
        let mut list: Vec<_> = sorted.iter().rev().copied().collect();
        merge_sort(&mut list, by_key);
        assert_eq!(list, sorted);
    }
}
