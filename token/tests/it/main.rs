//! Known answers: every case and every story value of the files in `tests/vectors`, and what the
//! order of checks makes of two faults at once.
//!
//! A file holds a manifest with its keys, one complete story from master secrets to double-spend
//! proofs, and cases: bytes, what the checking party knows, and the one outcome that is right. The
//! tests accept any such file, with other keys, dates, depths and hop counts.

#![allow(missing_docs)] // A test is documented by its name.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A wrong file is a failed test.

mod cast;
mod file;
mod order;
mod story;
mod vectors;
