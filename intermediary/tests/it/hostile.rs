//! The program as hostile callers meet it, who show no certificate and need none.

#[path = "../../../proto/tests/it/abuse.rs"]
mod abuse;
mod descriptors;
mod frames;
mod readers;
