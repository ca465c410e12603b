//! The names of what a run leaves in its folder.

/// What the kernel is told.
pub const PLAN: &str = "plan.json";

/// The lab, as a script.
pub const SCRIPT: &str = "lab.sh";

/// What each command did.
pub const OUTPUTS: &str = "outputs.json";

/// Why it could not be played.
pub const ERROR: &str = "error.txt";

/// What the kernel printed.
pub const LOG: &str = "kernel.log";

/// It has been played, be it in vain.
pub const DONE: &str = "done";

/// The frames of all interfaces.
pub const FRAMES: &str = "frames.pcapng";

/// Which kernel it was.
pub const RELEASE: &str = "release.txt";

/// How a receipt's name ends; it stands beside its scenario.
pub const RECEIPT: &str = "receipt";
