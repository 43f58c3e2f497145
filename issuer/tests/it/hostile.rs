//! Callers that mean harm, or are in trouble: what they try, and that the others do not notice.

#[path = "../../../proto/tests/it/abuse.rs"]
mod abuse;
mod begun;
mod connections;
mod descriptors;
mod dropped;
mod flood;
mod frames;
mod half_open;
mod messages;
mod raw;
mod roles;
mod stopping;
