//! The transport against callers that mean harm, whoever serves over it.

#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::indexing_slicing, reason = "a wrong index is a failed test")]

mod abuse;
mod frames;
