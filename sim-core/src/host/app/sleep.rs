//! `sleep`: lets time pass.

use std::time::Duration;

use crate::command;

use super::{AppEvent, Ctl, Token};

/// A `sleep` that runs.
#[derive(Clone, Debug)]
pub(super) struct Sleep(Duration);

impl Sleep {
    pub(super) fn new(command: &command::Sleep) -> Self {
        Self(command.time)
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => ctl.after(self.0, Token(0)),
            AppEvent::Timer(_) => ctl.end(0),
            _ => {}
        }
    }
}
