//! The `lvsim` binary, built when a test first asks for it, in the profile of the tests.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use crate::files;

static BINARY: OnceLock<PathBuf> = OnceLock::new();

/// A command that runs `lvsim` in the workspace's root, in English, without colour and input.
pub fn lvsim(args: &[&str]) -> Command {
    let mut command = Command::new(BINARY.get_or_init(build));
    command.args(args).current_dir(files::root()).stdin(Stdio::null());
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE", "COLUMNS", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.env("LANG", "C");
    command
}

/// Runs `lvsim` to its end.
pub fn run(args: &[&str]) -> Said {
    lvsim(args).output().map(Said::from).expect("lvsim can be started")
}

/// What a run of the binary said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The exit status; none: it was killed.
    pub status: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("lvsim writes UTF-8");
        Self { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// An empty folder below cargo's, of this name and process.
pub fn folder(name: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("lvsim-tests-{}-{name}", std::process::id()));
    if path.exists() {
        fs::remove_dir_all(&path).expect("an own folder can be removed");
    }
    fs::create_dir_all(&path).expect("a folder can be made");
    path
}

/// Cargo builds no binary of another package for a test, so this asks for it; if it is fresh, that
/// takes no time. It asks for a bench of the binary's package, and for all packages: that builds the
/// binary too, and of the very libraries that `cargo test --workspace` has built. A plain build
/// would leave out the features that tests alone turn on, and compile sim-core once more.
fn build() -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let exe = env::current_exe().expect("a test knows its own file");
    let is_release = exe.components().any(|part| part.as_os_str() == "release");
    let mut command = Command::new(cargo);
    command.args(["test", "--workspace", "--no-run", "--bench", "start", "--message-format=json"]);
    if is_release {
        command.arg("--release");
    }
    let output = command.current_dir(files::root()).output().expect("cargo can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "lvsim does not build:\n{told}");
    let lines = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages =
        lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut built = messages.filter(|message| message["target"]["name"] == "lvsim");
    let binary = built.find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    binary.expect("cargo says where it has put the binary")
}
