//! The tests of the crate: known answers, properties, published vectors and every "no" of the
//! protocol.
//!
//! `vectors` and `story` run every file in `tests/vectors`: a manifest with its keys, one complete
//! story from master secrets to double-spend proofs, and cases. They accept any such file, with
//! other keys, dates, depths and hop counts. `negative` holds the mandatory negative tests by their
//! number, `properties` what is true for all inputs, `published` what others have published.

#![allow(missing_docs)] // A test is documented by its name.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A wrong file is a failed test.

mod cast;
mod claim;
#[path = "../../examples/conformance/main.rs"]
#[expect(dead_code, reason = "its `main`: the tests call what that calls")]
mod conformance;
mod exchange;
mod file;
mod limits;
mod lists;
mod log;
mod mint;
mod negative;
mod order;
mod properties;
mod published;
mod revocation;
mod secrets;
mod story;
mod treasury;
mod vectors;
