//! One binary for all integration tests: build time is a feature.

mod allocations;
mod cables;
mod checkers;
mod cli;
mod console;
mod fuzz;
mod laws;
mod printed;
mod replay;
mod scenarios;
mod suite;
