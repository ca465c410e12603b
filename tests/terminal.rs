//! The real binary on a terminal that is no screen: keys go in, what a terminal would show comes out, and it is given back as it was.
//!
//! Nothing waits for a time: each step waits for the words that it must bring. The deadline only ends a test that would wait for ever.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_types, reason = "another process answers in real time")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use lvsim_tests::lvsim::{folder, lvsim, run};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// Nobody waits longer, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(120);

/// A terminal with `lvsim` on it.
struct Screen {
    child: Child,
    /// The other end of its terminal.
    master: File,
    before: Termios,
    said: Receiver<Vec<u8>>,
    shown: vt100::Parser,
}

impl Screen {
    /// Starts it on a terminal of so many columns and rows, with this folder for its state, if any.
    fn start(args: &[&str], (columns, rows): (u16, u16), state: Option<&Path>) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("there are terminals");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it is ours");
        tcsetwinsize(&master, size(columns, rows)).expect("it is a terminal");
        let before = tcgetattr(&master).expect("it is a terminal");
        let slave = ioctl_tiocgptpeer(&master, flags).expect("it has another end");
        let end = || Stdio::from(slave.try_clone().expect("it can be shared"));
        // It leads a session of its own, so that its terminal tells it of another size.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(lvsim(&[]).get_program()).args(args);
        for name in ["LC_ALL", "NO_COLOR", "HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        command.env("LANG", "C.UTF-8").env("TERM", "xterm-256color");
        if let Some(folder) = state {
            command.env("XDG_STATE_HOME", folder);
        }
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn();
        drop((command, slave));
        let master = File::from(master);
        let mut reader = master.try_clone().expect("it can be shared");
        let (send, said) = channel();
        // It ends when nobody has the terminal any more.
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if send.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let shown = vt100::Parser::new(rows, columns, 0);
        Self { child: child.expect("setsid is there"), master, before, said, shown }
    }

    fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("somebody listens");
    }

    /// Waits until all these words stand on the screen.
    fn wait(&mut self, words: &[&str]) -> String {
        self.wait_until(&format!("{words:?}"), |text| words.iter().all(|word| text.contains(word)))
    }

    /// Waits until the screen is so.
    fn wait_until(&mut self, wanted: &str, is: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + DEADLINE;
        loop {
            let text = self.shown.screen().contents();
            if is(&text) {
                return text;
            }
            match self.said.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shown.process(&bytes),
                Err(why) => panic!("{why}: not to be seen: {wanted}\n{text}"),
            }
        }
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.shown.screen_mut().set_size(rows, columns);
        tcsetwinsize(&self.master, size(columns, rows)).expect("it is a terminal");
    }

    /// Waits for its end: its status, and that the terminal is as it was.
    fn end(mut self) -> i32 {
        let until = Instant::now() + DEADLINE;
        loop {
            match self.said.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shown.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(why) => panic!("{why}: it does not end\n{}", self.shown.screen().contents()),
            }
        }
        let status = self.child.wait().expect("it was started");
        let after = tcgetattr(&self.master).expect("it is a terminal");
        let modes =
            |own: &Termios| (own.input_modes, own.output_modes, own.control_modes, own.local_modes);
        assert_eq!(modes(&after), modes(&self.before), "lines and echo are as before");
        let screen = self.shown.screen();
        assert!(
            !screen.alternate_screen() && !screen.hide_cursor(),
            "the screen of before, with a cursor"
        );
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        status.code().expect("it ended by itself")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A test that has failed leaves nothing behind; one that has not has seen its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

#[test]
fn a_person_walks_answers_mistypes_resizes_leaves_and_comes_back() {
    let state = folder("terminal");
    let mut screen = Screen::start(&[], (120, 36), Some(&state));
    screen.wait(&["Scenarios", "dr/arp-walk"]);
    screen.press("/arp-walk\r");
    screen.wait(&["step 1/", "3 EVENTS"]);
    screen.press("]");
    let asked = screen.wait(&["question 1 of", "Who will answer?", "the question comes first"]);
    assert!(!asked.contains("belongs to the machine"), "the reason is not told before\n{asked}");
    screen.press("3");
    screen.wait(&["> 3) all three"]);
    screen.press("\r");
    screen.wait(&["Right.", "belongs to the machine"]);
    screen.press("\r");
    screen.press("l");
    screen.wait(&["step 3/", "right 1/1"]);
    screen.press("/tcp.prot == 80\r");
    screen.wait(&["(!)", "tcp.prot"]);
    screen.press("\u{1b}");
    screen.wait_until("no prompt", |text| !text.contains("tcp.prot"));
    screen.resize(80, 24);
    screen.wait(&["step 3/", "[1 MAP]  2 FRAME   3 EVENTS"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);
    let file = state.join("lvsim/progress");
    let kept = fs::read_to_string(&file).expect("it is kept");
    assert!(kept.contains("\nlast dr/arp-walk\nwalk dr/arp-walk at 3 seen 3 of "), "{kept}");
    assert!(kept.ends_with(" answers 1=3+\n"), "{kept}");

    let mut screen = Screen::start(&[], (120, 36), Some(&state));
    screen.wait(&["r goes on at dr/arp-walk, step 3;"]);
    screen.press("r");
    screen.wait(&["step 3/", "right 1/1"]);
    screen.press("\u{3}");
    assert_eq!(screen.end(), 0);
    assert_eq!(fs::read_to_string(&file).expect("it is kept"), kept);
}

#[test]
fn progress_is_kept_only_where_there_is_a_place_for_it() {
    let state = folder("terminal-broken");
    let place = state.join("lvsim");
    fs::create_dir(&place).expect("it can be made");
    fs::write(place.join("progress"), "lvsim progress 1\nbanana\n").expect("it can be written");
    let mut screen = Screen::start(&["open", "nat/seed"], (120, 36), Some(&state));
    screen.wait(&["nat/seed", "progress:2: `banana` is not understood"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);
    let kept = fs::read_to_string(place.join("progress.broken-1")).expect("it is kept");
    assert_eq!(kept, "lvsim progress 1\nbanana\n");
    assert!(place.join("progress").exists(), "and there is a new one");

    let empty = folder("terminal-none");
    let mut screen = Screen::start(&["open", "--no-progress", "nat/seed"], (80, 24), Some(&empty));
    screen.wait(&["step 1/"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);
    assert_eq!(fs::read_dir(&empty).expect("it is there").count(), 0);

    let mut screen = Screen::start(&["open", "nat/seed"], (80, 24), None);
    screen.wait(&["step 1/"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);
}

/// The shortest way from nothing to a file that others can run.
#[test]
fn a_lab_is_built_pinged_through_saved_and_run() {
    let place = folder("terminal-sandbox");
    let file = place.join("two.ron").display().to_string();
    let mut screen = Screen::start(&["sandbox", &file], (120, 36), Some(&place));
    screen.wait(&["[BUILD]", "client", "no cable"]);
    screen.press("aserver\r");
    screen.wait(&["rs1 is there"]);
    screen.press("cclient:eth0\r");
    screen.wait(&["to :"]);
    screen.press("rs1:eth0\r");
    screen.wait(&["client:eth0 – rs1:eth0: the cable is in"]);
    screen.press("\r");
    screen.wait(&["rs1# "]);
    screen.press("ip addr add 192.0.2.2/24 dev eth0\r");
    screen.press("@client\rip addr add 192.0.2.1/24 dev eth0\rping -c 2 192.0.2.2\r");
    screen.wait(&["2 received", "are new"]);
    screen.press("\u{1b}");
    screen.wait_until("the line is left", |text| !text.contains("a command; Tab"));
    screen.press("q");
    screen.wait(&["not saved :"]);
    screen.press("s");
    screen.wait(&["save as : "]);
    screen.press("\r");
    assert_eq!(screen.end(), 0);
    let told = run(&["run", &file]);
    assert_eq!(told.status, Some(0), "{}", told.err);
    assert!(told.out.contains("ICMP echo request") && told.out.contains("2 received"));

    // It goes on from the file, and is not written over by accident.
    let mut screen = Screen::start(&["sandbox", &file], (120, 36), Some(&place));
    screen.wait(&["[BUILD]", "client:eth0 – rs1:eth0"]);
    screen.press("arouter\r");
    screen.wait(&["router is there"]);
    screen.press("w\r");
    screen.wait(&["is there already"]);
    screen.press("\r");
    screen.wait(&["saved: lvsim run"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);
    assert!(fs::read_to_string(&file).expect("it is there").contains("router"));
    let names: Vec<_> = fs::read_dir(&place).expect("it is there").flatten().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}
