//! Requests that begin while their caller may call, and say what they ask for when it may no more.

use crate::operator::operate;
use crate::served::{Served, fingerprint};
use crate::stage::Stage;
use crate::transfer::transfer;
use prost::Message;
use std::pin::Pin;
use std::task::{Context, Poll};
use tender_issuer::batch::{Call, Undecided, Unsaid};
use tender_issuer::operation::Order;
use tender_issuer::request::{Reply, Request as Asked};
use tender_issuer::rows::{Actions, Staff, Transfers};
use tender_proto::certificate::{self, issue};
use tender_proto::operator::{Amendment, Duty, Operation, Refusal};
use tender_proto::wire;
use tender_token::error::Error;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

/// Requests over one connection.
const REQUESTS: usize = 10;

/// A request's body. It is asked for when the request's head is on its way.
struct Body<Q> {
    begun: Option<oneshot::Sender<()>>,
    message: oneshot::Receiver<Q>,
}

impl<Q> Stream for Body<Q> {
    type Item = Q;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Q>> {
        if let Some(begun) = self.begun.take() {
            begun.send(()).expect("the test waits for it");
        }
        if self.message.is_terminated() {
            return Poll::Ready(None);
        }
        let message = Pin::new(&mut self.message);
        message.poll(context).map(Result::ok)
    }
}

/// A request that has begun, and what it will ask for has not been said.
struct Begun<Q, A> {
    message: oneshot::Sender<Q>,
    answer: JoinHandle<Result<A, Code>>,
}

impl<Q, A> Begun<Q, A>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    /// Begins a request, and returns when its head is on its way.
    async fn at(channel: &Channel, method: &'static str) -> Self {
        let ((begin, begun), (message, later)) = (oneshot::channel(), oneshot::channel());
        let mut grpc = Grpc::new(channel.clone());
        let answer = tokio::spawn(async move {
            grpc.ready().await.expect("the server is there");
            let codec = ProstCodec::<Q, A>::default();
            let body = Request::new(Body { begun: Some(begin), message: later });
            let answer = grpc.client_streaming(body, PathAndQuery::from_static(method), codec);
            answer.await.map(tonic::Response::into_inner).map_err(|status| status.code())
        });
        begun.await.expect("the connection is open");
        Self { message, answer }
    }

    /// Says what it asks for.
    async fn end(self, message: Q) -> Result<A, Code> {
        // A request that is refused already takes nothing any more.
        let _refused = self.message.send(message);
        self.answer.await.expect("it does not panic")
    }
}

/// Calls that are answered over the same connection, so that whatever began on it before has come
/// to the gate.
async fn come_to_the_gate(channel: &Channel) {
    let mut client = wire::issuer_client::IssuerClient::new(channel.clone());
    for _ in 0..REQUESTS {
        client.trust(wire::TrustRequest { held: 0 }).await.expect("it may still call");
    }
}

/// An operator begins to appoint somebody and to read the books, is dismissed, and only then says
/// whom and what: nobody is appointed and nothing is read.
#[tokio::test(flavor = "multi_thread")]
async fn c6_a_dismissed_operator_s_request_that_was_begun_before_changes_nothing() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut operator = served.operator_client(&served.operator);
    let own = issue(&served.authority, "Olga", certificate::Role::Client)
        .expect("certificates can be made");
    let appoint = |name: &str, fingerprint| {
        let (name, duty) = (name.to_owned(), Duty::Operator);
        Operation::Appoint { name, duty, fingerprint }
    };
    operate(&mut operator, appoint("Olga", fingerprint(&own))).await.expect("both are new");
    let channel = served.channel(Some(&own));
    let good: Begun<wire::OperateRequest, wire::OperateReply> =
        Begun::at(&channel, "/tender.v1.Operator/Operate").await;
    let ordering: Begun<wire::OperateRequest, wire::OperateReply> =
        Begun::at(&channel, "/tender.v1.Operator/Operate").await;
    let reading: Begun<wire::OverviewRequest, wire::OverviewReply> =
        Begun::at(&channel, "/tender.v1.Operator/Overview").await;
    let trusting: Begun<wire::TrustRequest, wire::TrustReply> =
        Begun::at(&channel, "/tender.v1.Issuer/Trust").await;
    come_to_the_gate(&channel).await;
    good.end(appoint("Otto", [98; 32]).into()).await.expect("she may order as slowly as that");
    assert_eq!(stage.count::<Staff>(), 2);

    operate(&mut operator, Operation::Dismiss("Olga".to_owned())).await.expect("appointed");
    let ordered = ordering.end(appoint("Back door", [99; 32]).into()).await;
    assert_eq!(ordered.map(|_| ()), Err(Code::Unauthenticated));
    let read = reading.end(wire::OverviewRequest {}).await;
    assert_eq!(read.map(|_| ()), Err(Code::Unauthenticated));
    let told = trusting.end(wire::TrustRequest { held: 0 }).await;
    assert_eq!(told.map(|_| ()), Err(Code::Unauthenticated));
    assert_eq!(stage.count::<Staff>(), 2, "nobody came by the back door");
    drop((operator, channel));
    served.stop().await;
    stage.assert_clean();
}

/// What came through the gate in time and waited in the queue behind the order that ended its
/// caller's role: the writer looks again. Whoever has the home still gives orders in it.
#[test]
fn c6_what_waited_while_its_caller_was_suspended_or_dismissed_is_not_carried_out() {
    let stage = Stage::new();
    let (olga, writer) = ([97; 32], stage.writer());
    let signed = transfer(&stage.bank, &stage.other_bank, 1_000).sign(&stage.bank.key);
    let amend = |amendment| Operation::Amend(stage.bank.id(), amendment);
    let ask = || {
        let request = Asked::Transfer(Box::new(signed.clone()));
        let call = Call { caller: stage.bank.id(), request };
        writer.answer(vec![call], stage.now).expect("the store answers").remove(0)
    };
    let batch =
        Call { caller: stage.bank.id(), request: Asked::Transfer(Box::new(signed.clone())) };
    let checked = writer.verify(vec![batch], stage.now).expect("the store answers");
    stage.operate(amend(Amendment::Suspend)).expect("it is admitted");
    let before = stage.balance(&stage.bank);
    let decided = writer.commit(checked).expect("the store answers");
    assert_eq!(writer.keep(decided), [Err(Unsaid::Undecided(Undecided::Suspended))]);
    assert_eq!(ask(), Err(Unsaid::Undecided(Undecided::Suspended)));
    assert_eq!((stage.balance(&stage.bank), stage.count::<Transfers>()), (before, 0));
    stage.operate(amend(Amendment::Resume)).expect("it is suspended");
    assert_eq!(ask(), Ok(Reply::Transfer(Ok(()))), "nothing was decided of it");

    let appoint = |name: &str, fingerprint| {
        let (name, duty) = (name.to_owned(), Duty::Operator);
        Operation::Appoint { name, duty, fingerprint }
    };
    stage.operate(appoint("Olga", olga)).expect("both are new");
    stage.operate(Operation::Dismiss("Olga".to_owned())).expect("she is appointed");
    let order = Order { operator: olga, operation: appoint("Back door", [99; 32]) };
    let actions = stage.count::<Actions>();
    let ordered = writer.operate(&order, stage.now).expect("the store answers");
    assert_eq!(ordered, Err(Refusal::Protocol(Error::Auth)));
    assert_eq!((stage.count::<Staff>(), stage.count::<Actions>()), (1, actions));
    stage.assert_clean();
}

/// A bank begins many transfers, is suspended, and only then says whom they pay: none is paid. When
/// it may call again, the same transfer is carried out, since nothing was decided of it.
#[tokio::test(flavor = "multi_thread")]
async fn c6_a_suspended_bank_s_requests_that_were_begun_before_move_nothing() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut operator = served.operator_client(&served.operator);
    let amend = |amendment| Operation::Amend(stage.bank.id(), amendment);
    let certified = amend(Amendment::Rotate(fingerprint(&served.bank)));
    operate(&mut operator, certified).await.expect("it is new");
    let channel = served.channel(Some(&served.bank));
    let mut transfers: Vec<Begun<wire::TransferRequest, wire::TransferReply>> = Vec::new();
    for _ in 0..REQUESTS {
        transfers.push(Begun::at(&channel, "/tender.v1.Issuer/Transfer").await);
    }
    let asking: Begun<wire::StatementRequest, wire::StatementReply> =
        Begun::at(&channel, "/tender.v1.Issuer/Statement").await;
    come_to_the_gate(&channel).await;

    operate(&mut operator, amend(Amendment::Suspend)).await.expect("it is admitted");
    let before = stage.balance(&stage.bank);
    let signed = transfer(&stage.bank, &stage.other_bank, 1_000).sign(&stage.bank.key);
    for begun in transfers {
        let moved = begun.end(signed.clone().into()).await;
        assert_eq!(moved.map(|_| ()), Err(Code::PermissionDenied));
    }
    let all =
        wire::StatementRequest { after_posting: 0, after_incident: 0, after_reserve_posting: 0 };
    assert_eq!(asking.end(all).await.map(|_| ()), Err(Code::PermissionDenied));
    assert_eq!((stage.balance(&stage.bank), stage.count::<Transfers>()), (before, 0));

    operate(&mut operator, amend(Amendment::Resume)).await.expect("it is suspended");
    let again = Begun::<wire::TransferRequest, wire::TransferReply>::at(
        &channel,
        "/tender.v1.Issuer/Transfer",
    );
    again.await.end(signed.into()).await.expect("nothing was decided of it before");
    assert_eq!(stage.count::<Transfers>(), 1);
    drop((operator, channel));
    served.stop().await;
    stage.assert_clean();
}
