//! The screens of lvsim: a walkthrough that a person steps through.
//!
//! The way of data is one: [`input`] → [`action`] → [`update`] changes the [`state`] → [`view`] draws it. Drawing reads the state and
//! nothing else. Nothing here knows a terminal, a file, a clock, a thread or the environment: a browser draws the same screens.
//! What time it is comes in, as the milliseconds that have passed.

pub mod action;
pub mod catalogue;
pub mod chain;
pub mod curriculum;
pub mod diagnosis;
pub mod fields;
pub mod filter;
pub mod hooks;
pub mod input;
pub mod ladder;
pub mod layout;
pub mod methods;
pub mod otherwise;
pub mod progress;
pub mod question;
pub mod recording;
pub mod sandbox;
pub mod scenarios;
pub mod sentence;
pub mod session;
pub mod state;
pub mod svg;
pub mod tables;
pub mod theme;
pub mod topology;
pub mod typing;
pub mod update;
pub mod view;
pub mod what_if;
