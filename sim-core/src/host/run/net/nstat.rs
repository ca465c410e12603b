//! `nstat`: the host's counters. iproute2 6.1: misc/nstat.c, dump_kern_db and dump_incr_db.
//!
//! What `nstat` remembers from one time to the next stands in a file on Linux, `/tmp/.nstat.u0`.

use super::Done;
use crate::command::Nstat;
use crate::counters::{Counter, Counters};
use crate::host::Host;

impl Host {
    /// `nstat`.
    pub(in crate::host) fn run_nstat(&mut self, command: &Nstat) -> Done {
        if command.reset {
            self.nstat = Counters::default();
        }
        let before = if command.ignore { Counters::default() } else { self.nstat.clone() };
        let mut text = "#kernel\n".to_owned();
        let mut remembered = Counters::default();
        for &counter in Counter::ALL.iter().filter(|&&counter| command.means(counter)) {
            let now = self.counters.get(counter);
            remembered.set(counter, now);
            let grown = now.saturating_sub(before.get(counter));
            if grown > 0 || command.zeros {
                text += &format!("{:<32}{grown:<16}{:>6}\n", counter.name(), "0.0");
            }
        }
        if !command.keep {
            self.nstat = remembered;
        }
        Done::ok(if command.silent { String::new() } else { text })
    }
}
