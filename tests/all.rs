//! One binary for all integration tests: build time is a feature.

mod allocations;
mod cables;
mod checkers;
mod cli;
mod fuzz;
mod laws;
mod replay;
mod scenarios;
