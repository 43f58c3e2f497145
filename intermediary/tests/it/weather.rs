//! Wallets, two banks and the issuer in bad weather: everything between them goes through networks
//! that delay, cut and stall it. Afterwards everybody has what a model says, and every request had
//! one effect.

use crate::bank::{Bank, Client};
use crate::holder::{Holder, order};
use crate::issuer::TestIssuer;
use crate::mint::{minor, random};
use crate::network::{Harm, Way, Weather};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tender_proto::statement::Cause;
use tender_token::cash::AccountRef;
use tender_token::identity::RegistrarId;
use tender_token::provision::SessionId;
use tonic::{Code, Status};

const SEEDS: [u64; 3] = [1, 2, 3];
/// Wallets of each of the two banks.
const WALLETS: usize = 3;
const OPENED: u64 = 2_000;
const VAULT: u64 = 100_000;
/// What a token is worth.
const TOKEN: u64 = 500;
/// Fewer connections than this are never cut while so many are used for so much.
const CUTS_MIN: usize = 10;
/// Connections that die with a reply.
const DEATHS: usize = 1_000;
/// What an account opens with from which one unit at a time is transferred.
const ROUGH_OPENED: u64 = 100_000;
/// How long a wallet asks the same thing again.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where a wallet is: its bank, and its place among the wallets of that bank.
type Seat = (usize, usize);

fn index((bank, place): Seat) -> usize {
    bank * WALLETS + place
}

/// Whom a wallet pays within its bank.
fn neighbour((bank, place): Seat) -> Seat {
    (bank, (place + 1) % WALLETS)
}

/// Who pays a wallet within its bank.
fn before((bank, place): Seat) -> Seat {
    (bank, (place + WALLETS - 1) % WALLETS)
}

/// Whom a wallet pays at the other bank, and who pays it from there.
fn peer((bank, place): Seat) -> Seat {
    (1 - bank, place)
}

/// What a wallet transfers within its bank. No two wallets transfer the same, so that whatever is
/// mistaken for something else shows.
fn within(seat: Seat) -> u64 {
    100 + index(seat) as u64
}

/// What a wallet transfers to the other bank.
fn between(seat: Seat) -> u64 {
    200 + 10 * index(seat) as u64
}

/// What a wallet transfers to nobody at the other bank, and gets back.
const ASTRAY: u64 = 33;

/// What a wallet's account holds in the end: two tokens were drawn; one came back, and one from the
/// other bank.
fn expected(seat: Seat) -> u64 {
    OPENED - within(seat) + within(before(seat)) - between(seat) + between(peer(seat))
}

/// Asks the same until there is an answer.
pub fn until<T>(client: &Client, what: &str, ask: impl Fn(&Client) -> Result<T, Status>) -> T {
    let begun = Instant::now();
    loop {
        match ask(client) {
            Ok(answer) => return answer,
            Err(status) => {
                assert!(begun.elapsed() < PATIENCE, "{what}: {status}");
                let ours = [Code::InvalidArgument, Code::PermissionDenied, Code::OutOfRange];
                assert!(!ours.contains(&status.code()), "{what}: {status}");
                if status.code() == Code::Unauthenticated {
                    client.is_absent();
                }
            }
        }
    }
}

/// The same as a device that is present, over whichever connection there is.
fn until_present<T>(
    client: &Client,
    holder: &Holder,
    what: &str,
    ask: impl Fn(&Client) -> Result<T, Status>,
) -> T {
    until(client, what, |client| match client.present(&holder.device)? {
        Ok(()) => ask(client),
        Err(_) => Err(Status::unavailable("the challenge was another connection's")),
    })
}

/// A wallet at the far end of a bad network.
struct Wallet {
    seat: Seat,
    holder: Holder,
    client: Client,
    banks: [RegistrarId; 2],
    /// Where each wallet is paid by transfers.
    accounts: Vec<AccountRef>,
    /// Where each wallet is paid with the token of another.
    handed: Vec<AccountRef>,
    /// Tells those who pay this wallet that it is there.
    is_there: [Sender<()>; 2],
    /// Hears it of those whom it pays.
    are_there: Receiver<()>,
    hands: Sender<Vec<u8>>,
    is_handed: Receiver<Vec<u8>>,
}

impl Wallet {
    /// Asks as the device that is present.
    fn ask<T>(&self, what: &str, ask: impl Fn(&Client) -> Result<T, Status>) -> T {
        until_present(&self.client, &self.holder, what, ask)
    }

    /// Lives through the day.
    fn live(&self) {
        let Self { seat, holder, accounts, handed, .. } = self;
        let (here, there) = (self.banks[seat.0], self.banks[1 - seat.0]);
        let code = format!("code-{}", index(*seat));
        let enrolled =
            until(&self.client, "enrol", |client| client.enrol(&holder.registration, &code));
        assert_eq!(enrolled, Ok(()));
        let places = holder.provision_by(2, |request| {
            let granted = self.ask("provision", |bank| bank.provision(request.clone()));
            granted.expect("granted")
        });
        let account = accounts[index(*seat)];
        let known = self.ask("reference", |client| client.reference(account, &holder.device));
        assert_eq!(known, Ok(()));
        for tell in &self.is_there {
            tell.send(()).expect("who pays us lives");
        }
        let own = AccountRef(random());
        let payees = [own, handed[index(peer(*seat))]];
        let [kept, given] = [0, 1].map(|n| {
            let request = holder.request(SessionId(random()), &places[n].slot, TOKEN);
            let draw = || self.ask("withdraw", |client| client.withdraw(&request));
            let reply = draw().expect("granted");
            assert_eq!(draw(), Ok(reply.clone()), "one-answer");
            let token = holder.token(&request, &places[n].slot, &reply);
            holder.cash(token, &places[n], payees[n])
        });
        self.hands.send(given).expect("the other lives");
        self.deposit(own, &kept);
        for _ in 0..2 {
            self.are_there.recv().expect("whom we pay lives");
        }
        self.transfer(here, accounts[index(neighbour(*seat))], within(*seat));
        self.transfer(there, accounts[index(peer(*seat))], between(*seat));
        self.transfer(there, AccountRef(random()), ASTRAY);
        let item = self.is_handed.recv().expect("the other lives");
        self.deposit(handed[index(*seat)], &item);
    }

    fn deposit(&self, account: AccountRef, item: &[u8]) {
        let call = self.holder.deposit(account, vec![item.to_vec()]);
        let paid = self.ask("deposit", |client| client.deposit(call.clone()));
        assert_eq!(paid, [Ok(minor(TOKEN))]);
    }

    fn transfer(&self, payee: RegistrarId, payee_account: AccountRef, amount: u64) {
        let order = order(self.banks[self.seat.0], (payee, payee_account), amount);
        let order = order.sign(&self.holder.device);
        assert_eq!(self.ask("transfer", |client| client.transfer(&order)), Ok(()));
    }
}

/// Two banks and their issuer, each behind a way of its own.
struct Country {
    issuer: TestIssuer,
    banks: Vec<Bank>,
    /// From each bank to the issuer, and from the wallets to each bank.
    ways: Vec<Way>,
}

impl Country {
    fn new(seed: u64) -> Self {
        let issuer = TestIssuer::up();
        let (mut banks, mut ways) = (Vec::new(), Vec::new());
        for number in 0..2 {
            let codes = (0..WALLETS).map(|place| format!("code-{}", index((number, place))));
            let codes: Vec<_> = codes.collect();
            let customers: Vec<_> =
                codes.iter().map(|code| ("somebody", OPENED, code.as_str())).collect();
            let mut bank = Bank::new(&issuer, &customers);
            issuer.distribute_to(number, VAULT);
            let upwards = Way::to(issuer.address(), Weather::STORM, seed + 100 * number as u64);
            bank.reach_issuer_at(upwards.address());
            bank.start();
            ways.push(upwards);
            banks.push(bank);
        }
        for (number, bank) in banks.iter().enumerate() {
            ways.push(Way::to(bank.door().0, Weather::STORM, seed + 1_000 + 100 * number as u64));
        }
        Self { issuer, banks, ways }
    }

    /// The wallets, who know of each other.
    fn wallets(&self) -> Vec<Wallet> {
        let banks = [0, 1].map(|bank: usize| self.banks[bank].registrar());
        let seats = (0..2).flat_map(|bank| (0..WALLETS).map(move |place| (bank, place)));
        let references = || (0..2 * WALLETS).map(|_| AccountRef(random())).collect::<Vec<_>>();
        let (accounts, handed) = (references(), references());
        let (tell, told): (Vec<_>, Vec<_>) = (0..2 * WALLETS).map(|_| channel()).unzip();
        let (hand, get): (Vec<_>, Vec<_>) = (0..2 * WALLETS).map(|_| channel()).unzip();
        let ends = told.into_iter().zip(get);
        let wallet = |(seat, (are_there, is_handed)): (Seat, _)| {
            let (way, authority) = (&self.ways[2 + seat.0], self.banks[seat.0].door().1);
            Wallet {
                seat,
                holder: Holder::new(banks[seat.0]),
                client: Client::to(&way.address().to_string(), authority),
                banks,
                accounts: accounts.clone(),
                handed: handed.clone(),
                is_there: [before(seat), peer(seat)].map(|seat| tell[index(seat)].clone()),
                are_there,
                hands: hand[index(peer(seat))].clone(),
                is_handed,
            }
        };
        seats.zip(ends).map(wallet).collect()
    }

    /// Ends the bad weather, and brings both banks' books up to date until nothing is open.
    fn heal(&mut self) {
        for way in &self.ways {
            way.heal();
        }
        for bank in &mut self.banks {
            bank.crash();
        }
        // What went astray is sent back by one bank and credited by the other.
        for _ in 0..3 {
            for bank in &self.banks {
                while bank.try_catch_up().is_err() {}
            }
        }
    }

    /// Everybody has what the model says, and every request had one effect.
    fn assert_settled(&self) {
        for (number, bank) in self.banks.iter().enumerate() {
            let audit = bank.audit();
            assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
            assert!(audit.invariants.conservation && audit.invariants.limits_hold, "{audit:?}");
            let seats = (0..WALLETS).map(|place| (number, place));
            let owed: Vec<_> = seats.clone().map(|seat| (expected(seat), 0)).collect();
            let owes = audit.customers.iter().map(|customer| (customer.balance, customer.held));
            assert_eq!(owes.collect::<Vec<_>>(), owed, "bank {number}");
            let left: u64 = seats.clone().map(between).sum();
            let came: u64 = seats.map(peer).map(between).sum();
            assert_eq!(audit.vault_stated, VAULT - left + came, "bank {number}");
            assert_eq!(audit.vault_mirror, i128::from(audit.vault_stated), "bank {number}");
            let causes = self.issuer.with(|registry| {
                let postings = registry.bank(number).postings.iter();
                postings.map(|posting| posting.cause).collect::<Vec<_>>()
            });
            let count = |is: fn(&Cause) -> bool| causes.iter().filter(|cause| is(cause)).count();
            let effects = [
                count(|cause| matches!(cause, Cause::Withdrawal(_))),
                count(|cause| matches!(cause, Cause::Deposit(_))),
                // To the other bank, astray, and back what went astray there; and the same here.
                count(|cause| matches!(cause, Cause::TransferOut(_))),
                count(|cause| matches!(cause, Cause::TransferIn(..))),
            ];
            assert_eq!(effects, [2, 2, 3, 3].map(|each| each * WALLETS), "bank {number}");
            assert_eq!(causes.len(), 1 + 10 * WALLETS, "and the distribution: bank {number}");
        }
    }

    /// Connections that were cut and standstills, altogether and at the calmest way.
    fn harm(&self) -> [(usize, usize); 2] {
        let told = |count: &dyn Fn(&Harm) -> usize| {
            let each = self.ways.iter().map(|way| count(way.harm()));
            (each.clone().sum(), each.min().expect("four"))
        };
        let read = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        [told(&|harm| read(&harm.cuts)), told(&|harm| read(&harm.stalls))]
    }
}

fn play(seed: u64) {
    let mut country = Country::new(seed);
    let wallets = country.wallets();
    for way in &country.ways {
        way.worsen();
    }
    thread::scope(|scope| {
        let living: Vec<_> =
            wallets.into_iter().map(|wallet| scope.spawn(move || wallet.live())).collect();
        for wallet in living {
            wallet.join().expect("it lives through the day");
        }
    });
    let [cuts, stalls] = country.harm();
    country.heal();
    country.assert_settled();
    assert!(cuts.0 >= CUTS_MIN && cuts.1 > 0, "the weather was bad: {cuts:?}");
    assert!(stalls.1 > 0, "each way stood still: {stalls:?}");
}

/// Over real sockets, with mutual TLS between the tiers, under delays of up to 200 ms, with one
/// piece of twenty lost in either direction and with partitions in one direction that heal.
#[test]
fn e6_ra25_in_bad_weather_every_request_has_one_effect_and_everything_is_settled() {
    thread::scope(|scope| {
        let days = SEEDS.map(|seed| (seed, scope.spawn(move || play(seed))));
        for (seed, day) in days {
            day.join().unwrap_or_else(|_| panic!("seed {seed}: see what was said above"));
        }
    });
}

/// What comes back is cut at random bytes, so that connections die after the books have changed and
/// before anybody hears of it. Whoever asks again with the same bytes hears the same, once each.
#[test]
fn e6_ra27_a_thousand_connections_die_with_their_replies_and_every_transfer_is_made_once() {
    let rough = Weather { delay_ms_max: 0, cuts_percent: [0, 25], ..Weather::STORM };
    let weather = Weather { stall_every: 0, ..rough };
    let issuer = TestIssuer::up();
    let mut bank = Bank::new(&issuer, &[("alice", ROUGH_OPENED, "code-a"), ("bob", 0, "code-b")]);
    bank.start();
    let (calm, [alice, bob]) = (bank.client(), [0, 1].map(|_| Holder::new(bank.registrar())));
    for (holder, code) in [(&alice, "code-a"), (&bob, "code-b")] {
        calm.enrol(&holder.registration, code).expect("reached").expect("enrolled");
    }
    let payee_account = AccountRef(random());
    assert_eq!(calm.reference(payee_account, &bob.device).expect("reached"), Ok(()));
    let way = Way::to(bank.door().0, weather, 27);
    let client = Client::to(&way.address().to_string(), bank.door().1);
    way.worsen();
    let mut made = 0;
    while way.harm().cuts.load(Ordering::SeqCst) < DEATHS {
        let order = order(bank.registrar(), (bank.registrar(), payee_account), 1);
        let order = order.sign(&alice.device);
        let ask = |client: &Client| client.transfer(&order);
        assert_eq!(until_present(&client, &alice, "transfer", ask), Ok(()));
        made += 1;
    }
    assert!(made > DEATHS as u64 / 100, "{made} transfers got through");
    // On a busy machine the calm connection, on which nothing was said for long, may have ended.
    let calm = bank.client();
    assert_eq!(calm.balance(&alice.device), (ROUGH_OPENED - made, 0));
    assert_eq!(calm.balance(&bob.device), (made, 0), "each once");
}
