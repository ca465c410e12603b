//! Puts the shipped scenarios into the binary, so that it works from any folder.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let folder = root.join("../scenarios");
    println!("cargo::rerun-if-changed={}", folder.display());
    let (mut found, mut labs) = (Vec::new(), Vec::new());
    walk(&folder, &mut found, &mut labs);
    found.sort();
    labs.sort();
    let mut code = String::from("&[\n");
    for path in found {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.strip_prefix(&folder).expect("it lies below").with_extension("");
        let name = name.to_string_lossy().replace('\\', "/");
        let file = fs::canonicalize(&path).expect("it was found just now");
        writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string())
            .expect("a string takes any text");
    }
    code.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("shipped.rs"), code).expect("cargo's folder can be written");
    let code: String = labs.iter().map(|lab| lab_entry(lab)).collect();
    fs::write(out.join("labs.rs"), format!("&[\n{code}]")).expect("cargo's folder can be written");
}

/// A lab as code: its name, and the name and text of each of its files.
fn lab_entry(folder: &Path) -> String {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for below in [folder.to_owned(), folder.join("wrong")] {
        let entries = fs::read_dir(&below).into_iter().flatten().flatten();
        files.extend(entries.map(|entry| entry.path()).filter(|path| path.is_file()));
    }
    files.sort();
    let mut code = String::new();
    for path in files {
        let name =
            path.strip_prefix(folder).expect("it lies below").to_string_lossy().replace('\\', "/");
        let file = fs::canonicalize(&path).expect("it was found just now");
        writeln!(code, "        ({name:?}, include_str!({:?})),", file.display().to_string())
            .expect("a string takes any text");
    }
    let id = folder.file_name().expect("a folder has a name").to_string_lossy();
    format!("    ({id:?}, &[\n{code}    ]),\n")
}

/// The scenarios below a folder, and the labs: folders with a `lab.ron`, which are not looked into.
fn walk(folder: &Path, found: &mut Vec<PathBuf>, labs: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.join("lab.ron").is_file() {
            labs.push(path);
        } else if path.is_dir() {
            walk(&path, found, labs);
        } else if path.extension().is_some_and(|ending| ending == "ron") {
            found.push(path);
        }
    }
}
