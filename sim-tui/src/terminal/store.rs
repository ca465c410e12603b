//! Where progress is kept: a file of one's own state, `$XDG_STATE_HOME/lvsim/progress` or `~/.local/state/lvsim/progress`.
//!
//! It is written whole or not at all, by a file beside it that takes its place. One that is not understood is kept under another name
//! before a new one is written.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use sim_core::{Text, text};
use sim_tui::progress::Progress;

use crate::lang;

/// The file, if there is a place for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    file: PathBuf,
}

/// A file of progress is small; what is larger is something else.
const LARGEST: u64 = 1 << 20;

impl Store {
    /// The file of whoever runs this; none where nothing says where it should be.
    pub fn of_environment() -> Option<Self> {
        let var = |name| std::env::var_os(name);
        Self::of(var("XDG_STATE_HOME"), var("HOME"))
    }

    /// As the XDG Base Directory Specification has it: a relative path is not heeded.
    fn of(state: Option<OsString>, home: Option<OsString>) -> Option<Self> {
        let absolute =
            |path: Option<OsString>| path.map(PathBuf::from).filter(|own| own.is_absolute());
        let folder = absolute(state).or_else(|| Some(absolute(home)?.join(".local/state")))?;
        Some(Self { file: folder.join("lvsim").join("progress") })
    }

    /// What is kept; and what there is to say of a file that is not understood, which is moved out of the way.
    pub fn load(&self) -> (Progress, Option<Text>) {
        let text = match read(&self.file) {
            Ok(text) => text,
            Err(why) if why.kind() == ErrorKind::NotFound => return (Progress::default(), None),
            Err(why) => return (Progress::default(), Some(self.failed(&lang::why(&why)))),
        };
        let Text { en, zh } = match Progress::parse(&text) {
            Ok(progress) => return (progress, None),
            Err(why) => why,
        };
        let said = match self.put_aside() {
            Ok(kept) => {
                let (file, kept) = (self.file.display(), kept.display());
                text!("{file}:{en}; it is kept as {kept}", "{file}:{zh}；原文件保留为 {kept}")
            }
            Err(why) => self.failed(&lang::why(&why)),
        };
        (Progress::default(), Some(said))
    }

    /// Keeps it, together with what somebody else has kept meanwhile.
    ///
    /// # Errors
    /// When the file cannot be written, or is one that is not understood.
    pub fn save(&self, progress: &Progress) -> Result<(), Text> {
        let mut all = progress.clone();
        match read(&self.file).map(|text| Progress::parse(&text)) {
            Ok(Ok(other)) => all.merge(other),
            Ok(Err(why)) => return Err(self.failed(&why)),
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            Err(why) => return Err(self.failed(&lang::why(&why))),
        }
        self.write(&all.print()).map_err(|why| self.failed(&lang::why(&why)))
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // Two that write at once do not share a file.
        let beside = folder.join(format!("progress.new-{}", std::process::id()));
        let written = fs::File::create(&beside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let moved = written.and_then(|()| fs::rename(&beside, &self.file));
        if moved.is_err() {
            // Nothing is left to be done where this fails as well.
            let _ = fs::remove_file(&beside);
        }
        moved
    }

    /// Gives the file a name that no other has.
    fn put_aside(&self) -> io::Result<PathBuf> {
        for number in 1..1000 {
            let kept = self.file.with_file_name(format!("progress.broken-{number}"));
            if kept.symlink_metadata().is_err() {
                fs::rename(&self.file, &kept)?;
                return Ok(kept);
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    fn failed(&self, why: &Text) -> Text {
        let (file, Text { en, zh }) = (self.file.display(), why);
        text!("{file}: progress is not kept: {en}", "{file}：进度没有保存：{zh}")
    }
}

fn read(file: &Path) -> io::Result<String> {
    match fs::metadata(file)?.len() > LARGEST {
        true => Err(ErrorKind::FileTooLarge.into()),
        // Whatever it is: as text it is not understood, and then it is kept.
        false => Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store in a new folder of this name.
    fn store(name: &str) -> Store {
        let folder =
            std::env::temp_dir().join(format!("lvsim-store-{}-{name}", std::process::id()));
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("an own folder can be removed");
        }
        Store::of(Some(folder.into()), None).expect("the folder is absolute")
    }

    fn names(store: &Store) -> Vec<String> {
        let folder = store.file.parent().expect("it lies in a folder");
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("it is there")
            .map(|entry| {
                entry.expect("it can be listed").file_name().to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    #[rustfmt::skip]
    fn it_lies_where_the_environment_says() {
        let path = |text: &str| Some(OsString::from(text));
        let file = |state, home| Store::of(state, home).map(|own| own.file.display().to_string());
        assert_eq!(file(path("/s"), path("/h")), Some("/s/lvsim/progress".into()));
        assert_eq!(file(path("s"),  path("/h")), Some("/h/.local/state/lvsim/progress".into()));
        assert_eq!(file(None,       path("/h")), Some("/h/.local/state/lvsim/progress".into()));
        assert_eq!(file(path(""),   None),       None);
    }

    #[test]
    fn what_is_kept_comes_back_and_nothing_else_is_left() {
        let store = store("back");
        assert_eq!(store.load(), (Progress::default(), None));
        let mut progress = Progress::default();
        progress.saw("dr/seed", 7, 90, 3);
        progress.answered("dr/seed", 1, 2, true);
        store.save(&progress).expect("it can be written");
        assert_eq!(store.load(), (progress, None));
        assert_eq!(names(&store), ["progress"]);
    }

    #[test]
    fn a_broken_file_is_kept_and_told() {
        let store = store("broken");
        fs::create_dir_all(store.file.parent().expect("it lies in a folder"))
            .expect("it can be made");
        for number in 1..=2 {
            fs::write(&store.file, b"banana \xff").expect("it can be written");
            assert!(
                store.save(&Progress::default()).is_err(),
                "what is not understood is not lost"
            );
            let (progress, said) = store.load();
            assert_eq!(progress, Progress::default());
            let said = said.expect("it is told").en;
            assert!(said.contains("progress:1: it should begin with"), "{said}");
            assert!(said.ends_with(&format!("progress.broken-{number}")), "{said}");
        }
        assert_eq!(names(&store), ["progress.broken-1", "progress.broken-2"]);
        let kept = fs::read(store.file.with_file_name("progress.broken-1")).expect("it is there");
        assert_eq!(kept, b"banana \xff");
    }
}
