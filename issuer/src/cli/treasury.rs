//! `treasury`: supply instructions, proposed by one, approved by several, carried out once.

use super::approval::{Kind, read_all};
use super::counted;
use super::desk::Desk;
use super::founded::{refuse_taken, unread, unwritten};
use super::handing::Handing;
use super::officer;
use super::ordered::Ordered;
use super::outcome::{Failure, Outcome};
use super::passphrase::Whose;
use super::place::Place;
use super::short::Short;
use super::statement;
use crate::rows::Account;
use clap::{Args, Subcommand};
use rand_core::CryptoRng;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use tender_proto::operator::{Operation, Refusal};
use tender_proto::purchase::{Purchase, SignedPurchase};
use tender_token::amount::Amount;
use tender_token::date::calendar::moment;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::treasury::{Instruction, InstructionId, Order, Submission};

/// What can be done with the supply.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create currency in the treasury.
    Issue(Proposal),
    /// Move currency from the treasury into a vault, against reserves.
    Distribute(ProposalFor),
    /// Distribute what an intermediary ordered in a file that it signed. It is carried out once.
    Fulfil(Fulfilment),
    /// Return currency from a vault to the treasury, for reserves.
    Redeem(ProposalFor),
    /// Retire currency of the treasury for good.
    Destroy(Proposal),
    /// Book reserves that came in from outside.
    CreditReserves(ProposalFor),
    /// Book reserves that go out.
    DebitReserves(ProposalFor),
    /// Set currency of a vault aside as the intermediary's guarantee.
    Pledge(ProposalFor),
    /// Return currency of a guarantee to the vault.
    Release(ProposalFor),
    /// Sign an instruction as an officer. Needs no issuer.
    Approve(Approving),
    /// Carry out an instruction that enough officers have approved.
    Submit(Submitting),
    /// List the treasury's postings, each with its day and the instruction that made it.
    Statement(statement::Asked),
}

/// An instruction, and where it goes.
#[derive(Debug, Args)]
pub struct Proposal {
    /// How much, such as 1000000.00; above zero.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    amount: String,
    #[command(flatten)]
    handing: Handing,
}

/// An instruction for an intermediary.
#[derive(Debug, Args)]
pub struct ProposalFor {
    /// Name of the intermediary.
    #[arg(long, value_name = "NAME")]
    intermediary: String,
    #[command(flatten)]
    proposal: Proposal,
}

/// An order of an intermediary.
#[derive(Debug, Args)]
pub struct Fulfilment {
    /// What the intermediary's `purchases --out` wrote.
    #[arg(long, value_name = "FILE")]
    purchase: PathBuf,
    #[command(flatten)]
    handing: Handing,
}

/// An approval.
#[derive(Debug, Args)]
pub struct Approving {
    /// The instruction.
    #[arg(long, value_name = "FILE")]
    instruction: PathBuf,
    /// The officer's sealed key; see `officer new`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the approval. Nothing may be there.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Digits after the point when the amount is shown. The instruction does not say; the issuer's
    /// configuration does.
    #[arg(long, value_name = "DIGITS", default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u8).range(..=6))]
    decimals: u8,
}

/// A submission.
#[derive(Debug, Args)]
pub struct Submitting {
    /// The instruction.
    #[arg(long, value_name = "FILE")]
    instruction: PathBuf,
    /// An officer's approval; once per officer.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
}

/// Carries a `treasury` command out.
pub fn run(place: &Place, command: &Command, rng: &mut impl CryptoRng) -> Result<Outcome, Failure> {
    let (proposal, intermediary, order): (_, _, fn(_) -> Order) = match command {
        Command::Approve(arguments) => {
            place.nowhere()?;
            return approve(arguments, place.passphrase());
        }
        Command::Submit(arguments) => return submit(&place.desk()?, arguments),
        Command::Statement(asked) => return statement::run(&place.desk()?, asked),
        Command::Fulfil(fulfilment) => {
            refuse_taken_out(&fulfilment.handing)?;
            return fulfil(&place.desk()?, fulfilment);
        }
        Command::Issue(proposal) => (proposal, None, |_| Order::Issue),
        Command::Destroy(proposal) => (proposal, None, |_| Order::Destroy),
        Command::Distribute(of) => of.named(Order::Distribute),
        Command::Redeem(of) => of.named(Order::Redeem),
        Command::CreditReserves(of) => of.named(Order::CreditReserves),
        Command::DebitReserves(of) => of.named(Order::DebitReserves),
        Command::Pledge(of) => of.named(Order::Pledge),
        Command::Release(of) => of.named(Order::Release),
    };
    refuse_taken_out(&proposal.handing)?;
    let desk = place.desk()?;
    let amount = desk.amount(&proposal.amount)?;
    if amount.is_zero() {
        return Err(Failure::usage("--amount must be above zero; nothing was changed"));
    }
    let order = match intermediary {
        None => order(RegistrarId([0; 32])),
        Some(name) => order(desk.intermediary(name)?.0),
    };
    let mut id = [0; 32];
    rng.fill_bytes(&mut id);
    instruct(&desk, InstructionId(id), order, amount, &proposal.handing)
}

fn refuse_taken_out(handing: &Handing) -> Result<(), Failure> {
    handing.out.as_deref().map_or(Ok(()), refuse_taken)
}

/// Makes an instruction of what an admitted intermediary signed. Its id follows from the order, so
/// the issuer carries it out once, however often it is handed in.
fn fulfil(desk: &Desk, fulfilment: &Fulfilment) -> Result<Outcome, Failure> {
    let signed: SignedPurchase = read(&fulfilment.purchase, "purchase")?;
    let Purchase { registrar, currency, amount, .. } = signed.purchase;
    let admitted = desk.overview()?.intermediaries.contains_key(&registrar);
    if !admitted || signed.verify().is_err() || currency != desk.currency || amount.is_zero() {
        let place = fulfilment.purchase.display();
        return Err(Failure::usage(format!(
            "{place} is signed by no intermediary that is admitted, or orders nothing of our \
             currency; nothing was changed"
        )));
    }
    let id = signed.purchase.instruction();
    let done = desk.postings(Account::Treasury, 0)?;
    if done.iter().any(|booked| booked.instruction == Some(id)) {
        let (shown, named) = (desk.shown(amount), named(desk, registrar)?);
        let before = format!("the order of {named} for {shown} was carried out before");
        let object = json!({
            "id": hex::encode(id.0),
            "order": Order::Distribute(registrar).word(),
            "currency": currency.code(),
            "minor_units": amount.minor_units(),
            "intermediary": hex::encode(registrar.0),
            "name": named,
        });
        return Ok(Outcome::already(&before, object));
    }
    instruct(desk, id, Order::Distribute(registrar), amount, &fulfilment.handing)
}

/// Writes an instruction for the officers, or carries it out with their keys.
fn instruct(
    desk: &Desk,
    id: InstructionId,
    order: Order,
    amount: Amount,
    handing: &Handing,
) -> Result<Outcome, Failure> {
    let seconds = u64::from(handing.valid_hours).saturating_mul(3_600);
    let expiry = desk.now()?.checked_add(seconds);
    let instruction = Instruction {
        issuer: desk.issuer()?,
        id,
        order,
        currency: desk.currency,
        amount,
        expiry: expiry.ok_or_else(|| Failure::usage("--valid-hours is out of range"))?,
    };
    match &handing.out {
        Some(out) => propose(desk, out, &instruction),
        None => carry_out(desk, instruction, handing),
    }
}

impl ProposalFor {
    fn named(
        &self,
        order: fn(RegistrarId) -> Order,
    ) -> (&Proposal, Option<&str>, fn(RegistrarId) -> Order) {
        (&self.proposal, Some(&self.intermediary), order)
    }
}

fn propose(desk: &Desk, out: &Path, instruction: &Instruction) -> Result<Outcome, Failure> {
    let named = instruction.order.intermediary().map(|id| named(desk, id)).transpose()?;
    let officers = desk.trust()?.policy.officers_k;
    write(out, instruction)?;
    let mut sentence = format!(
        "The instruction to {} {} is in {}; nothing is done yet. {officers} officers must approve \
         it.",
        instruction.order.word(),
        desk.shown(instruction.amount),
        out.display(),
    );
    let mut object = described(instruction);
    if let (Some(name), Some(id)) = (named, instruction.order.intermediary()) {
        sentence = format!("{sentence}\nintermediary {} is {name}", hex::encode(id.0));
        object.insert("name".to_owned(), json!(name));
    }
    Ok(Outcome::done(sentence, object.into()).written_to(out))
}

/// The name under which an intermediary is admitted: officers see its id only.
fn named(desk: &Desk, id: RegistrarId) -> Result<String, Failure> {
    let row = desk.overview()?.intermediaries.remove(&id);
    let unknown = || Failure::fault("the intermediary is admitted no more; nothing was changed");
    row.map(|row| row.name.0).ok_or_else(unknown)
}

fn carry_out(desk: &Desk, instruction: Instruction, handing: &Handing) -> Result<Outcome, Failure> {
    let officers = handing.officers()?;
    let approvals = officers.iter().map(|officer| officer.approve(&instruction)).collect();
    done(desk, &Submission { instruction, approvals }, &handing.keys)
}

/// Signs an instruction. It needs no issuer.
fn approve(arguments: &Approving, passphrase: Option<&Path>) -> Result<Outcome, Failure> {
    let instruction: Instruction = read(&arguments.instruction, "instruction")?;
    let key = &arguments.key;
    refuse_taken(&arguments.out)?;
    let officer = officer::open(key, Whose::Officer(key), passphrase)?;
    write(&arguments.out, &officer.approve(&instruction))?;
    let mut object = described(&instruction);
    let out = arguments.out.display();
    let said = read_out(&instruction, arguments.decimals);
    let mut sentence = format!("{said}\nThe approval of this is in {out}.");
    if instruction.order.intermediary().is_some() {
        sentence.push_str(
            "\nWhose id that is, `intermediary list` of the issuer says: compare all of it, and \
             hand over no approval for another one.",
        );
    }
    object.insert("officer".to_owned(), json!(hex::encode(officer.public().0)));
    Ok(Outcome::done(sentence, object.into()).written_to(&arguments.out))
}

fn submit(desk: &Desk, arguments: &Submitting) -> Result<Outcome, Failure> {
    let instruction = read(&arguments.instruction, "instruction")?;
    let approvals = read_all(&arguments.approvals, Kind::Supply)?;
    done(desk, &Submission { instruction, approvals }, &arguments.approvals)
}

/// Carries it out. `files` are where the approvals came from, for what is told of them.
fn done(desk: &Desk, submission: &Submission, files: &[PathBuf]) -> Result<Outcome, Failure> {
    let Instruction { order, amount, .. } = submission.instruction;
    let operation = Operation::Supply(Box::new(submission.clone()));
    let ordered = match desk.ask(operation)? {
        Ok(action) => Ordered::Done(action),
        Err(Refusal::Already) => Ordered::Already,
        Err(Refusal::Protocol(Error::Auth)) => {
            let Submission { instruction, approvals } = submission;
            let policy = desk.trust()?.policy;
            let sentence = counted::told(instruction, files, approvals, &policy, Kind::Supply);
            return Err(Failure::refused(Error::Auth, sentence));
        }
        Err(Refusal::Protocol(error)) => {
            let overview = desk.overview()?;
            let short = Short::of(&submission.instruction, &overview);
            let short = short.filter(|_| matches!(error, Error::Funds | Error::Limit));
            let other = || Failure::refused(error, reason(error));
            return Err(short.map_or_else(other, |short| short.failure(desk, &overview)));
        }
        Err(other) => return Err(Failure::operation(other)),
    };
    let overview = desk.overview()?;
    let treasury = overview.balance(Account::Treasury);
    let mut object = described(&submission.instruction);
    object.insert("treasury".to_owned(), json!(treasury.minor_units()));
    let what = format!("{} of {}", capital(order.word()), desk.shown(amount));
    let mut sentence = format!("{what} is done");
    if let Some(id) = order.intermediary() {
        let mut accounts = vec![("vault", Account::Vault(id)), ("reserves", Account::Reserves(id))];
        if matches!(order, Order::Pledge(_) | Order::Release(_)) {
            accounts.push(("guarantee", Account::Guarantee(id)));
        }
        let held = |(word, account): (&str, Account)| {
            let held = overview.balance(account);
            object.insert(word.to_owned(), json!(held.minor_units()));
            format!("{word} {}", desk.shown(held))
        };
        let accounts: Vec<_> = accounts.into_iter().map(held).collect();
        sentence = format!("{sentence}; {}", accounts.join(", "));
    }
    sentence = format!("{sentence}; the treasury holds {}.", desk.shown(treasury));
    let id = hex::encode(submission.instruction.id.0);
    let before = format!("{what} was carried out before, by this instruction, {id}");
    Ok(ordered.told(sentence, &before, object.into()))
}

fn described(instruction: &Instruction) -> Map<String, Value> {
    let Instruction { issuer, id, order, currency, amount, expiry } = instruction;
    let mut object: Map<_, _> = [
        ("issuer", json!(hex::encode(issuer.0))),
        ("id", json!(hex::encode(id.0))),
        ("order", json!(order.word())),
        ("currency", json!(currency.code())),
        ("minor_units", json!(amount.minor_units())),
        ("expiry", json!(expiry.0)),
    ]
    .map(|(field, value)| (field.to_owned(), value))
    .into_iter()
    .collect();
    if let Some(intermediary) = order.intermediary() {
        object.insert("intermediary".to_owned(), json!(hex::encode(intermediary.0)));
    }
    object
}

/// What an officer signs, one line for each field.
fn read_out(instruction: &Instruction, decimals: u8) -> String {
    let Instruction { issuer, id, order, currency, amount, expiry } = instruction;
    let units = amount.minor_units();
    let shown = amount.to_decimal(decimals);
    let mut lines = vec![format!("{:12} {}", "order", order.word())];
    if let Some(intermediary) = order.intermediary() {
        lines.push(format!("{:12} {}", "intermediary", hex::encode(intermediary.0)));
    }
    lines.push(format!("{:12} {shown} {currency} ({units} minor units)", "amount"));
    lines.push(format!("{:12} {}", "expiry", moment(*expiry)));
    lines.push(format!("{:12} {}", "issuer", hex::encode(issuer.0)));
    lines.push(format!("{:12} {}", "id", hex::encode(id.0)));
    lines.join("\n")
}

fn reason(error: Error) -> &'static str {
    match error {
        Error::SidConflict => {
            "another instruction of this id was carried out, and its id is used up; nothing was \
             changed"
        }
        Error::RequestExpired => {
            "the instruction is past its expiry, or valid for longer than 30 days; \
             nothing was changed"
        }
        Error::Funds => "the account that pays does not cover this; nothing was changed",
        Error::Limit => "the vault would hold more than its quota; nothing was changed",
        Error::Amount => "the amount must be above zero and within range; nothing was changed",
        _ => "the instruction is not for this issuer; nothing was changed",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Instructions and approvals are handed over as canonical bytes in hex, on one line.
fn write(path: &Path, what: &impl Encode) -> Result<(), Failure> {
    let text = format!("{}\n", hex::encode(what.to_bytes()));
    std::fs::write(path, text).map_err(|error| unwritten(path, &error))
}

fn read<T: Decode>(path: &Path, what: &str) -> Result<T, Failure> {
    let text = std::fs::read(path).map_err(|error| unread(path, &error))?;
    let bytes = hex::decode(text.trim_ascii()).ok();
    let read = bytes.and_then(|bytes| T::from_bytes(&bytes).ok());
    read.ok_or_else(|| Failure::usage(format!("{} is no {what}", path.display())))
}
