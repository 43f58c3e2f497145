//! The integration tests of the whole workspace.

mod logs;
mod processes;
mod tidy;
mod trace;
