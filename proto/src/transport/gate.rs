//! The gate that every request passes before anything of it is read. Who may pass is each tier's
//! own to say; what becomes of the request then is the same in all.

use super::{Counted, Line};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tower::{Layer, Service};

/// Who says whether a request may pass.
pub trait Keeper: Clone {
    /// What is called, as a row of a closed list.
    type Method: Copy;
    /// Who is calling, as the keeper has found out. The request carries it on.
    type Caller: Clone + Send + Sync + 'static;

    /// What is called under a path of the wire, if it is in the list.
    fn method(path: &str) -> Option<Self::Method>;

    /// Its name, under which it is counted.
    fn name(method: Self::Method) -> &'static str;

    /// A request begins, of a method or of another one.
    fn begin(&self, name: &'static str) -> Counted;

    /// Lets a request pass. Errors: the status that it ends with.
    fn admit(
        &self,
        line: Option<&Line>,
        method: Option<Self::Method>,
    ) -> Result<Self::Caller, Status>;
}

/// The gate. It lies right within the layer that makes the request's log span.
#[derive(Clone, Copy, Debug)]
pub struct Gate<K>(pub K);

/// A status for whoever asks for too much in a time, with how long to wait: a minute at most.
#[must_use]
pub fn too_much(wait: Duration) -> Status {
    Status::with_error_details(
        Code::ResourceExhausted,
        "this caller asks for too much; nothing was decided, send the same request again later",
        ErrorDetails::with_retry_info(Some(wait.min(Duration::from_mins(1)))),
    )
}

impl<K: Keeper, S> Layer<S> for Gate<K> {
    type Service = Gated<K, S>;

    fn layer(&self, inner: S) -> Gated<K, S> {
        Gated { keeper: self.0.clone(), inner }
    }
}

/// What lies behind the gate.
#[derive(Clone, Copy, Debug)]
pub struct Gated<K, S> {
    keeper: K,
    inner: S,
}

impl<K, S> Service<http::Request<Body>> for Gated<K, S>
where
    K: Keeper,
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let method = K::method(request.uri().path());
        // Only names of the list become labels: callers must not be able to make new ones.
        let counted = self.keeper.begin(method.map_or("other", K::name));
        match self.keeper.admit(request.extensions().get(), method) {
            Err(status) => {
                counted.ended(status.code());
                Box::pin(async move { Ok(status.into_http()) })
            }
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                let answering = self.inner.call(request);
                Box::pin(async move {
                    let response = answering.await?;
                    counted.ended(code_of(&response));
                    Ok(response)
                })
            }
        }
    }
}

/// The status that a response begins with. Refusals of the protocol are replies, and OK.
fn code_of(response: &http::Response<Body>) -> Code {
    Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
}
