//! Files that are handed over never take the place of others.

use crate::cli::{json, run};
use crate::people::{World, world};
use std::fs;
use std::path::Path;

#[test]
fn files_with_other_content_stay_and_nothing_is_lost() {
    let World { mut alice, mut bob, .. } = world();
    alice.close();
    bob.close();
    let (alice_home, bob_home) = (alice.home(), bob.home());
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (diary, offer, payment, receipt) =
        (file("diary"), file("offer"), file("payment"), file("receipt"));
    fs::write(&diary, "dear diary").unwrap();
    let refused = |home: &Path, arguments: &[&str]| {
        let (code, out, told) = run(home, arguments);
        assert_eq!((code, &json(&out)["error"]["code"]), (2, &serde_json::json!("USAGE")));
        assert!(told.contains("stays as it is"), "{told}");
        assert_eq!(fs::read(&diary).unwrap(), b"dear diary");
    };
    let ask = |out| ["offer", "--amount", "7.00", "--slots", "2", "--out", out];
    let pay = |out| ["pay", "--offer", &offer, "--out", out];
    let receive = |out| ["receive", "--payment", &payment, "--out", out];
    let balance = |home: &Path| json(&run(home, &["balance"]).1);

    refused(&bob_home, &ask(&diary));
    assert_eq!(balance(&bob_home)["slots_free"], 8, "no slots are promised to an offer unseen");
    assert_eq!(run(&bob_home, &ask(&offer)).0, 0);

    refused(&alice_home, &pay(&diary));
    refused(&alice_home, &pay(&offer));
    assert_eq!(run(&alice_home, &pay(&payment)).0, 0);
    let first = fs::read(&payment).unwrap();
    assert_eq!(run(&alice_home, &pay(&payment)).0, 0, "identical content is fine");
    assert_eq!(run(&alice_home, &pay(&file("again"))).0, 0);
    assert_eq!(fs::read(file("again")).unwrap(), first);
    assert_eq!(balance(&alice_home)["value"], 1000, "paid once");

    refused(&bob_home, &receive(&diary));
    assert_eq!(run(&bob_home, &receive(&receipt)).0, 0);
    let first = fs::read(&receipt).unwrap();
    assert_eq!(run(&bob_home, &receive(&receipt)).0, 0);
    assert_eq!(fs::read(&receipt).unwrap(), first);
    assert_eq!(balance(&bob_home)["value"], 700);
    let (code, _, _) = run(&alice_home, &["confirm", "--receipt", &receipt]);
    assert_eq!(code, 0);
}
