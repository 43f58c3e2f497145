//! The integration tests of the whole workspace.

mod processes;
mod tidy;
