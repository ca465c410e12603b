//! One binary for all integration tests: build time is a feature.

mod allocations;
mod cables;
mod checkers;
mod checks;
mod cli;
mod console;
mod diff;
mod engine;
mod explain;
mod fullnat;
mod fuzz;
mod import;
mod json;
mod kernel;
mod laws;
mod modes;
mod origins;
mod parity;
mod picks;
mod printed;
mod random;
mod receipts;
mod replay;
mod scenarios;
mod share;
mod suite;
