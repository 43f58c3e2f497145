//! The integration tests of the whole workspace.

mod tidy;
