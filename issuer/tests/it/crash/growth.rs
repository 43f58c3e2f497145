//! Growth: readers keep nothing from being used again, and a disk that fills up stops decisions.

use super::LOAD;
use super::kill::Home;
use crate::stage::{NOW, STILL, clock};
use std::fs::{read_to_string, write as write_file};
use std::sync::{Arc, mpsc};
use tender_issuer::pipeline::{Pipeline, Unanswered};
use tender_issuer::rows::{Count, Daily, Openings};
use tender_issuer::store::{Measured, NAME, SCAN_ROWS, Store};
use tender_issuer::view::View;
use tender_proto::wire::TrustRequest;
use tender_token::date::Day;
use tender_token::identity::IdentityKey;

/// Changes the same rows again and again, as a busy issuer does.
fn write(store: &Store, times: u64) {
    let keys: Vec<_> = (0..64).map(|number| IdentityKey([number; 32])).collect();
    for time in 0..times {
        let mut view = View::default();
        keys.iter().copied().for_each(|key| view.openings.want(key));
        store.load(&mut view).expect("the disk is sound");
        for key in &keys {
            view.openings.insert(*key, Daily { day: Day(1), count: Count(time) });
        }
        store.commit_at(view, NOW).expect("the disk is sound");
    }
}

/// Whoever takes long over the rows of a scan keeps nothing from being used again: the file grows
/// as if nobody read.
#[test]
fn b13_a_slow_reader_keeps_no_old_pages() {
    let disk = LOAD.disk(13);
    let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
    write(&store, 200);
    let before = disk.bytes(NAME).len();
    let (reading, begun) = mpsc::channel();
    let (finish, finished) = mpsc::channel::<()>();
    let reader = {
        let store = Arc::clone(&store);
        std::thread::spawn(move || {
            let mut rows = 0_u32;
            store.scan::<Openings>(|_, row| {
                if rows == 0 {
                    reading.send(row).expect("the test waits");
                    finished.recv().expect("the test says so");
                }
                rows += 1;
            })
        })
    };
    begun.recv().expect("there are rows");
    write(&store, 200);
    assert_eq!(disk.bytes(NAME).len(), before, "old pages are used again while somebody reads");
    finish.send(()).expect("the reader waits");
    reader.join().expect("the reader reads").expect("the disk is sound");
    LOAD.ask_and_check(&store, &[0, 6]).expect("the disk is sound");
}

/// A scan that takes more than one transaction gives each row once, in order.
#[test]
fn b13_a_scan_in_parts_gives_every_row_once() {
    let disk = LOAD.disk(15);
    let store = Store::open(&disk).expect("the disk is sound");
    let key = |number: u32| {
        let mut key = [0; 32];
        key[28..].copy_from_slice(&number.to_be_bytes());
        IdentityKey(key)
    };
    let count = u32::try_from(2 * SCAN_ROWS + 1).expect("it is small");
    for all in [count - 2, count - 1, count] {
        let mut view = View::default();
        (0..all).for_each(|number| view.openings.want(key(number)));
        store.load(&mut view).expect("the disk is sound");
        for number in 0..all {
            view.openings.insert(key(number), Daily { day: Day(1), count: Count(number.into()) });
        }
        store.commit_at(view, NOW).expect("the disk is sound");
        let mut seen = Vec::new();
        let take = |key, row: Daily| seen.push((key, row.count.0));
        store.scan::<Openings>(take).expect("the disk is sound");
        seen.retain(|(key, _)| key.0[..28] == [0; 28]);
        assert!(seen.into_iter().eq((0..all).map(|number| (key(number), number.into()))));
    }
}

/// Below the share that must be free nothing new is decided; what is read is read, and when there
/// is room again the same request is answered.
#[tokio::test]
async fn b13_a_disk_that_is_nearly_full_stops_decisions_and_not_reads() {
    let disk = LOAD.disk(16);
    let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
    let writer = LOAD.writer(&store).expect("the disk is sound");
    let (pipeline, running) = Pipeline::start(writer, clock(&store, STILL)).expect("threads");
    let with = |free_bytes| Measured { store_bytes: 1, free_bytes, disk_bytes: 1_000 };
    let ask = || pipeline.ask(LOAD.requests[0].clone());
    let before = disk.bytes(NAME);
    assert!(store.room().found(with(149), 15));
    assert_eq!(ask().await, Err(Unanswered::Short));
    assert!(disk.bytes(NAME) == before, "nothing is decided");
    LOAD.look(&store);
    assert!(store.room().found(with(150), 15));
    assert_eq!(ask().await.as_ref(), Ok(&LOAD.replies[0]));
    assert!(!store.room().found(with(0), 0), "who asks for no room is not stopped");
    assert_eq!(ask().await.as_ref(), Ok(&LOAD.replies[0]));
    drop(pipeline);
    running.stop().expect("the disk is sound");
}

/// The server that is configured so measures its own disk and says why it does not decide.
#[test]
fn b13_a_server_on_a_disk_that_is_too_full_says_so_and_goes_on_reading() {
    let (home, log) = Home::prepare(2);
    let config = home.folder.path().join("home/issuer.toml");
    let text = read_to_string(&config).expect("it was founded");
    let most = text.replace("disk_free_percent = 0", "disk_free_percent = 100");
    assert_ne!(text, most);
    write_file(&config, most).expect("the folder is ours");
    let mut server = home.serve();
    home.runtime.block_on(async {
        let refused = log.ask(&mut server.client, 0).await.expect_err("the disk is too full");
        assert_eq!(refused.code(), tonic::Code::Unavailable);
        assert!(refused.message().contains("disk is nearly full"), "{refused}");
        let trust = server.client.trust(TrustRequest { held: 0 }).await;
        trust.expect("what is read is read");
    });
    drop(server.client);
    drop(server.child.stdin.take());
    assert_eq!(server.child.wait().expect("it is our child").code(), Some(0));
    write_file(&config, text).expect("the folder is ours");
    home.runtime.block_on(home.serve().answer_all(&log));
    assert_eq!(home.check(&log), 0);
}
