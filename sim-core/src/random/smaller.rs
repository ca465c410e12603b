//! Labs with a part taken away: what is tried when a difference is to be shown by as little as possible.

use std::ops::Range;

use super::{Lab, Machine};

impl Lab {
    /// Labs that lack a part of this one, those that lack much first. Some of them can no longer be set up.
    pub fn smaller(&self) -> Vec<Self> {
        let mut found = Vec::new();
        for range in halves(self.story.len()) {
            let mut lab = self.clone();
            lab.story.drain(range);
            found.push(lab);
        }
        for nth in 0..self.machines.len() {
            found.extend(self.without_machine(nth));
        }
        for (nth, machine) in self.machines.iter().enumerate() {
            for range in halves(machine.setup.len()) {
                found.push(self.with(nth, |machine| drop(machine.setup.drain(range.clone()))));
            }
            for range in halves(machine.serves.len()) {
                found.push(self.with(nth, |machine| drop(machine.serves.drain(range.clone()))));
            }
        }
        for (nth, cable) in self.cables.iter().enumerate() {
            if cable.delay_ms != 1 {
                let mut lab = self.clone();
                lab.cables[nth].delay_ms = 1;
                found.push(lab);
            }
        }
        // A stable sort: of equal sizes, what happens late goes before what stands at the beginning.
        found.sort_by_key(Self::size);
        found
    }

    /// How much there is to read.
    pub fn size(&self) -> usize {
        let machine = |machine: &Machine| 3 + machine.setup.len() + machine.serves.len();
        let machines: usize = self.machines.iter().map(machine).sum();
        let slow = self.cables.iter().filter(|cable| cable.delay_ms != 1).count();
        machines + self.story.len() + slow
    }

    fn with(&self, nth: usize, change: impl FnOnce(&mut Machine)) -> Self {
        let mut lab = self.clone();
        change(&mut lab.machines[nth]);
        lab
    }

    /// Without a machine, its cables and what happens on it; nothing where that would be all.
    fn without_machine(&self, nth: usize) -> Option<Self> {
        if self.machines.len() < 2 {
            return None;
        }
        let mut lab = self.clone();
        let gone = lab.machines.remove(nth).name;
        let is_its = |end: &String| end.split(':').next() == Some(&gone);
        lab.cables.retain(|cable| !cable.ends.iter().any(is_its));
        lab.story.retain(|act| act.host() != gone);
        Some(lab)
    }
}

/// All of it, its halves, their halves, and so on down to single ones.
fn halves(len: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut size = len;
    while size > 0 {
        found.extend((0..len).step_by(size).map(|from| from..(from + size).min(len)));
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    found
}
