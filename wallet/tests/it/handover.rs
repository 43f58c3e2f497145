//! Messages from one wallet to another: as files, as pictures, over a link that breaks.

use crate::bank::{now, rng};
use crate::cli::{json, run};
use crate::people::{World, minor, world};
use rand_core::Rng as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tender_token::encode::Encode;
use tender_wallet::handover::link::Link;
use tender_wallet::handover::parts::{Pictures, Reading};
use tender_wallet::handover::{HandoverError, Kind, MESSAGE_MAX, Message};
use tender_wallet::verbs::inspect::Inspected;

fn message(kind: Kind, length: usize) -> Message {
    let mut body = vec![0; length];
    rng().fill_bytes(&mut body);
    Message { kind, body }
}

fn pictures(message: &Message) -> Pictures {
    Pictures::of(message).expect("short enough")
}

#[test]
fn a_message_is_read_as_it_was_written_and_nothing_else_is_one() {
    for kind in [Kind::Offer, Kind::Payment, Kind::Receipt] {
        let sent = message(kind, 300);
        assert_eq!(Message::from_bytes(&sent.to_bytes()), Ok(sent));
    }
    let good = message(Kind::Offer, 64).to_bytes();
    let changed = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        Message::from_bytes(&bytes)
    };
    assert_eq!(changed(0, b't'), Err(HandoverError::Foreign));
    assert_eq!(changed(4, 2), Err(HandoverError::Version(2)));
    assert_eq!(changed(5, 4), Err(HandoverError::Foreign));
    assert_eq!(Message::from_bytes(&good[..5]), Err(HandoverError::Foreign));
    assert_eq!(Message::from_bytes(&good[..6]), Err(HandoverError::Length), "an empty body");
    let long = message(Kind::Payment, MESSAGE_MAX).to_bytes();
    assert_eq!(Message::from_bytes(&long), Err(HandoverError::Length));
}

/// A camera misses a third of the pictures, sees others twice, and in no order.
#[test]
fn any_sufficient_pictures_in_whatever_order_and_case_make_the_message() {
    for length in [64, 1_500, 9_000] {
        let sent = message(Kind::Payment, length);
        let needed = pictures(&sent).needed();
        let mut shown: Vec<_> = pictures(&sent).take(4 * needed + 8).collect();
        shown.retain(|_| !rng().next_u32().is_multiple_of(3));
        let twice = shown.clone();
        shown.extend(twice);
        for at in (1..shown.len()).rev() {
            let other = usize::try_from(rng().next_u32()).expect("small") % (at + 1);
            shown.swap(at, other);
        }
        let mut reading = Reading::default();
        let read = shown.iter().enumerate().find_map(|(n, picture)| {
            let case = if n % 2 == 0 { picture.to_lowercase() } else { picture.clone() };
            reading.read(&case).expect("one of ours")
        });
        assert_eq!(read, Some(sent));
        assert_eq!(reading.known(), needed);
    }
}

#[test]
fn pictures_of_another_message_begin_that_one_and_other_codes_change_nothing() {
    let (first, second) = (message(Kind::Offer, 2_000), message(Kind::Payment, 2_000));
    let mut reading = Reading::default();
    for picture in pictures(&first).take(5) {
        assert_eq!(reading.read(&picture), Ok(None));
    }
    for other in ["", "https://example.org/", "ur:bytes/1-2/aeadao", "ur:tender/1-9/zz"] {
        assert_eq!(reading.read(other), Err(HandoverError::Picture));
        assert_eq!(reading.known(), 5);
    }
    let needed = pictures(&second).needed();
    let mut rest = pictures(&second).map(|picture| reading.read(&picture).expect("ours"));
    assert_eq!(rest.by_ref().take(needed).last(), Some(Some(second)));
}

#[test]
fn d10_pictures_that_claim_too_much_are_not_believed() {
    let honest = pictures(&message(Kind::Offer, 2_000)).next().expect("there is one");
    let (head, body) = honest.rsplit_once('/').expect("its parts");
    let (scheme, _) = head.rsplit_once('/').expect("its numbers");
    let mut reading = Reading::default();
    for numbers in ["1-4294967295", "1-18446744073709551616", "1-513", "0-4", "1-0", "1", "-"] {
        let claimed = format!("{scheme}/{numbers}/{body}");
        assert_eq!(reading.read(&claimed), Err(HandoverError::Picture), "{numbers}");
    }
    let long = format!("{honest}{}", "AE".repeat(1_000));
    assert_eq!(reading.read(&long), Err(HandoverError::Picture));
    assert_eq!((reading.known(), reading.needed()), (0, 0), "nothing is kept");
    let too_long = message(Kind::Payment, 200 * 513);
    assert_eq!(Pictures::of(&too_long).map(|_| ()), Err(HandoverError::Pictures));
}

/// A part that says whatever is wanted, as BCR-2024-001 writes it.
fn part(number: u8, all: u8, length: u8, checksum: u32) -> String {
    let mut cbor = vec![0x85, 0x18, number, 0x18, all, 0x18, length, 0x1a];
    cbor.extend(checksum.to_be_bytes());
    cbor.extend([0x44, 1, 2, 3, 4]);
    let body = ur::bytewords::encode(&cbor, ur::bytewords::Style::Minimal);
    format!("ur:tender/{number}-{all}/{body}")
}

#[test]
fn d10_pictures_that_make_no_message_come_to_an_end_and_reading_begins_anew() {
    // The checksum of all of them is another's.
    let mut reading = Reading::default();
    assert_eq!(reading.read(&part(1, 2, 8, 77)), Ok(None));
    assert_eq!(reading.read(&part(2, 2, 8, 77)), Err(HandoverError::Contradictory));
    assert_eq!(reading.needed(), 0);
    // They are longer than all their pictures.
    assert_eq!(reading.read(&part(1, 2, 200, 78)), Ok(None));
    assert_eq!(reading.read(&part(2, 2, 200, 78)), Err(HandoverError::Contradictory));
    // None of them says anything alone, and all say the same.
    let tells_nothing = |part: &String| {
        let mut reading = Reading::default();
        reading.read(part) == Ok(None) && reading.known() == 0
    };
    let mut empty = (3..=u8::MAX).map(|number| part(number, 2, 8, 79)).filter(tells_nothing);
    let told = empty.by_ref().take(16).map(|part| reading.read(&part));
    assert!(told.collect::<Vec<_>>().iter().all(|told| *told == Ok(None)));
    let last = empty.next().expect("one more");
    assert_eq!(reading.read(&last), Err(HandoverError::Contradictory));
    // A message whose checksum is right and whose form is not.
    let mut encoder = ur::ur::Encoder::new(&[7; 1_000], 200, "tender").expect("a message");
    let ended = (0..5).find_map(|_| reading.read(&encoder.next_part().expect("a part")).err());
    assert_eq!(ended, Some(HandoverError::Foreign));
}

/// One side of a link, and what is on its way to it.
#[derive(Default)]
struct Side {
    link: Link,
    inbox: Vec<u8>,
    came: Vec<Message>,
    delivered: usize,
}

/// Lets a payee offer, a payer pay and the payee give its word, until the connection is cut after
/// so many bytes. Gives whether it was, and how many bytes went over it.
fn talk([payee, payer]: &mut [Side; 2], script: &[Message; 3], cut: usize) -> (bool, usize) {
    let [_, payment, receipt] = script;
    let mut carried = 0;
    loop {
        let (to, from) = if !payer.inbox.is_empty() {
            (&mut *payer, &mut *payee)
        } else if !payee.inbox.is_empty() {
            (&mut *payee, &mut *payer)
        } else {
            return (false, carried);
        };
        let mut bytes = std::mem::take(&mut to.inbox);
        let is_cut = bytes.len() > cut - carried;
        bytes.truncate(cut - carried);
        carried += bytes.len();
        let step = to.link.read(&bytes).expect("it speaks well");
        from.inbox.extend(step.write);
        to.delivered += usize::from(step.delivered);
        if let Some(message) = step.message {
            match message.kind {
                Kind::Offer => from.inbox.extend(to.link.send(payment)),
                Kind::Payment => from.inbox.extend(to.link.send(receipt)),
                Kind::Receipt => {}
            }
            to.came.push(message);
        }
        if is_cut {
            return (true, carried);
        }
    }
}

#[test]
fn of09_a_link_that_is_cut_at_whatever_byte_goes_on_and_every_message_arrives_once() {
    let script = [(Kind::Offer, 571), (Kind::Payment, 2_300), (Kind::Receipt, 64)];
    let script = script.map(|(kind, length)| message(kind, length));
    let [offer, payment, receipt] = &script;
    let begun = || {
        let mut sides = [Side::default(), Side::default()];
        let [payee, payer] = &mut sides;
        payer.inbox = payee.link.send(offer);
        sides
    };
    let (is_cut, all) = talk(&mut begun(), &script, usize::MAX);
    assert!(!is_cut);
    let mut saved = 0;
    for cut in 0..all {
        let mut sides = begun();
        assert!(talk(&mut sides, &script, cut).0);
        let [payee, payer] = &mut sides;
        (payer.inbox, payee.inbox) = (payee.link.reconnect(), payer.link.reconnect());
        let (is_cut, carried) = talk(&mut sides, &script, usize::MAX);
        assert!(!is_cut, "cut after {cut}");
        saved += usize::from(carried < all);
        let [payee, payer] = &sides;
        assert_eq!(payer.came, [offer.clone(), receipt.clone()], "cut after {cut}");
        assert_eq!(payee.came, std::slice::from_ref(payment), "cut after {cut}");
        assert_eq!((payee.delivered, payer.delivered), (2, 1), "cut after {cut}");
    }
    assert!(saved > all / 2, "what came is not sent again: {saved} of {all}");
}

#[test]
fn d10_a_link_that_claims_too_much_or_lies_keeps_nothing_and_can_begin_again() {
    let sent = message(Kind::Offer, 3_000);
    let frame = |what: u8, said: &[u8]| {
        let length = u16::try_from(said.len()).unwrap().to_be_bytes();
        [&[what][..], &length, said].concat()
    };
    let offering = |length: u32| frame(1, &[&[9; 32][..], &length.to_be_bytes()].concat());
    let lies = [
        (offering(0), HandoverError::Length),
        (offering(u32::MAX), HandoverError::Length),
        (vec![1, 0xff, 0xff], HandoverError::Link),
        (frame(1, &[9; 35]), HandoverError::Link),
        (frame(3, &[1; 8]), HandoverError::Link),
        (frame(9, &[]), HandoverError::Link),
        ([offering(8), frame(3, &[1; 8])].concat(), HandoverError::Link),
        ([offering(8), frame(3, &[1; 9])].concat(), HandoverError::Link),
    ];
    for (bytes, error) in lies {
        let mut link = Link::default();
        assert_eq!(link.read(&bytes).unwrap_err(), error, "{bytes:?}");
        let (mut other, mut waiting) = (Link::default(), link.reconnect());
        waiting.extend(other.send(&sent));
        let have = link.read(&waiting).expect("it begins again").write;
        let pieces = other.read(&have).expect("asked well").write;
        assert_eq!(link.read(&pieces).expect("good pieces").message.as_ref(), Some(&sent));
    }
}

/// The last piece came, and behind it what no wallet says: the reader heard of nothing, so the
/// message must come again. It was once said to be there, and lost.
#[test]
fn of09_a_message_that_came_before_a_lie_comes_again() {
    let sent = message(Kind::Payment, 500);
    let (mut payer, mut payee) = (Link::default(), Link::default());
    let have = payee.read(&payer.send(&sent)).unwrap().write;
    let mut pieces = payer.read(&have).unwrap().write;
    pieces.extend([3, 0xff, 0xff]);
    assert_eq!(payee.read(&pieces), Err(HandoverError::Link));
    payee.reconnect();
    let have = payee.read(&payer.reconnect()).unwrap().write;
    let step = payer.read(&have).unwrap();
    assert!(!step.delivered);
    assert_eq!(payee.read(&step.write).unwrap().message, Some(sent));
}

#[test]
fn d10_who_asks_again_and_again_gets_a_message_once_over_a_connection() {
    let sent = message(Kind::Offer, 5_000);
    let (mut payee, mut payer) = (Link::default(), Link::default());
    let have = payer.read(&payee.send(&sent)).unwrap().write;
    let written = payee.read(&have.repeat(1_000)).unwrap().write;
    assert!(written.len() < 6_000, "{}", written.len());
    assert!(payee.read(&have).unwrap().write.is_empty());
    payer.reconnect();
    let have = payer.read(&payee.reconnect()).unwrap().write;
    assert!(!payee.read(&have).unwrap().write.is_empty(), "and once over the next");
}

/// After each message that may be the last before a cut: who can spend, then and in the end.
#[test]
fn of09_d8_whichever_message_is_lost_exactly_one_side_can_spend() {
    for last in 0..4 {
        let World { mut alice, mut bob, .. } = world();
        let offer = bob.offer(700, 2);
        if last > 0 {
            let payment = alice.pay(&offer);
            if last > 1 {
                let receipt = bob.receive(&payment).receipt;
                if last > 2 {
                    alice.wallet().confirm(&receipt.to_bytes(), now()).unwrap();
                }
            }
        }
        alice.restart();
        bob.restart();
        let spendable = [alice.held(), bob.held()];
        let expected = [[1_700, 0], [1_000, 0], [1_000, 700], [1_000, 700]][last];
        assert_eq!(spendable, expected, "after message {last}");
        let payment = alice.pay(&offer);
        let receipt = bob.receive(&payment).receipt;
        alice.wallet().confirm(&receipt.to_bytes(), now()).unwrap();
        assert_eq!([alice.held(), bob.held()], [1_000, 700], "after all came once more");
    }
}

#[test]
fn of15_what_a_message_says_is_seen_before_anything_is_done_with_it() {
    let World { mut alice, mut bob, .. } = world();
    let asked = |body: &[u8]| Message { kind: Kind::Offer, body: body.to_vec() };
    let (onto_slots, onto_key) = (bob.offer(700, 2), bob.offer_key(500));
    let seen = |body: &[u8], who: &mut crate::people::Person| match who
        .wallet()
        .inspect(&asked(body), now(), &mut rng())
        .unwrap()
    {
        Inspected::Offer(asked) => (asked.amount, asked.tokens, asked.onward, asked.repeated),
        other => panic!("{other:?}"),
    };
    assert_eq!(seen(&onto_slots, &mut alice), (minor(700), 2, true, false));
    assert_eq!(seen(&onto_key, &mut alice), (minor(500), 1, false, false));
    assert_eq!(alice.held(), 1_700, "nothing is done");
    let payment = alice.pay(&onto_slots);
    assert_eq!(seen(&onto_slots, &mut alice), (minor(700), 2, true, true));
    let paid = Message { kind: Kind::Payment, body: payment.clone() };
    for repeated in [false, true] {
        let Inspected::Payment(seen) = bob.wallet().inspect(&paid, now(), &mut rng()).unwrap()
        else {
            panic!("it is a payment")
        };
        assert_eq!((seen.amount, seen.tokens, seen.handovers), (minor(700), 2, 1));
        assert!(seen.onward > 0 && seen.spend_until < seen.deposit_until);
        assert_eq!((seen.repeated, bob.held()), (repeated, if repeated { 700 } else { 0 }));
        bob.receive(&payment);
    }
    let receipt = Message { kind: Kind::Receipt, body: vec![0; 64] };
    let told = alice.wallet().inspect(&receipt, now(), &mut rng());
    assert_eq!(told.unwrap(), Inspected::Receipt);
}

/// Runs a command that reads these lines.
pub fn scan(lines: &str, out: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-wallet"));
    command.args(["--json", "scan", "--out"]).arg(out);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("runs");
    let mut stdin = child.stdin.take().expect("piped");
    // It may have read enough before the end.
    let _enough = stdin.write_all(lines.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    (output.status.code().expect("a code"), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn a_payment_goes_by_pictures_and_files_of_another_kind_are_named() {
    let World { mut alice, mut bob, .. } = world();
    alice.close();
    bob.close();
    let folder = TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let home = |name: &str| folder.path().join(name);
    let (code, _, _) =
        run(&bob.home(), &["offer", "--amount", "7", "--slots", "2", "--out", &file("offer")]);
    assert_eq!(code, 0);
    let (code, out, _) = run(&home("nobody"), &["show", "--message", &file("offer")]);
    let shown = json(&out);
    assert_eq!((code, shown["kind"].as_str()), (0, Some("offer")));
    let lines: Vec<_> = shown["pictures"].as_array().unwrap().iter().skip(1).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.as_str().unwrap()).collect();
    let (code, out) = scan(&lines.join("\n"), &home("scanned"));
    assert_eq!((code, json(&out)["kind"].as_str()), (0, Some("offer")), "all but the first");
    let [shown, scanned] = ["offer", "scanned"].map(|name| std::fs::read(file(name)).unwrap());
    assert_eq!(shown, scanned);
    let (code, out) = scan(lines[0], &home("partly"));
    assert_eq!((code, json(&out)["error"]["code"].as_str()), (2, Some("USAGE")));
    assert!(!home("partly").exists(), "nothing is written");

    let (code, out, _) = run(&alice.home(), &["inspect", "--message", &file("scanned")]);
    assert_eq!((code, &json(&out)["onward"]), (0, &serde_json::json!(true)));
    let pay = ["pay", "--offer", &file("scanned"), "--out", &file("payment")];
    assert_eq!(run(&alice.home(), &pay).0, 0);
    let (code, _, told) =
        run(&bob.home(), &["receive", "--payment", &file("offer"), "--out", &file("receipt")]);
    assert!(code == 2 && told.contains("\"offer\"") && told.contains("\"payment\""), "{told}");
    let receive = ["receive", "--payment", &file("payment"), "--out", &file("receipt")];
    assert_eq!(run(&bob.home(), &receive).0, 0);
    assert_eq!(run(&alice.home(), &["confirm", "--receipt", &file("receipt")]).0, 0);
}
