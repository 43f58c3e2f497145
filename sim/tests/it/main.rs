//! The integration tests of the whole workspace.

mod logs;
mod outside;
mod processes;
mod tidy;
mod town;
mod trace;
