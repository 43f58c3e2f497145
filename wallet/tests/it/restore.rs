//! A device is lost, and 24 words find again what it had.

use crate::bank::{Bank, now, rng};
use crate::cli::tell;
use crate::enrol::{credentials, invite};
use crate::loopback::serve;
use crate::people::{Person, World, hand, minor, world};
use tender_token::restore::Resolution;
use tender_wallet::online::{self, Restored};

fn restore(person: &mut Person, bank: &mut Bank) -> Restored {
    online::restore(person.wallet(), bank, now(), &mut rng()).expect("restored")
}

#[test]
fn uc06_what_was_withdrawn_is_found_again_from_24_words_and_nothing_of_it_is_spendable() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    let words = alice.words();
    let lost = alice.wallet().identity();
    drop(alice);
    let mut anew = Person::recreated(&words);
    let found = restore(&mut anew, &mut bank);
    assert_eq!((found.tokens, found.value), (8, minor(1700)), "spent or not");
    assert_eq!((found.given_up, found.pushed, found.unread), (0, 0, 0));
    anew.restart();
    assert_ne!(anew.wallet().identity(), lost, "another identity");
    let balance = anew.wallet().balance().unwrap();
    assert_eq!((balance.value, balance.slots_free), (minor(0), 0), "old slots are dead");
    let rows = anew.wallet().restored().unwrap();
    assert!(rows.iter().all(|row| row.token.is_some() && row.slot.is_some() && row.epoch == 0));
    assert_eq!(restore(&mut anew, &mut bank), Restored::default(), "once");
    let got = online::provision(anew.wallet(), &mut bank, 8, now(), &mut rng(), &|| {});
    assert_eq!(got.unwrap(), 8);
    online::withdraw(anew.wallet(), &mut bank, minor(350), now(), &mut rng()).unwrap();
    assert_eq!(hand(&mut anew, &mut bob, 350, 3).amount, minor(350), "it lives on");
}

#[test]
fn n26_an_open_session_is_given_up_with_the_answer_that_it_would_have_had() {
    let World { mut bank, mut bob, .. } = world();
    bob.wallet().begin_provision(2, now(), &mut rng(), &|| {}).unwrap();
    let request = bob.wallet().provision_request().unwrap().unwrap();
    let reply = tender_wallet::intermediary::Intermediary::provision(&mut bank, request).unwrap();
    bob.wallet().finish_provision(reply, now()).unwrap();
    let words = bob.words();
    drop(bob);
    let mut anew = Person::recreated(&words);
    assert_eq!(restore(&mut anew, &mut bank).given_up, 1);
    assert_eq!(bank.last_session(), Resolution::Abandoned);
}

#[test]
fn who_is_lost_twice_is_a_third_identity_and_finds_what_both_had() {
    let World { mut bank, mut alice, .. } = world();
    let words = alice.words();
    drop(alice);
    let mut second = Person::recreated(&words);
    restore(&mut second, &mut bank);
    online::provision(second.wallet(), &mut bank, 3, now(), &mut rng(), &|| {}).unwrap();
    online::withdraw(second.wallet(), &mut bank, minor(350), now(), &mut rng()).unwrap();
    assert_eq!(second.words(), words, "the words stay");
    drop(second);
    let mut third = Person::recreated(&words);
    let found = restore(&mut third, &mut bank);
    assert_eq!((found.tokens, found.value), (8 + 3, minor(1700 + 350)));
    let epochs = |epoch| move |row: &tender_wallet::records::RestoredRecord| row.epoch == epoch;
    let rows = third.wallet().restored().unwrap();
    assert_eq!(rows.iter().filter(|row| epochs(0)(row)).count(), 8);
    assert_eq!(rows.iter().filter(|row| epochs(1)(row)).count(), 3);
}

#[test]
fn restoring_goes_on_where_an_answer_was_lost() {
    let World { mut bank, mut alice, .. } = world();
    let words = alice.words();
    drop(alice);
    let mut anew = Person::recreated(&words);
    let mut cut = 0;
    let found = loop {
        bank.lost_after(cut);
        match online::restore(anew.wallet(), &mut bank, now(), &mut rng()) {
            Ok(found) => break found,
            Err(_) => anew.restart(),
        }
        cut += 1;
    };
    assert_eq!(cut, 3, "manifest, enrolment and a page were each lost once");
    assert_eq!((found.tokens, found.value), (8, minor(1700)));
}

/// Whoever answers for the issuer could slip in somebody else's session, to see what the wallet
/// says to it.
#[test]
fn a_session_of_somebody_else_is_passed_over() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    let words = alice.words();
    bank.slip_in(bob.wallet().identity(), alice.wallet().identity());
    drop(alice);
    let mut anew = Person::recreated(&words);
    let found = restore(&mut anew, &mut bank);
    assert_eq!((found.tokens, found.value), (8, minor(1700)));
    assert_eq!((found.unread, found.given_up), (1, 0));
}

#[test]
fn a_person_restores_with_the_words_that_the_command_line_showed() {
    let World { bank, mut alice, .. } = world();
    alice.close();
    let folder = tempfile::TempDir::new().unwrap();
    let (authority, own) = credentials("Harbour Bank");
    let (address, _stop) = serve(bank, &own);
    let there = invite(folder.path(), address, &authority);
    let (code, shown, _) = tell(&alice.home(), &["words"]);
    assert_eq!(code, 0);
    let words: Vec<_> =
        shown.split_whitespace().filter(|word| word.parse::<u8>().is_err()).collect();
    let file = folder.path().join("words.txt");
    // As it was shown, with its numbers.
    std::fs::write(&file, &shown).unwrap();
    let file = file.display().to_string();
    let home = folder.path().join("anew");
    let told = tell(&home, &["restore", "--invitation", &there, "--words-file", &file]);
    assert_eq!(told.0, 0, "{told:?}");
    assert!(
        told.1.contains("8 tokens worth 17.00 FLN were withdrawn before the loss."),
        "{told:?}"
    );
    std::fs::write(&file, words[1..].join(" ")).unwrap();
    let home = folder.path().join("another");
    let told = tell(&home, &["restore", "--invitation", &there, "--words-file", &file]);
    assert_eq!(told.0, 2);
    assert!(told.2.contains("there are 23 words, not 24"), "{told:?}");
    assert!(!told.2.contains(words[1]), "no word is shown");
    assert!(!home.exists(), "nothing was made");
}

/// The folder kept the first invitation, so that every later one was called used.
#[test]
fn restoring_takes_the_invitation_that_it_is_given_after_a_wrong_one() {
    let World { bank, mut alice, .. } = world();
    let words = alice.words();
    alice.close();
    let folder = tempfile::TempDir::new().unwrap();
    let (authority, own) = credentials("Harbour Bank");
    let (address, _stop) = serve(bank, &own);
    let right = invite(folder.path(), address, &authority);
    let wrong = folder.path().join("used.toml").display().to_string();
    let text = std::fs::read_to_string(&right).unwrap();
    std::fs::write(&wrong, text.replace("code = \"code\"", "code = \"used\"")).unwrap();
    let file = folder.path().join("words.txt").display().to_string();
    std::fs::write(&file, words).unwrap();
    let home = folder.path().join("anew");
    let restore = |invitation: &str| {
        tell(&home, &["restore", "--invitation", invitation, "--words-file", &file])
    };
    let told = restore(&wrong);
    assert!(told.0 == 1 && told.2.contains("used already"), "{told:?}");
    let told = restore(&right);
    assert!(told.0 == 0 && told.1.contains("8 tokens worth 17.00 FLN"), "{told:?}");
}
