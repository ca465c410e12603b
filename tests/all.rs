//! One binary for all integration tests: build time is a feature.

mod allocations;
mod checkers;
mod cli;
mod fuzz;
mod laws;
mod replay;
mod scenarios;
