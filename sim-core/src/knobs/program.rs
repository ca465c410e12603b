//! Knobs of programs: on each host a server on each port that is mentioned.

use super::{Bench, Kind, Seat};
use crate::command::serve::Kind as Speaks;
use crate::command::{Command, Serve};
use crate::shell::Shell;

pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let mut running = Vec::new();
    let mut known: Vec<(Speaks, u16)> = Vec::new();
    for (_, job) in bench.world.jobs() {
        let Ok(steps) = Shell::default().compile(&job.text) else { continue };
        for step in steps {
            let Command::Serve(serve) = step.command else { continue };
            if !known.contains(&(serve.kind, serve.port)) {
                known.push((serve.kind, serve.port));
            }
            if job.node == seat.id && job.status.is_none() {
                running.push((serve, job.origin));
            }
        }
    }
    manners(bench, seat, &running);
    let ports = bench.values.ports.clone();
    for port in ports {
        let mut kinds: Vec<Speaks> =
            known.iter().filter(|(_, own)| *own == port).map(|(kind, _)| *kind).collect();
        for usual in [Speaks::Http, Speaks::Udp] {
            if !kinds.contains(&usual) {
                kinds.push(usual);
            }
        }
        for kind in kinds {
            let is_it = |(own, _): &(Serve, _)| (own.kind, own.port) == (kind, port);
            if !running.iter().any(is_it) {
                let line = format!("serve {} {port} --name {} &", kind.name(), seat.name);
                bench.line(Kind::Program, seat, line, None);
            }
        }
    }
}

/// A server that listens at one address only, or answers badly: ended, and started without that.
fn manners(bench: &mut Bench<'_>, seat: &Seat<'_>, running: &[(Serve, lvs_engine::OriginId)]) {
    for (serve, origin) in running {
        let is_plain = serve.bind.is_none() && serve.manner == Default::default();
        // By its name only all of them can be ended.
        if !is_plain && running.len() == 1 {
            let plain =
                format!("serve {} {} --name {} &", serve.kind.name(), serve.port, seat.name);
            bench.lines(Kind::Program, seat, vec!["kill serve".into(), plain], Some(*origin));
        }
    }
}
