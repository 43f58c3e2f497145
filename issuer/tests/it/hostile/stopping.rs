//! Health, and a stop that everybody hears of in time.

use crate::served::Served;
use crate::stage::Stage;
use std::time::Duration;
use tokio::time::timeout;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

fn asked() -> HealthCheckRequest {
    HealthCheckRequest { service: "tender.v1.Issuer".to_owned() }
}

/// Who watches the server's health hears that it stops before its connection ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so_before_it_drains() {
    let stage = Stage::new();
    let served = Served::start(&stage);
    let mut health = HealthClient::new(served.channel(Some(&served.auditor)));
    let now = health.check(asked()).await.expect("any known caller may ask").into_inner();
    assert_eq!(now.status(), ServingStatus::Serving);
    let unknown = HealthCheckRequest { service: "tender.v1.Unheard".to_owned() };
    assert_eq!(health.check(unknown).await.unwrap_err().code(), Code::NotFound);
    let mut watched = health.watch(asked()).await.expect("any known caller may ask").into_inner();
    let first = watched.message().await.expect("it is told").expect("it is told at once");
    assert_eq!(first.status(), ServingStatus::Serving);
    let told = tokio::spawn(async move {
        let next = timeout(Duration::from_mins(1), watched.message()).await;
        next.expect("in time").expect("before the end").expect("before the end").status()
    });
    drop(health);
    served.stop().await;
    assert_eq!(told.await.expect("it does not panic"), ServingStatus::NotServing);
    stage.assert_clean();
}
