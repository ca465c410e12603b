//! The local addresses of a service: in whose name FULLNAT asks its real servers.
//!
//! Each new connection takes the next one, in the order in which they were added. Which port goes
//! with it is `fullnat`'s question. alibaba/LVS ip_vs_ctl.c ip_vs_add_laddr, ip_vs_conn.c
//! ip_vs_get_laddr.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::{ConfigError, OriginId};

/// A local address of a service, as `ipvsadm -G` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalAddr {
    /// The address. Whether an interface of the director has it is the host's affair.
    pub addr: Ipv4Addr,
    /// How many connections of the service use it.
    pub conns: u32,
    /// How many ports were asked for that another connection had.
    pub conflicts: u64,
    /// Where it was configured.
    pub origin: OriginId,
}

/// A service's local addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locals {
    /// In the order in which they were added.
    list: Vec<Local>,
    /// Whose turn it is; behind the end it is the first one's, unless one is added there.
    turn: usize,
}

/// One of them; its connections are counted where they are, in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    pub(crate) addr: Ipv4Addr,
    pub(crate) conflicts: u64,
    pub(crate) origin: OriginId,
}

impl Locals {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Local> {
        self.list.iter()
    }

    /// The address for a new connection.
    pub(crate) fn take_turn(&mut self) -> Option<&mut Local> {
        let place = if self.turn < self.list.len() { self.turn } else { 0 };
        let local = self.list.get_mut(place)?;
        self.turn = place + 1;
        Some(local)
    }

    pub(crate) fn add(&mut self, addr: Ipv4Addr, origin: OriginId) -> Result<(), ConfigError> {
        if self.list.iter().any(|local| local.addr == addr) {
            return Err(ConfigError::LocalExists);
        }
        self.list.push(Local { addr, conflicts: 0, origin });
        Ok(())
    }

    /// Its connections stay; whose turn it is stays as well.
    pub(crate) fn remove(&mut self, addr: Ipv4Addr) -> Result<(), ConfigError> {
        let place = self.list.iter().position(|local| local.addr == addr);
        let place = place.ok_or(ConfigError::NoSuchLocal)?;
        self.list.remove(place);
        self.turn -= usize::from(place < self.turn);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds (`+`), removes (`-`) and takes turns (a bare number) by the address's last number.
    #[test]
    fn turns_go_round_in_the_order_of_adding() {
        #[rustfmt::skip]
        let rows: [(&[&str], &[u8]); 6] = [
            (&["?"],                                     &[0]),
            (&["+1", "+2", "+3", "?", "?", "?", "?"],    &[1, 2, 3, 1]),
            (&["+1", "?", "+2", "?", "?"],               &[1, 2, 1]),    // the new one is next
            (&["+1", "+2", "+3", "?", "-1", "?", "?"],   &[1, 2, 3]),    // nobody is passed over
            (&["+1", "+2", "?", "?", "-2", "?"],         &[1, 2, 1]),
            (&["+1", "?", "-1", "?", "+1", "?"],         &[1, 0, 1]),
        ];
        for (steps, want) in rows {
            let mut locals = Locals::default();
            let mut taken = Vec::new();
            for step in steps {
                let (what, last) = step.split_at(1);
                let addr = Ipv4Addr::new(10, 1, 1, last.parse().unwrap_or(0));
                match what {
                    "+" => locals.add(addr, OriginId(0)).unwrap(),
                    "-" => locals.remove(addr).unwrap(),
                    _ => taken.push(locals.take_turn().map_or(0, |local| local.addr.octets()[3])),
                }
            }
            assert_eq!(taken, want, "{steps:?}");
        }
    }
}
