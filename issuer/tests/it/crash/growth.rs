//! Growth: a reader that takes its time keeps old pages alive, and gives them back.

use super::LOAD;
use std::sync::{Arc, mpsc};
use tender_issuer::rows::{Count, Daily, Openings};
use tender_issuer::store::{NAME, Store};
use tender_issuer::view::View;
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
        store.commit(view).expect("the disk is sound");
    }
}

/// While an audit or a backup reads, the store goes on and grows by what is written meanwhile;
/// afterwards it uses that room again and grows no more.
#[test]
fn b13_a_long_read_costs_room_only_while_it_lasts() {
    let disk = LOAD.disk(13);
    let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
    write(&store, 50);
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
    let before = disk.bytes(NAME).len();
    write(&store, 200);
    let during = disk.bytes(NAME).len();
    // Two pages of rows, their ways up and the allocator's own for each commit, at the very most.
    assert!(during <= before.max(1 << 20) + 200 * 32 * 4096, "from {before} to {during} bytes");
    finish.send(()).expect("the reader waits");
    reader.join().expect("the reader reads").expect("the disk is sound");
    write(&store, 200);
    let after = disk.bytes(NAME).len();
    assert!(after <= during, "old pages are used again: from {during} to {after} bytes");
    LOAD.ask_and_check(&store, &[0, 6]).expect("the disk is sound");
}
