//! Mutants of data: alternatives of patterns, entries and values of tables, SQL and Lua. cargo-mutants changes what functions
//! compute; this changes what they look up and what they send to a server.

pub mod again;
pub mod build;
pub mod files;
mod lines;
pub mod lua;
pub mod mutant;
pub mod program;
pub mod rules;
pub mod run;
pub mod settings;
pub mod source;
pub mod sql;
pub mod texts;
pub mod together;
pub mod tokens;
