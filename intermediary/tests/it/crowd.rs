//! A crowd after an outage: the wallets of three banks come back at the same moment, while the
//! issuer is still away.

use crate::bank::{Bank, Client};
use crate::holder::{Holder, Place};
use crate::issuer::TestIssuer;
use crate::mint::{minor, random};
use crate::weather::until;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tender_proto::call::Call;
use tender_proto::deposit::{Outcome, standing_from_wire};
use tender_proto::pending::Standing;
use tender_proto::session::{self, Presence};
use tender_proto::statement::{Cause, Posting};
use tender_proto::transport::{Bound, bound_channel};
use tender_proto::wire;
use tender_proto::wire::intermediary_client::IntermediaryClient;
use tender_token::cash::AccountRef;
use tender_token::provision::SessionId;
use tender_token::signature::SecretKey;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tonic::Status;
use tonic::transport::Channel;

const BANKS: usize = 3;
/// Wallets of each bank: more than may shake hands from one address at the same time.
const WALLETS: usize = 100;
/// What a token is worth.
const TOKEN: u64 = 500;
const VAULT: u64 = 1_000_000;
/// How often everybody is sent away before the issuer is back.
const IN_VAIN: u32 = 2;
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A wallet that has something to deposit.
struct Wallet {
    device: SecretKey,
    deposit: Call,
}

/// A new bank with a customer who draws for all wallets.
fn bank(issuer: &TestIssuer, number: usize) -> Bank {
    let drawn = TOKEN * WALLETS as u64;
    let codes: Vec<_> = (0..WALLETS).map(code).collect();
    let customers = codes.iter().map(|code| ("somebody", 0, code.as_str()));
    let customers: Vec<_> = std::iter::once(("payer", drawn, "payer")).chain(customers).collect();
    let mut bank = Bank::new(issuer, &customers);
    issuer.distribute_to(number, VAULT);
    bank.start();
    bank
}

fn code(wallet: usize) -> String {
    format!("code-{wallet}")
}

/// The wallets of a bank, with what each is about to deposit: one customer has drawn it for all.
fn wallets(bank: &Bank) -> Vec<Wallet> {
    let (client, payer) = (bank.client(), Holder::new(bank.registrar()));
    let enrol = |holder: &Holder, code: &str| {
        let enrolled = until(&client, "enrolling", |c| c.enrol(&holder.registration, code));
        enrolled.expect("the code is good");
    };
    enrol(&payer, "payer");
    let half = u16::try_from(WALLETS / 2).expect("a session's worth");
    let ask = |request| {
        let asked = |client: &Client| client.provision(Clone::clone(&request));
        until(&client, "a session", asked).expect("granted")
    };
    let mut places = payer.provision_by(half, ask);
    places.extend(payer.provision_by(half, ask));
    let wallet = |(n, place): (usize, &Place)| {
        let request = payer.request(SessionId(random()), &place.slot, TOKEN);
        let reply = until(&client, "a token", |client| client.withdraw(&request));
        let reply = reply.expect("granted");
        let (account, holder) = (AccountRef(random()), Holder::new(bank.registrar()));
        enrol(&holder, &code(n));
        let item = payer.cash(payer.token(&request, &place.slot, &reply), place, account);
        let deposit = holder.deposit(account, vec![item]);
        Wallet { device: holder.device, deposit }
    };
    places.iter().enumerate().map(wallet).collect()
}

impl Wallet {
    /// Connects with everybody else, and asks until there is an answer, with doubling, jittered
    /// pauses. Waits at the gate before, and when it was sent away [`IN_VAIN`].
    async fn come_back(self, (address, authority): (SocketAddr, String), gate: Arc<Barrier>) {
        let channel = bound_channel(&address.to_string(), &authority, None);
        let (channel, bound) = channel.expect("a usable authority");
        let (mut wire, mut pause, mut asked) = (IntermediaryClient::new(channel), PAUSE_MIN, 0);
        gate.wait().await;
        loop {
            asked += 1;
            if let Ok(Standing::Decided(paid)) = self.ask(&mut wire, &bound).await {
                assert_eq!(paid, [Ok(minor(TOKEN))]);
                assert!(asked > IN_VAIN, "the issuer was away");
                return;
            }
            if asked == IN_VAIN {
                gate.wait().await;
            }
            let eighths = u32::from(random()[0] % 8);
            tokio::time::sleep(pause / 2 + pause / 16 * eighths).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn ask(
        &self,
        wire: &mut IntermediaryClient<Channel>,
        bound: &Bound,
    ) -> Result<Standing<Vec<Outcome>>, Status> {
        let challenge = wire.challenge(wire::ChallengeRequest {}).await?.into_inner().try_into()?;
        let binding = bound.binding().expect("it has just asked something");
        let presence = Presence::sign(challenge, binding, &self.device);
        let answer = wire.authenticate(wire::AuthenticateRequest::from(presence)).await?;
        if session::from_wire(answer.into_inner())?.is_err() {
            return Err(Status::unavailable("the challenge was another connection's"));
        }
        let reply = wire.deposit(wire::Call::from(self.deposit.clone())).await?;
        Ok(standing_from_wire(reply.into_inner())?)
    }
}

#[test]
fn d13_three_hundred_wallets_of_three_banks_come_back_at_once_and_are_credited_once() {
    let mut issuer = TestIssuer::up();
    let mut banks: Vec<_> = (0..BANKS).map(|number| bank(&issuer, number)).collect();
    let wallets: Vec<_> = thread::scope(|scope| {
        let towns: Vec<_> = banks.iter().map(|bank| scope.spawn(move || wallets(bank))).collect();
        towns.into_iter().map(|town| town.join().expect("a town")).collect()
    });
    issuer.stop();
    for bank in &mut banks {
        bank.crash();
        bank.start();
    }
    let before = issuer.with(|registry| registry.asked);
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let all = BANKS * WALLETS;
    let gate = Arc::new(Barrier::new(all + 1));
    let mut crowd = JoinSet::new();
    for (bank, wallets) in banks.iter().zip(wallets) {
        for wallet in wallets {
            let (address, authority) = bank.door();
            let door = (address, authority.to_owned());
            crowd.spawn_on(wallet.come_back(door, Arc::clone(&gate)), runtime.handle());
        }
    }
    for _together_then_in_vain in 0..2 {
        runtime.block_on(gate.wait());
    }
    issuer.start();
    runtime.block_on(crowd.join_all());
    let sent = issuer.with(|registry| registry.asked) - before;
    assert_eq!(sent, all, "every deposit reaches the issuer once, however often it was asked");
    for (number, bank) in banks.iter_mut().enumerate() {
        bank.crash();
        bank.catch_up();
        let audit = bank.audit();
        assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
        let (payer, others) = audit.customers.split_first().expect("all of them");
        assert_eq!(payer.balance, 0);
        assert!(others.iter().all(|wallet| (wallet.balance, wallet.held) == (TOKEN, 0)));
        let deposit = |posting: &&Posting| matches!(posting.cause, Cause::Deposit(_));
        let paid =
            issuer.with(|registry| registry.bank(number).postings.iter().filter(deposit).count());
        assert_eq!(paid, WALLETS, "each once");
    }
}
