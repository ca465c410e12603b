//! `lvsim schema`: what the lines of `--format json` look like, for programs that read them.

use crate::cli::Exit;
use crate::out::show;

/// Prints the JSON Schema. It is a page of the book: a field that it does not name is a fault that the tests find.
pub fn print() -> Exit {
    show(include_str!("../../book/json.schema.json"));
    Exit::Ok
}
