//! The real code in an invented world: demonstrations, simulations and the economy model.
//!
//! A demonstration begins with a [`scenario`]: a file that people edit, refused before anything
//! starts when it is wrong.

pub mod cli;
pub mod demo;
pub mod scenario;
