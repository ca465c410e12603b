//! Where things were set: a line of the scenario, a typed command, or the kernel itself.

use std::sync::Arc;

use lvs_engine::OriginId;

/// Where something was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By the kernel: nobody set it.
    Kernel,
    /// By what other machines said: nobody set it here.
    Learnt,
    /// By a command of the scenario file.
    File {
        /// The file.
        file: Arc<str>,
        /// Its line, from 1.
        line: u32,
        /// The column, from 1.
        col: u32,
        /// The command.
        text: String,
    },
    /// By a command typed at the prompt.
    Typed {
        /// The command.
        text: String,
    },
}

impl Origin {
    /// Where in a file it is written.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::File { file, line, col, .. } => Some(format!("{file}:{line}:{col}")),
            Self::Kernel | Self::Learnt | Self::Typed { .. } => None,
        }
    }

    /// The command that set it.
    pub fn text(&self) -> &str {
        match self {
            Self::Kernel => "kernel default",
            Self::Learnt => "learnt",
            Self::File { text, .. } | Self::Typed { text } => text,
        }
    }
}

/// The number of what was learnt.
pub(crate) const LEARNT: OriginId = OriginId(1);

/// The world's list of origins. Only ever added to.
#[derive(Clone, Debug)]
pub struct Origins {
    list: Vec<Origin>,
}

impl Default for Origins {
    /// Number 0 is the kernel, number 1 what was learnt.
    fn default() -> Self {
        Self { list: vec![Origin::Kernel, Origin::Learnt] }
    }
}

impl Origins {
    /// A new origin.
    pub fn add(&mut self, origin: Origin) -> OriginId {
        self.list.push(origin);
        OriginId(self.list.len() as u32 - 1)
    }

    /// What a number stands for.
    pub fn get(&self, id: OriginId) -> &Origin {
        self.list.get(id.0 as usize).unwrap_or(&Origin::Kernel)
    }
}
