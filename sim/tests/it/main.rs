//! The integration tests of the whole workspace.

mod logs;
mod outage;
mod outside;
mod processes;
mod tidy;
mod town;
mod trace;
