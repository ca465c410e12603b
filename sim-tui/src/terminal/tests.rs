//! After a crash the terminal is as it was, and the message can be read.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Termios, tcgetattr};

use super::Screen;

/// With this in the environment the test is the one that crashes.
const CRASHES: &str = "LVSIM_TEST_CRASHES";

#[test]
fn a_crash_gives_the_terminal_back_and_then_speaks() {
    if std::env::var_os(CRASHES).is_some() {
        let _screen = Screen::new(true).expect("there is a terminal");
        panic!("as the test wants it");
    }
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags).expect("there are terminals");
    grantpt(&master).expect("it is ours");
    unlockpt(&master).expect("it is ours");
    let before = tcgetattr(&master).expect("it is a terminal");
    let slave = ioctl_tiocgptpeer(&master, flags).expect("it has another end");
    let end = || Stdio::from(slave.try_clone().expect("it can be shared"));
    let mut command = Command::new("setsid");
    command.arg("--ctty").arg(std::env::current_exe().expect("a test knows its own file"));
    command.args(["--exact", "terminal::tests::a_crash_gives_the_terminal_back_and_then_speaks"]);
    command.args(["--nocapture"]).env(CRASHES, "1").env("TERM", "xterm-256color");
    let child = command.stdin(end()).stdout(end()).stderr(end()).spawn();
    let mut child = child.expect("setsid is there");
    drop((command, slave));
    let mut master = File::from(master);
    let mut said = Vec::new();
    // Reading ends with an error where nobody has the terminal any more.
    let _ = master.read_to_end(&mut said);
    let status = child.wait().expect("it was started");
    let said = String::from_utf8_lossy(&said);
    assert_eq!(status.code(), Some(101), "it ends as a crash does\n{said}");
    let place = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words:?} in {said:?}"));
    let (taken, given) = (place("\u{1b}[?1049h"), place("\u{1b}[?1049l"));
    assert!(taken < given && given < place("as the test wants it"), "{said:?}");
    assert!(place("\u{1b}[?25h") < place("as the test wants it"), "{said:?}");
    let after = tcgetattr(&master).expect("it is a terminal");
    let modes =
        |own: &Termios| (own.input_modes, own.output_modes, own.control_modes, own.local_modes);
    assert_eq!(modes(&after), modes(&before), "lines and echo are as before");
}
