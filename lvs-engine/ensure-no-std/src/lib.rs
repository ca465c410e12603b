//! Links the engine without std.
#![no_std]

use core::panic::PanicInfo;

use lvs_engine::{Engine, Hook, Instant, Limits, Meta, Route, Routes, Verdict, View};

#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

struct Nowhere;

impl Routes for Nowhere {
    type Path = ();

    fn route(&mut self, _: core::net::Ipv4Addr) -> Option<Route<()>> {
        None
    }

    fn learn_mtu(&mut self, _: core::net::Ipv4Addr, _: u16) {}
}

/// Shows one packet to an engine: pulls in all that a packet can reach.
pub extern "C" fn accepts() -> bool {
    let mut engine = Engine::new(Limits::default(), 1);
    let packet = [0x45; 20];
    let Ok(view) = View::new(&packet) else { return false };
    let verdict =
        engine.handle(Instant::ZERO, Meta::at(Hook::LocalIn), &view, &mut Nowhere, &mut ());
    matches!(verdict, Verdict::Accept(..))
}
