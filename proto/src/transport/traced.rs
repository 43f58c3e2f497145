//! One log span per request, named by its id, which is taken over from the caller or made here, is
//! handed on to the next tier, and comes back with the reply.

use super::request_id::{REQUEST_ID, RequestId};
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::codegen::http::{HeaderValue, Request, Response};
use tower::{Layer, Service};
use tracing::Instrument;

/// The layer. It is the outermost one.
#[derive(Clone, Copy, Debug)]
pub struct Traced;

impl<S> Layer<S> for Traced {
    type Service = Following<S>;

    fn layer(&self, inner: S) -> Following<S> {
        Following { inner }
    }
}

/// What follows each request.
#[derive(Clone, Debug)]
pub struct Following<S> {
    inner: S,
}

type Answering<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

impl<S, A, B> Service<Request<A>> for Following<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Answering<Response<B>, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let sent = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let id = sent.and_then(RequestId::parse).unwrap_or_else(RequestId::fresh);
        let span = tracing::info_span!(
            "request",
            id = id.as_str(),
            method = request.uri().path(),
            caller = tracing::field::Empty,
            caller_id = tracing::field::Empty
        );
        // The inner service is called within the span, so that it can add who is calling.
        let answering = span.in_scope(|| self.inner.call(request));
        let echoed = HeaderValue::from_str(id.as_str());
        let work = async move {
            let mut response = answering.await?;
            if let Ok(id) = echoed {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            let status = response.headers().get("grpc-status");
            let code = status.and_then(|code| code.to_str().ok()).unwrap_or("0");
            tracing::info!(code, "answered");
            Ok(response)
        };
        Box::pin(id.scope(work.instrument(span)))
    }
}
