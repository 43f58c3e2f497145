//! Connections that begin a handshake and never end it, by the thousand.

use crate::served::Served;
use std::net::SocketAddr;
use std::time::Duration;
use tender_proto::wire;
use tender_proto::wire::issuer_client::IssuerClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tonic::transport::Channel;

/// How long anything that must happen may take on a machine that has much else to do.
pub const SOON: Duration = Duration::from_mins(1);
/// Descriptors that the process needs for everything else.
const OTHERS: usize = 600;

/// How many descriptors this process may have.
fn descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("Linux tells");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()).expect("Linux tells");
    soft.parse().unwrap_or(usize::MAX)
}

/// A plain connection from one of the loopback's many addresses.
pub async fn plain(from: &str, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from.parse().expect("it is an address"), 0))?;
    socket.connect(to).await
}

/// Waits until the issuer answers a caller again.
pub async fn answered(client: &mut IssuerClient<Channel>) {
    let asked = async {
        while client.trust(wire::TrustRequest { held: 0 }).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON, asked).await.expect("the issuer answers");
}

/// So many sockets, or as many as descriptors allow, begin a handshake from a few addresses and
/// never end it. Whoever comes or calls meanwhile is answered, and in the end all are closed.
/// Returns how many there were, and how many callers came meanwhile.
pub async fn keep_nobody_out(served: &Served, sockets: usize) -> (usize, usize) {
    let address = served.address;
    let sockets = descriptors().saturating_sub(OTHERS).min(sockets);
    let opened = tokio::spawn(async move {
        let mut half_open = Vec::new();
        for n in 0..sockets {
            let from = format!("127.1.0.{}", n % 4 + 1);
            // The server may be too busy for one of them; then there is one less.
            if let Ok(mut stream) = plain(&from, address).await {
                let _closed = stream.write_all(&[0x16]).await;
                half_open.push(stream);
            }
        }
        half_open
    });
    let mut came = 0;
    while !opened.is_finished() || came < 3 {
        let mut client = served.client(Some(&served.bank));
        answered(&mut client).await;
        came += 1;
    }
    let half_open = opened.await.expect("it does not panic");
    let count = half_open.len();
    assert!(count > sockets * 9 / 10, "{count} of {sockets}");
    let mut client = served.client(Some(&served.bank));
    // While all of them are there.
    answered(&mut client).await;
    for mut stream in half_open {
        let read = timeout(SOON, stream.read(&mut [0; 64])).await.expect("it is ended");
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
    (count, came)
}
