//! Who may call what: every cell of the matrix, over real connections.

use crate::served::{Served, fingerprint};
use crate::stage::Stage;
use prost::Message;
use std::collections::BTreeSet;
use tender_issuer::service::roles::{MATRIX, Role};
use tender_proto::certificate::{self, Credential, issue};
use tender_proto::{SCHEMAS, wire};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

/// The matrix as it is meant, written down a second time: one changed cell fails the test.
const MEANT: &str = "
/tender.v1.Issuer/Trust                                        yes yes yes yes
/tender.v1.Issuer/Enrol                                        yes no  no  no
/tender.v1.Issuer/Provision                                    yes no  no  no
/tender.v1.Issuer/Withdraw                                     yes no  no  no
/tender.v1.Issuer/Exchange                                     yes no  no  no
/tender.v1.Issuer/Deposit                                      yes no  no  no
/tender.v1.Issuer/Claim                                        yes no  no  no
/tender.v1.Issuer/Transfer                                     yes no  no  no
/tender.v1.Issuer/Statement                                    yes no  no  no
/tender.v1.Issuer/Restore                                      yes no  no  no
/tender.v1.Issuer/CashedList                                   yes yes yes yes
/tender.v1.Operator/Operate                                    no  yes no  no
/tender.v1.Operator/Overview                                   no  yes yes yes
/tender.v1.Operator/Currencies                                 no  yes yes yes
/tender.v1.Operator/Postings                                   no  yes yes no
/tender.v1.Operator/Incidents                                  no  yes yes yes
/tender.v1.Operator/Claims                                     no  yes yes no
/tender.v1.Operator/Leaves                                     no  yes yes no
/tender.v1.Operator/Checkpoint                                 no  yes yes no
/tender.v1.Operator/Metrics                                    no  yes yes no
/tender.v1.Operator/Actions                                    no  yes yes no
/tender.v1.Operator/Wallets                                    no  yes no  no
/tender.v1.Operator/Backup                                     no  yes no  no
/grpc.health.v1.Health/Check                                   yes yes yes yes
/grpc.health.v1.Health/Watch                                   yes yes yes yes
/grpc.health.v1.Health/List                                    yes yes yes yes
/grpc.reflection.v1.ServerReflection/ServerReflectionInfo      yes yes yes yes
";

fn meant() -> Vec<(&'static str, [bool; 4])> {
    let rows = MEANT.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut words = line.split_whitespace();
        let method = words.next().expect("a method");
        let cells: Vec<_> = words.map(|word| word == "yes").collect();
        (method, cells.try_into().expect("four cells"))
    });
    rows.collect()
}

/// What a method says to an empty message.
async fn call(channel: &Channel, method: &'static str, metadata: Option<&str>) -> Code {
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await.expect("the server is there");
    let mut request = Request::new(());
    if let Some(claim) = metadata {
        for name in ["x-caller", "x-role", "x-forwarded-client-cert", "authorization"] {
            request.metadata_mut().insert(name, claim.parse().expect("it is text"));
        }
    }
    let codec = ProstCodec::<(), ()>::default();
    let answer = grpc.server_streaming(request, PathAndQuery::from_static(method), codec).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// A caller is whom its verified certificate names: each role is let through to exactly its
/// methods, a stranger with a good certificate to none, and no metadata changes that.
#[tokio::test(flavor = "multi_thread")]
async fn c5_every_role_may_call_its_methods_and_no_other() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let callers = [&served.bank, &served.operator, &served.auditor, &served.supervisor];
    let channels = callers.map(|own| served.channel(Some(own)));
    let stranger = issue(&served.authority, "nordhaven", certificate::Role::Client)
        .expect("certificates can be made");
    let stranger = served.channel(Some(&stranger));
    for (method, cells) in meant() {
        for (channel, allowed) in channels.iter().zip(cells) {
            for claim in [None, Some("nordhaven"), Some("operator")] {
                let code = call(channel, method, claim).await;
                assert_ne!(code, Code::Unauthenticated, "{method}");
                assert_eq!(code != Code::PermissionDenied, allowed, "{method} {code:?}");
            }
        }
        assert_eq!(call(&stranger, method, Some("nordhaven")).await, Code::Unauthenticated);
    }
    for channel in &channels {
        let code = call(channel, "/tender.v1.Issuer/Unheard", None).await;
        assert_eq!(code, Code::PermissionDenied, "what has no row is open to nobody");
    }
    drop((channels, stranger));
    served.stop().await;
}

#[test]
fn c5_every_method_that_is_served_has_its_row() {
    let rows: BTreeSet<_> = MATRIX.iter().map(|row| row.method.to_owned()).collect();
    let meant: BTreeSet<_> = meant().into_iter().map(|(method, _)| method.to_owned()).collect();
    assert_eq!(rows, meant);
    assert_eq!(rows.len(), MATRIX.len(), "each method has one row");
    let schemas = prost_types::FileDescriptorSet::decode(SCHEMAS).expect("they are schemas");
    for file in schemas.file {
        for service in file.service.iter().filter(|service| service.name() != "Intermediary") {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                assert!(rows.contains(&path), "{path}");
            }
        }
    }
}

fn roles<const N: usize>(of: [(&Credential, Role); N]) -> [([u8; 32], Role); N] {
    of.map(|(own, role)| (fingerprint(own), role))
}

/// A certificate that is revoked or replaced is refused over the connection that it opened before,
/// and its successor is served.
#[tokio::test(flavor = "multi_thread")]
async fn c6_a_revoked_certificate_is_refused_over_an_open_connection() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut old = served.client(Some(&served.bank));
    old.trust(wire::TrustRequest { held: 0 }).await.expect("the issuer answers");
    let renewed = issue(&served.authority, "nordhaven", certificate::Role::Client)
        .expect("certificates can be made");
    let mut new = served.client(Some(&renewed));
    let early = new.trust(wire::TrustRequest { held: 0 }).await.unwrap_err();
    assert_eq!(early.code(), Code::Unauthenticated);
    let bank = Role::Intermediary(stage.bank.id());
    served.callers.replace(roles([(&renewed, bank), (&served.operator, Role::Operator)]));
    let refused = old.trust(wire::TrustRequest { held: 0 }).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    new.trust(wire::TrustRequest { held: 0 }).await.expect("over the connection it opened before");
    served.callers.replace(roles([]));
    assert_eq!(
        new.trust(wire::TrustRequest { held: 0 }).await.unwrap_err().code(),
        Code::Unauthenticated
    );
    drop((old, new));
    served.stop().await;
}
