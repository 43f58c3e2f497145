//! Bytes in place of messages: each is refused, and the server goes on.

use crate::served::Served;
use crate::stage::Stage;
use prost::bytes::{Buf as _, BufMut as _};
use tender_proto::transport::TIER_MESSAGE_BYTES_MAX;
use tender_proto::wire;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

/// Sends bytes as they are, and reads none.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, bytes: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&bytes);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        buffer.advance(buffer.remaining());
        Ok(Some(()))
    }
}

async fn send(channel: &Channel, method: &str, bytes: Vec<u8>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = PathAndQuery::try_from(method).expect("it is a path");
    client.unary(Request::new(bytes), path, Raw).await.map(|_| ())
}

/// A field that is so many bytes long (protobuf's wire type 2).
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("it is short");
    assert!(length < 0x80);
    [&[number << 3 | 2, length], bytes].concat()
}

/// Bytes that are no message at all are refused with INTERNAL, as gRPC prescribes, and messages
/// that are not ours with `INVALID_ARGUMENT`; what is longer than any message is refused by its
/// length. Fields that nobody knows are passed over and make nothing valid; of a field that comes
/// twice the last counts.
#[tokio::test(flavor = "multi_thread")]
async fn e4_every_hostile_message_is_refused_and_the_next_one_is_answered() {
    const ENROL: &str = "/tender.v1.Issuer/Enrol";
    const DEPOSIT: &str = "/tender.v1.Issuer/Deposit";
    const PROVISION: &str = "/tender.v1.Issuer/Provision";
    let stage = Stage::new();
    let served = Served::start(&stage);
    let channel = served.channel(Some(&served.bank));
    let (no_message, not_ours) = (Code::Internal, Code::InvalidArgument);
    let corpus: Vec<(&str, &str, Vec<u8>, Code)> = vec![
        ("a field cut short", ENROL, vec![0x0a, 100, 1, 2, 3], no_message),
        ("a tag cut short", ENROL, vec![0x80], no_message),
        ("a number without end", ENROL, [&[0x18][..], &[0xff; 11]].concat(), no_message),
        ("a length beyond all memory", ENROL, [&[0x0a][..], &[0xff; 9], &[1]].concat(), no_message),
        ("a number where bytes belong", ENROL, vec![0x08, 1], no_message),
        ("a fixed number where bytes belong", ENROL, vec![0x0d, 1, 2, 3, 4], no_message),
        ("a wire type that does not exist", ENROL, vec![0x0f], no_message),
        ("a field with the number 0", ENROL, vec![0x02, 0], no_message),
        ("the end of a group that never began", ENROL, vec![0x0c], no_message),
        ("groups within groups", ENROL, vec![0x7b; 100_000], no_message),
        (
            "no text where text belongs",
            ENROL,
            [field(1, &[1]), field(2, &[0xff])].concat(),
            no_message,
        ),
        ("a number within a message", PROVISION, field(2, &[0x08, 1]), no_message),
        ("nothing", ENROL, Vec::new(), not_ours),
        ("fields that nobody knows", ENROL, field(15, &[1; 100]).repeat(600), not_ours),
        ("half a registration", ENROL, field(1, &[1; 17]), not_ours),
        ("one field twice", ENROL, field(1, &[1; 17]).repeat(2), not_ours),
        ("a list of nothing", DEPOSIT, Vec::new(), not_ours),
        ("a thousand items of nothing", DEPOSIT, field(1, &[]).repeat(1000), not_ours),
        ("more than any message", ENROL, vec![0; TIER_MESSAGE_BYTES_MAX + 1], Code::OutOfRange),
        ("no such method", "/tender.v1.Issuer/Mint", Vec::new(), Code::PermissionDenied),
    ];
    let mut client = served.client(Some(&served.bank));
    for (what, method, bytes, code) in corpus {
        let status = send(&channel, method, bytes).await.expect_err(what);
        assert_eq!(status.code(), code, "{what}: {status}");
        client.trust(wire::TrustRequest { held: 0 }).await.expect(what);
    }
    drop((client, channel));
    served.stop().await;
}
