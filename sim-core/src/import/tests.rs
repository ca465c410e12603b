//! Small tables; whole folders are in `tests/import`.
