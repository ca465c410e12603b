//! `lvsim kernel` and `lvsim export`, as far as they need no kernel: what is refused, what is written.

use std::fs;
use std::process::Command;

use lvsim_tests::files;
use lvsim_tests::lvsim::{folder, lvsim, run};
use lvsim_tests::plays;
use sim_core::export::netns;

const LAB: &str = "dr/seed";

/// Every lab's script is one for bash, and the lab is taken away as it is built.
#[test]
fn each_scenario_has_a_script_that_bash_reads() {
    let dir = folder("scripts");
    for play in plays::played() {
        let script = netns::script(play.player.scenario());
        let file = dir.join("lab.sh");
        fs::write(&file, &script).expect("an own folder can be written");
        let read = Command::new("bash").arg("-n").arg(&file).output().expect("there is a bash");
        let said = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success() && said.is_empty(), "{}: {said}", play.file.name);
    }
    let script = dir.join("lab.sh").display().to_string();
    let refused = |words: &[&str]| {
        let said = Command::new("bash").arg(&script).args(words).output().expect("there is a bash");
        (said.status.code(), String::from_utf8(said.stderr).expect("it is UTF-8"))
    };
    for (words, told) in [
        (
            &["fly"][..],
            "lab.sh: one of: up, down, on NODE COMMAND…, power-off HOST, power-on HOST\n",
        ),
        (&[], "lab.sh: one of: up, down, on NODE COMMAND…, power-off HOST, power-on HOST\n"),
        (&["on", "nobody", "true"], "lab.sh: no such host: nobody; there are: "),
        (&["up", "now"], "lab.sh: up takes no more words\n"),
        (&["down"], "lab.sh: this lab is not up\n"),
    ] {
        let (status, said) = refused(words);
        assert!(status == Some(1) && said.starts_with(told), "{words:?}: {said}");
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn a_lab_is_exported_for_others() {
    let dir = folder("export");
    let to = |name: &str| dir.join(name).display().to_string();
    assert_eq!(run(&["export", "--kathara", LAB, "--to", &to("lab")]).status, Some(0));
    let mut names: Vec<_> = fs::read_dir(dir.join("lab"))
        .expect("the folder was made")
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(
        names.join(" "),
        "client.startup director.startup lab.conf router.startup rs1.startup rs2.startup"
    );
    let printed = run(&["export", "--containerlab", LAB]);
    assert!(printed.out.contains("\nname: \"dr-seed\"\ntopology:\n"), "{}", printed.out);
    assert_eq!(run(&["export", "--netns", LAB, "--to", &to("lab.sh")]).status, Some(0));
    let again = run(&["export", "--netns", LAB, "--to", &to("lab.sh")]);
    assert_eq!(again.status, Some(2));
    assert!(again.err.contains("is there already"), "{}", again.err);
    for (args, words) in [
        (&["export", LAB][..], "<--netns|--kathara|--containerlab|--svg|--mermaid|--html|--cast>"),
        (&["export", "--kathara", LAB], "--to <PATH>"),
        (&["export", "--netns", "--kathara", LAB], "cannot be used with"),
    ] {
        let said = run(args);
        assert!(said.status == Some(2) && said.err.contains(words), "{args:?}: {}", said.err);
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_asked_of_a_kernel_is_told() {
    let dir = folder("kernel");
    fs::write(dir.join("file"), "mine").expect("an own folder can be written");
    let folder = dir.display().to_string();
    for (args, status, words) in [
        (&["kernel", "run", "dr/sed"][..], 2, "did you mean dr/seed?"),
        (
            &["kernel", "compare", "cable/loss"],
            0,
            "cable/loss: not compared\n  which frames get lost",
        ),
        (&["kernel", "compare", "--shard", "3/2"], 2, "1 <= K <= N"),
        (&["kernel", "run", LAB, "--keep", &folder], 2, "is not empty: name a folder that is new"),
        (&["kernel", "guest"], 2, "LVSIM_OUT"),
        (&["kernel", "fly"], 2, "unrecognized subcommand 'fly'"),
    ] {
        let said = run(args);
        let told = format!("{}{}", said.out, said.err);
        assert!(said.status == Some(status) && told.contains(words), "{args:?}: {told}");
    }
    let record = |name: &str| {
        let said = lvsim(&["kernel", "record", name]).current_dir(&dir).output();
        let said = said.expect("lvsim can be started");
        (said.status.code(), String::from_utf8(said.stderr).expect("it is UTF-8"))
    };
    let (status, said) = record(LAB);
    assert!(status == Some(2) && said.contains("is carried by the program"), "{said}");
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

/// What is checked against no receipt needs no kernel to be told.
#[cfg(target_os = "linux")]
#[test]
fn a_check_tells_what_it_cannot_check() {
    let dir = folder("check");
    let there = |name: &str, text: &str| {
        fs::write(dir.join(name), text).expect("an own folder can be written");
    };
    let check = |words: &[&str]| {
        let said = lvsim(&["kernel", "record", "--check"]).args(words).current_dir(&dir).output();
        let said = said.expect("lvsim can be started");
        let text = |bytes| String::from_utf8(bytes).expect("it is UTF-8");
        (said.status.code(), text(said.stdout), text(said.stderr))
    };
    let excused = files::world("dr").text;
    let is_excuse = |line: &&str| line.starts_with("    kernel: No(");
    let new: Vec<&str> = excused.lines().filter(|line| !is_excuse(line)).collect();
    there("excused.ron", &excused);
    there("new.ron", &new.join("\n"));
    let lacking = "excused.ron: not compared\n  a lab for tests\nnew.ron: no receipt\n";
    assert_eq!(check(&["excused.ron", "new.ron"]), (Some(1), lacking.into(), String::new()));
    let lacking = "./excused.ron: 不比较\n  测试用实验环境\n./new.ron: 没有凭据\n";
    assert_eq!(check(&[".", "--lang", "zh"]), (Some(1), lacking.into(), String::new()));
    assert_eq!(check(&["excused.ron"]).0, Some(0));
    let before = fs::read_dir(&dir).expect("it was made").count();
    assert_eq!(before, 2, "nothing was written");
    there("new.receipt", "lvsim receipt 1\nframes\n");
    let (status, _, told) = check(&["new.ron"]);
    assert!(status == Some(2) && told.starts_with("new.receipt:2: "), "{told}");
    for (words, told) in
        [(&[][..], "<PATH>..."), (&[LAB], "is carried by the program"), (&["x"], "x")]
    {
        let (status, _, said) = check(words);
        assert!(status == Some(2) && said.contains(told), "{words:?}: {said}");
    }
    for (lang, words) in [("en", "Write nothing"), ("zh", "什么也不写")] {
        let help = run(&["kernel", "record", "--help", "--lang", lang]);
        assert!(help.status == Some(0) && help.out.contains(words), "{}", help.out);
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}
