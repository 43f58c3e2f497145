//! Tiers and limits: every edge, one below, at it and one above.

use crate::holder::Holder;
use crate::mint::{MINT, NOW, currency, minor};
use crate::rows::{ask, bare, basic, tiers};
use tender_intermediary::limit::{self, Exceeded};
use tender_intermediary::rows::{
    Attributes, Customer, CustomerId, EntryNumber, Limits, State, Tier, TierName, Usage, Wallet,
};
use tender_intermediary::tier::{DEFAULT, Tiers};
use tender_intermediary::verbs::tier::{self, Unchanged};
use tender_intermediary::verbs::withdraw::{self, Withdrawing};
use tender_intermediary::verbs::{Begun, provision, touches_entry};
use tender_intermediary::view::View;
use tender_store::plain::Count;
use tender_token::amount::Amount;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::provision::{Plan, Session, SessionId, SignedOpen};
use tender_token::withdraw::{Output, SignedRequest};

const ALICE: CustomerId = CustomerId(1);
const DAY_S: u64 = 86_400;

fn used(debited: Amount, slots: u64) -> Usage {
    Usage { day: NOW.day(), debited, slots: Count(slots) }
}

fn one_less(amount: Amount) -> Amount {
    amount.checked_sub(minor(1)).unwrap_or_default()
}

fn one_more(amount: Amount) -> Amount {
    amount.checked_add(minor(1)).expect("in range")
}

/// Below and at each limit yes, above it no, for every tier that a home begins with.
#[test]
fn wt01_each_limit_of_each_tier_holds_one_below_at_and_one_above() {
    for (name, Tier { limits, .. }) in tiers().tiers {
        let none = used(Amount::ZERO, 0);
        let check =
            |amount, largest, today: &Usage| limit::withdrawal(&limits, today, amount, largest);
        let Limits { payment, day, holding, offline, withdrawal, slots } = limits;
        for (at, above) in [
            (
                check(payment.min(withdrawal), payment, &none),
                Exceeded::Payment { allowed: payment },
            ),
            (check(withdrawal, minor(0), &none), Exceeded::Withdrawal { allowed: withdrawal }),
        ] {
            assert_eq!(at, Ok(()), "{name:?} {above:?}");
        }
        assert_eq!(check(one_less(withdrawal), one_less(payment), &none), Ok(()), "{name:?}");
        let exceeded = check(minor(0), one_more(payment), &none);
        assert_eq!(exceeded, Err(Exceeded::Payment { allowed: payment }), "{name:?}");
        let exceeded = check(one_more(withdrawal), minor(0), &none);
        assert_eq!(exceeded, Err(Exceeded::Withdrawal { allowed: withdrawal }), "{name:?}");
        // What was used today leaves exactly the rest.
        for (limit, wide) in [
            (offline, Limits { withdrawal: day, day: one_more(day), ..limits }),
            (day, Limits { withdrawal: day, offline: day, ..limits }),
        ] {
            let left = limit.min(minor(100));
            let today = used(limit.checked_sub(left).expect("less"), 0);
            let check = |amount| limit::withdrawal(&wide, &today, amount, minor(0)).is_ok();
            assert!(check(one_less(left)) && check(left), "{name:?}");
            if limit < wide.withdrawal || limit == day {
                assert!(!check(one_more(left)), "{name:?}");
            }
        }
        let transfer = |amount, today: &Usage| limit::transfer(&limits, today, amount);
        let within = payment.min(day);
        assert!(transfer(one_less(within), &none).is_ok() && transfer(within, &none).is_ok());
        let allowed = payment;
        assert_eq!(transfer(one_more(payment), &none), Err(Exceeded::Payment { allowed }));
        let spent = used(day.checked_sub(minor(1).min(day)).expect("less"), 0);
        let left = minor(1).min(day).min(payment);
        assert!(transfer(Amount::ZERO, &spent).is_ok() && transfer(left, &spent).is_ok());
        if payment > minor(1) {
            let allowed = minor(1);
            assert_eq!(transfer(minor(2), &spent), Err(Exceeded::Day { allowed }), "{name:?}");
        }
        for (count, fits) in [(slots - 1, true), (slots, true), (slots + 1, false)] {
            assert_eq!(limit::slots(&limits, &none, count).is_ok(), fits, "{name:?} {count}");
        }
        assert_eq!(
            limit::slots(&limits, &used(minor(0), slots - 1), 2),
            Err(Exceeded::Slots { allowed: 1 })
        );
        assert_eq!(limit::excess(&limits, one_less(holding)), Amount::ZERO, "{name:?}");
        assert_eq!(limit::excess(&limits, holding), Amount::ZERO, "{name:?}");
        assert_eq!(limit::excess(&limits, one_more(holding)), minor(1), "{name:?}");
    }
}

#[test]
fn wt01_the_tiers_of_a_new_home_are_those_of_public_practice() {
    let tiers = tiers();
    let shown = |name: &str| {
        let Limits { payment, day, holding, .. } = tiers.tiers[&TierName(name.to_owned())].limits;
        [payment, day, holding].map(|amount| amount.to_decimal(2))
    };
    assert_eq!(shown("basic"), ["2000.00", "5000.00", "10000.00"]);
    assert_eq!(shown("full"), ["50000.00", "100000.00", "500000.00"]);
    let merchant = &tiers.tiers[&TierName("merchant".to_owned())];
    assert!(merchant.limits.holding.is_zero() && merchant.waterfall);
    assert_eq!(tiers.first, basic());
}

/// Every value that cannot be meant, with what the refusal must name.
#[test]
fn tiers_that_cannot_be_meant_are_refused_with_the_tier_and_what_to_write() {
    for (from, to, said) in [
        ("payment = \"2000\"", "payment = \"2,000\"", "write one such as \"2000.00\""),
        ("payment = \"2000\"", "payment = 2000", "text in quotes is wanted, and a number is there"),
        ("payment = \"2000\"\n", "", "missing field `payment`"),
        ("slots = 1024", "slots = -1", "a whole number from 0 to"),
        ("slots = 1024", "slots = 1024\nslot = 1", "unknown field `slot`"),
        ("withdrawal = \"5000\"", "withdrawal = \"5000.01\"", "at most 5000.00 for withdrawal"),
        ("offline = \"5000\"", "offline = \"5000.01\"", "at most 5000.00 for offline"),
        ("requires = []", "requires = [\"mother\"]", "write some of name, phone"),
        ("[tier.basic]", "[tier.Basic]", "first = \"basic\" is no tier"),
        ("[tier.full]", "[tier.Full]", "\"Full\" is no name of a tier"),
        ("retention_years = 5", "retention_years = 31", "write 0 to 30"),
        ("\nwaterfall = true", "\nwaterfall = false", "tier merchant: holding is 0"),
    ] {
        assert!(DEFAULT.contains(from), "{from}");
        let wrong = Tiers::parse(&DEFAULT.replacen(from, to, 1), 2).expect_err(to).to_string();
        assert!(wrong.contains(said), "{to}: {wrong}");
    }
    assert!(Tiers::parse(&DEFAULT.replace("\"2000\"", "\"2000.5\""), 2).is_ok());
    assert!(Tiers::parse(&DEFAULT.replace("\"2000\"", "\"2000.5\""), 0).is_err(), "no decimals");
}

/// Begins a file's tiers over the rows, as a start of the server does.
fn adopt(view: &mut View, text: &str, now: Timestamp) -> Result<u32, Unchanged> {
    let tiers = Tiers::parse(text, 2).expect("possible");
    let known: Vec<_> = view.tiers.all().map(|(name, _)| name.clone()).collect();
    ask(view, |view| tier::touches_adoption(&tiers, &known, view));
    tier::adopt(view, &tiers, now)
}

#[test]
fn every_version_of_the_tiers_is_kept_with_the_day_from_which_it_held() {
    let mut view = bare();
    let lower = DEFAULT.replace("day = \"5000\"", "day = \"5000.00\"");
    let tomorrow = Timestamp(NOW.0 + DAY_S);
    assert_eq!(adopt(&mut view, DEFAULT, NOW), Ok(1));
    assert_eq!(adopt(&mut view, DEFAULT, tomorrow), Ok(1), "the same file is the same version");
    assert_eq!(adopt(&mut view, &lower, tomorrow), Ok(2));
    let kept: Vec<_> = view.tier_files.all().map(|(_, file)| file.since).collect();
    assert_eq!(kept, [NOW.day(), tomorrow.day()]);
}

#[test]
fn a_tier_that_somebody_is_in_cannot_end() {
    let mut view = bare();
    adopt(&mut view, DEFAULT, NOW).expect("possible");
    let without = DEFAULT.replace("[tier.full]", "[tier.other]");
    let full = TierName("full".to_owned());
    tier::enter(&mut view, &full);
    let missed = Unchanged::Missed { tier: full.clone(), customers: 1 };
    assert_eq!(adopt(&mut view, &without, NOW), Err(missed));
    tier::leave(&mut view, &full);
    assert_eq!(adopt(&mut view, &without, NOW), Ok(2));
    let ended = tier::admit(&view, &full, view.tiers.get(&full).expect("kept").requires, true);
    assert_eq!(ended.err(), Some(Unchanged::NoTier(full)));
}

pub fn holder() -> Holder {
    Holder::new(RegistrarId([7; 32]))
}

/// One customer with an amount, in a tier with these limits per withdrawal and per day.
pub fn rows(holder: &Holder, balance: u64, withdrawal: u64, day: u64) -> View {
    let mut view = bare();
    let tier = view.tiers.get(&basic()).expect("there").clone();
    let limits = Limits {
        withdrawal: minor(withdrawal),
        offline: minor(day),
        day: minor(day),
        slots: 64,
        ..tier.limits
    };
    view.tiers.insert(basic(), Tier { limits, ..tier });
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(balance))));
    let wallet = Wallet::enrolled(ALICE, holder.registration.clone());
    view.wallets.load(holder.identity.key(), Some(wallet));
    view
}

fn request(holder: &Holder, sid: u8, debit: u64, now: Timestamp) -> SignedRequest {
    let mut blinded = vec![0; 256];
    blinded[255] = 9;
    let output = Output { denomination: MINT.denomination, blinded };
    holder.request_for(SessionId([sid; 32]), output, debit, now)
}

pub fn withdraw(
    view: &mut View,
    holder: &Holder,
    sid: u8,
    debit: u64,
    now: Timestamp,
) -> Begun<Result<Vec<u8>, Error>> {
    let request = request(holder, sid, debit, now);
    let sent = |signed: SignedRequest| signed.to_bytes();
    let withdrawing = Withdrawing::new(request, currency(), &MINT.manifest, now, sent);
    let withdrawing = withdrawing.expect("our currency");
    ask(view, |view| withdrawing.touches(view));
    match withdraw::begin(view, &withdrawing, now) {
        Begun::Answered(reply) => Begun::Answered(reply.map_err(|refusal| refusal.error)),
        Begun::Open(number) => Begun::Open(number),
        Begun::Full => Begun::Full,
    }
}

pub const LIMIT: Begun<Result<Vec<u8>, Error>> = Begun::Answered(Err(Error::Limit));

pub fn opened(number: u64) -> Begun<Result<Vec<u8>, Error>> {
    Begun::Open(EntryNumber(number))
}

#[test]
fn wt01_withdrawals_are_counted_with_their_debit_and_the_day_begins_again_at_midnight() {
    let holder = holder();
    let mut view = rows(&holder, 5_000, 600, 1_000);
    assert_eq!(withdraw(&mut view, &holder, 1, 601, NOW), LIMIT, "one withdrawal");
    assert!(view.entries.changes().next().is_none() && view.usage.changes().next().is_none());
    assert_eq!(withdraw(&mut view, &holder, 1, 600, NOW), opened(1));
    assert_eq!(withdraw(&mut view, &holder, 1, 600, NOW), opened(1), "a repetition counts once");
    assert_eq!(withdraw(&mut view, &holder, 2, 401, NOW), LIMIT, "one day");
    assert_eq!(withdraw(&mut view, &holder, 2, 400, NOW), opened(2));
    assert_eq!(withdraw(&mut view, &holder, 3, 1, NOW), LIMIT);
    let tomorrow = Timestamp(NOW.0 + DAY_S);
    assert_eq!(withdraw(&mut view, &holder, 4, 600, tomorrow), opened(3));
    // What was asked before midnight and is decided after it counts against the day that has begun.
    assert_eq!(withdraw(&mut view, &holder, 5, 401, NOW), LIMIT);
    assert_eq!(withdraw(&mut view, &holder, 5, 400, NOW), opened(4));
    assert_eq!(withdraw(&mut view, &holder, 6, 1, tomorrow), LIMIT);
    assert_eq!(withdraw(&mut view, &holder, 6, 1, NOW), LIMIT, "no day begins twice");
}

#[test]
fn wt01_a_withdrawal_that_the_issuer_refuses_takes_nothing_from_the_day() {
    let holder = holder();
    let mut view = rows(&holder, 5_000, 600, 600);
    assert_eq!(withdraw(&mut view, &holder, 1, 600, NOW), opened(1));
    assert_eq!(withdraw(&mut view, &holder, 2, 600, NOW), LIMIT);
    ask(&mut view, |view| touches_entry(view, EntryNumber(1)));
    withdraw::finish(&mut view, EntryNumber(1), Err(Error::Funds.into()), NOW).expect("fits");
    assert_eq!(withdraw(&mut view, &holder, 2, 600, NOW), opened(2));
    // What comes back tomorrow gives nothing to tomorrow.
    let tomorrow = Timestamp(NOW.0 + DAY_S);
    assert_eq!(withdraw(&mut view, &holder, 3, 500, tomorrow), opened(3));
    ask(&mut view, |view| touches_entry(view, EntryNumber(2)));
    withdraw::finish(&mut view, EntryNumber(2), Err(Error::Funds.into()), NOW).expect("fits");
    assert_eq!(withdraw(&mut view, &holder, 4, 101, tomorrow), LIMIT);
}

#[test]
fn wt01_no_token_is_worth_more_than_a_payment_may_be() {
    let holder = holder();
    let mut view = rows(&holder, 5_000, 1_000, 1_000);
    let tier = view.tiers.get(&basic()).expect("there").clone();
    for (payment, begun) in [(499, LIMIT), (500, opened(1))] {
        let limits = Limits { payment: minor(payment), ..tier.limits };
        view.tiers.insert(basic(), Tier { limits, ..tier.clone() });
        assert_eq!(withdraw(&mut view, &holder, 1, 500, NOW), begun, "a token is worth 500");
    }
}

#[test]
fn wt01_an_upgrade_raises_limits_at_once_and_a_downgrade_takes_nothing_away() {
    let holder = holder();
    let mut view = rows(&holder, 60_000_000, 600, 600);
    let (full, verified) = (TierName("full".to_owned()), ["name", "address", "document"]);
    let verified = verified.into_iter().filter_map(Attributes::named);
    let verified = verified.fold(Attributes::default(), Attributes::with);
    let unverified = tier::change(&mut ask_change(&mut view, &full), ALICE, &full);
    assert!(matches!(unverified, Err(Unchanged::Unverified { .. })), "{unverified:?}");
    let account = view.customers.get(&ALICE).expect("there").clone();
    view.customers.insert(ALICE, Customer { verified, ..account });
    assert_eq!(withdraw(&mut view, &holder, 1, 601, NOW), LIMIT);
    tier::change(&mut view, ALICE, &full).expect("verified");
    assert_eq!(withdraw(&mut view, &holder, 1, 601, NOW), opened(1), "at once");
    tier::change(&mut view, ALICE, &basic()).expect("verified");
    let account = view.customers.get(&ALICE).expect("there");
    assert_eq!((account.balance, account.held), (minor(59_999_399), minor(601)), "far beyond");
    assert_eq!(withdraw(&mut view, &holder, 2, 1, NOW), LIMIT, "but the limits are the lower ones");
}

fn ask_change(view: &mut View, to: &TierName) -> View {
    ask(view, |view| tier::touches_change(ALICE, to, view));
    view.clone()
}

#[test]
fn wt02_no_tier_is_for_somebody_of_whom_nothing_was_verified() {
    let mut view = bare();
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(0))));
    for name in tiers().tiers.into_keys() {
        ask(&mut view, |view| tier::touches_change(ALICE, &name, view));
        let refused = tier::change(&mut view, ALICE, &name);
        assert!(matches!(refused, Err(Unchanged::Unverified { .. })), "{name:?}: {refused:?}");
    }
    for one in Attributes::NAMES {
        let verified = Attributes::named(one).expect("known");
        assert!(tier::admit(&view, &basic(), verified, false).is_ok(), "{one} is enough");
    }
}

fn open(holder: &Holder, sid: u8, count: u16) -> SignedOpen {
    let (manifest, identity) = (MINT.manifest.hash(), *holder.identity.point());
    let plan = Plan { manifest, identity, series: MINT.series, count };
    let session = Session::new(&holder.master, SessionId([sid; 32]), plan);
    session.open([1; 32], &holder.device)
}

#[test]
fn wt01_slots_are_counted_once_per_session_and_day() {
    let holder = holder();
    let mut view = rows(&holder, 0, 0, 0);
    let mut vouch = |sid, count, now| {
        let open = open(&holder, sid, count);
        ask(&mut view, |view| provision::touches_opening(&open, view));
        provision::vouch(&mut view, &open, now)
    };
    assert_eq!(vouch(1, 63, NOW), Ok(()));
    assert_eq!(vouch(1, 63, NOW), Ok(()), "a repetition counts once");
    assert_eq!(vouch(2, 2, NOW), Err(Error::Rate));
    assert_eq!(vouch(2, 1, NOW), Ok(()));
    assert_eq!(vouch(3, 1, NOW), Err(Error::Rate));
    assert_eq!(vouch(3, 64, Timestamp(NOW.0 + DAY_S)), Ok(()));
}

#[test]
fn an_account_that_is_frozen_or_closed_gives_nothing() {
    let holder = holder();
    let mut view = rows(&holder, 5_000, 600, 600);
    for state in [State::Frozen, State::Closed(Day(1))] {
        let account = view.customers.get(&ALICE).expect("there").clone();
        view.customers.insert(ALICE, Customer { state, ..account });
        let refused = Begun::Answered(Err(Error::Wallet));
        assert_eq!(withdraw(&mut view, &holder, 1, 1, NOW), refused);
        let open = open(&holder, 1, 1);
        ask(&mut view, |view| provision::touches_opening(&open, view));
        assert_eq!(provision::vouch(&mut view, &open, NOW), Err(Error::Wallet));
    }
}
