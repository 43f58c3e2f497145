//! Enrol over bare rows: whose code works, when, and for whom.

use crate::holder::Holder;
use crate::mint::{NOW, minor, random};
use crate::rows::{ask, bare, basic};
use tender_intermediary::rows::{CodeDigest, Customer, CustomerId, EntryNumber, Invitation};
use tender_intermediary::verbs::enrol::{self, Enrolling, begin};
use tender_intermediary::verbs::{Begun, Implausible, touches_entry};
use tender_intermediary::view::View;
use tender_proto::enrol::Reply;
use tender_token::error::Error;
use tender_token::identity::{RegistrarId, Registration};

const BANK: RegistrarId = RegistrarId([7; 32]);
const ALICE: CustomerId = CustomerId(1);

/// Rows with one customer and one unused code.
fn rows() -> View {
    let mut view = bare();
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(100))));
    let invitation = Invitation::fresh(ALICE, None);
    view.invitations.load(CodeDigest::of("code"), Some(invitation));
    view.invitations.load(CodeDigest::of("other"), None);
    view
}

/// Begins over the rows that the enrolment touches.
fn enrol(view: &mut View, registration: &Registration, code: &str) -> Begun<Result<(), Error>> {
    let verified = registration.clone().verify().expect("a real registration");
    let enrolling = Enrolling::new(verified, code);
    ask(view, |view| enrolling.touches(view));
    match begin(view, &enrolling, BANK) {
        Begun::Answered(reply) => Begun::Answered(reply.map_err(|refusal| refusal.error)),
        Begun::Open(number) => Begun::Open(number),
        Begun::Full => Begun::Full,
    }
}

fn finish(view: &mut View, number: EntryNumber, reply: Reply) -> Result<(), Implausible> {
    ask(view, |view| touches_entry(view, number));
    enrol::finish(view, number, reply, NOW)
}

#[test]
fn an_accepted_enrolment_makes_the_wallet_known_and_uses_the_code_up() {
    let (mut view, holder) = (rows(), Holder::new(BANK));
    let first = EntryNumber(1);
    assert_eq!(enrol(&mut view, &holder.registration, "code"), Begun::Open(first));
    assert_eq!(enrol(&mut view, &holder.registration, "code"), Begun::Open(first), "it joins");
    assert!(view.wallets.all().next().is_none(), "nothing is final yet");
    finish(&mut view, first, Ok(())).expect("an answer");
    finish(&mut view, first, Ok(())).expect("finishing twice changes nothing");
    assert_eq!(view.book().finished, 1);
    assert_eq!(enrol(&mut view, &holder.registration, "code"), Begun::Answered(Ok(())));
    let wallet = view.wallets.get(&holder.identity.key()).expect("enrolled");
    assert_eq!((wallet.customer, &wallet.registration), (ALICE, &holder.registration));
    assert!(view.customers.get(&ALICE).expect("there").enrolled);
    let other = Holder::new(BANK);
    assert_eq!(enrol(&mut view, &other.registration, "code"), Begun::Answered(Err(Error::Auth)));
}

#[test]
fn a_refused_enrolment_gives_the_code_back() {
    let (mut view, holder) = (rows(), Holder::new(BANK));
    assert_eq!(enrol(&mut view, &holder.registration, "code"), Begun::Open(EntryNumber(1)));
    finish(&mut view, EntryNumber(1), Err(Error::DuplicateU.into())).expect("an answer");
    let refused = Begun::Answered(Err(Error::DuplicateU));
    assert_eq!(enrol(&mut view, &holder.registration, "code"), refused, "one-answer");
    let other = Holder::new(BANK);
    assert_eq!(enrol(&mut view, &other.registration, "code"), Begun::Open(EntryNumber(2)));
}

#[test]
fn every_no_is_said_before_the_first_write() {
    let holder = Holder::new(BANK);
    let elsewhere = Holder::new(RegistrarId([8; 32]));
    let mut view = rows();
    for (registration, code, error) in [
        (&holder.registration, "other", Error::Auth),
        (&elsewhere.registration, "code", Error::Auth),
    ] {
        assert_eq!(enrol(&mut view, registration, code), Begun::Answered(Err(error)), "{code}");
    }
    view.devices.insert(holder.device.public(), elsewhere.identity.key());
    let refused = Begun::Answered(Err(Error::Auth));
    assert_eq!(enrol(&mut view, &holder.registration, "code"), refused, "a device of somebody");
    assert!(view.entries.changes().next().is_none());
    assert!(view.invitations.changes().next().is_none());
}

#[test]
fn an_identity_is_enrolled_with_the_same_words_or_not_at_all() {
    let (mut view, holder) = (rows(), Holder::new(BANK));
    assert_eq!(enrol(&mut view, &holder.registration, "code"), Begun::Open(EntryNumber(1)));
    let refused = Begun::Answered(Err(Error::DuplicateU));
    assert_eq!(enrol(&mut view, &holder.registration, "other"), refused);
    let pseudonym = tender_token::identity::Pseudonym(random());
    let again =
        holder.identity.register(&holder.master, BANK, pseudonym, &holder.device, &random());
    assert_eq!(enrol(&mut view, &again, "code"), refused);
    assert_eq!(finish(&mut view, EntryNumber(2), Ok(())), Err(Implausible), "no such entry");
}
