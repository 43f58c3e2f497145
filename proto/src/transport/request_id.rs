//! A request's id: a short token under which every tier logs its part of the same request.
//!
//! It says nothing about who asks or for what, and decides nothing. It is made anew for every
//! request, so that the next tier can join requests by it no more than it could without.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use tonic::metadata::MetadataValue;
use tonic::{Request, Status};
use tracing::Instrument;

/// The name of the metadata that carries it, in requests and in replies.
pub const REQUEST_ID: &str = "x-request-id";

const LETTERS_MAX: usize = 64;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// A request's id: 1 to 64 letters, digits, `-` or `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// An id that nobody else is likely to have. Chance is enough for that: nothing rests on it.
    #[must_use]
    pub fn fresh() -> Self {
        Self(format!("{:016x}", RandomState::new().hash_one(())).into())
    }

    /// Takes an id over if it is one; whatever else is sent in its place never reaches a log.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sane = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_');
        let is_one = (1..=LETTERS_MAX).contains(&text.len()) && text.bytes().all(sane);
        is_one.then(|| Self(text.into()))
    }

    /// The id of the request that this task works on, if it does.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Does some work under this id.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }
}

/// Prepares work for a task of its own, so that it goes on under the id and in the log span of the
/// request that began it.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let id = RequestId::current().unwrap_or_else(RequestId::fresh);
    id.scope(work.in_current_span())
}

/// Hands the current request's id on with a request to the next tier; makes one if there is none.
/// Errors: none; interceptors must be able to have some.
pub fn hand_on(mut request: Request<()>) -> Result<Request<()>, Status> {
    let id = RequestId::current().unwrap_or_else(RequestId::fresh);
    tracing::debug!(id = id.as_str(), "the next tier is asked");
    if let Ok(value) = MetadataValue::try_from(id.as_str()) {
        request.metadata_mut().insert(REQUEST_ID, value);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::RequestId;

    #[test]
    fn only_a_short_plain_token_is_taken_over() {
        let longest = "a".repeat(64);
        for good in ["a", "0123456789abcdef", "A-b_9", &longest] {
            assert_eq!(RequestId::parse(good).expect("it is an id").as_str(), good);
        }
        let long = "a".repeat(65);
        for bad in ["", "a b", "a\nb", "a\"b", "\u{e9}", "a/b", &long] {
            assert_eq!(RequestId::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn fresh_ids_are_ids_and_differ() {
        let ids: Vec<_> = (0..100).map(|_| RequestId::fresh().0).collect();
        let mut distinct = ids.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len());
        assert!(ids.iter().all(|id| RequestId::parse(id).is_some()));
    }
}
