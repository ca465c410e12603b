//! A lab as the text of a scenario.

use std::fmt::{self, Write};

use super::{Act, Class, Lab, Machine};

impl Class {
    /// What was drawn, in a line of names.
    pub fn summary(&self) -> String {
        let methods: Vec<_> = self.methods.iter().map(|method| method.name()).collect();
        let schedulers: Vec<_> = self.schedulers.iter().copied().collect();
        let faults: Vec<_> = self.faults.iter().map(|fault| fault.name()).collect();
        let mut parts = vec![self.shape.name().to_owned(), methods.join(" "), schedulers.join(" ")];
        if !faults.is_empty() {
            parts.push(format!("wrong: {}", faults.join(" ")));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("; ")
    }
}

impl Lab {
    /// The scenario, which `scenario::load` reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a string takes all");
        text
    }

    fn write(&self, to: &mut String) -> fmt::Result {
        let seed = self.seed;
        writeln!(to, "// Drawn from seed {seed}: {}.", self.class.summary())?;
        writeln!(to, "(")?;
        writeln!(to, "    title: (en: \"Random lab {seed}\", zh: \"随机实验 {seed}\"),")?;
        writeln!(to, "    seed: {seed},\n\n    nodes: [")?;
        for machine in &self.machines {
            write_machine(to, machine)?;
        }
        writeln!(to, "    ],\n\n    links: [")?;
        for cable in &self.cables {
            let [a, b] = &cable.ends;
            let delay = match cable.delay_ms {
                1 => String::new(),
                delay => format!(", delay: \"{delay}ms\""),
            };
            writeln!(to, "        (a: \"{a}\", b: \"{b}\"{delay}),")?;
        }
        writeln!(to, "    ],\n\n    story: [")?;
        let mut acts = self.story.iter().peekable();
        while let Some(act) = acts.next() {
            match act {
                Act::Type { on, line } => {
                    let mut lines = vec![line];
                    while let Some(Act::Type { line, .. }) = acts
                        .next_if(|next| matches!(next, Act::Type { on: same, .. } if same == on))
                    {
                        lines.push(line);
                    }
                    match &lines[..] {
                        [line] => writeln!(to, "        Do(on: {on:?}, run: [{line:?}]),")?,
                        _ => {
                            writeln!(to, "        Do(on: {on:?}, run: [")?;
                            lines
                                .iter()
                                .try_for_each(|line| writeln!(to, "            {line:?},"))?;
                            writeln!(to, "        ]),")?;
                        }
                    }
                }
                Act::Wait { ms } => writeln!(to, "        Wait(\"{}\"),", time(*ms))?,
                Act::Cable { end, up } => writeln!(to, "        Cable(link: {end:?}, up: {up}),")?,
                Act::Inject { from, rows } => {
                    writeln!(to, "        Inject(from: {from:?}, bytes: [")?;
                    rows.iter().try_for_each(|row| writeln!(to, "            {row:?},"))?;
                    writeln!(to, "        ]),")?;
                }
            }
        }
        writeln!(to, "    ],\n)")
    }
}

fn time(ms: u32) -> String {
    match (ms / 1000, ms % 1000) {
        (0, ms) => format!("{ms}ms"),
        (s, 0) => format!("{s}s"),
        (s, ms) => format!("{s}s{ms}ms"),
    }
}

fn write_machine(to: &mut String, machine: &Machine) -> fmt::Result {
    let Machine { name, ports, cards, serves, setup, .. } = machine;
    if *ports > 0 {
        return writeln!(to, "        Switch(name: {name:?}, ports: {ports}),");
    }
    let cards: Vec<String> =
        cards.iter().map(|card| format!("({:?}, {:?})", card.iface, card.mac)).collect();
    write!(to, "        Host(name: {name:?}, nics: [{}]", cards.join(", "))?;
    if !serves.is_empty() {
        let serves: Vec<String> = serves.iter().map(|line| format!("{line:?}")).collect();
        write!(to, ", serves: [{}]", serves.join(", "))?;
    }
    writeln!(to, ", setup: [")?;
    setup.iter().try_for_each(|line| writeln!(to, "            {line:?},"))?;
    writeln!(to, "        ]),")
}
