//! The tables: what the issuer remembers, under which key, as canonical bytes.
//!
//! No row names a person. A wallet is its identity key and the pseudonym under which one
//! intermediary registered it; an account is a reference that means something to that one only.

use tender_proto::statement::{Cause, Posting};
use tender_token::amount::{Amount, Currency};
use tender_token::cash::{AccountRef, Cashed, Instruction};
use tender_token::date::{Day, Timestamp};
use tender_token::double_spend::{Evidence, Offence};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::endorse::State;
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, Record, RegistrarId, Registration};
use tender_token::provision::{Open, SessionId};
use tender_token::series::{DenominationId, SeriesId};
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// A table: its name in the store, its keys and its rows.
pub trait Table {
    /// Name in the store.
    const NAME: &'static str;
    /// What a row is found by.
    type Key: Encode + Decode + Ord + Clone + core::fmt::Debug + Send + Sync;
    /// What a row says.
    type Value: Encode + Decode + Clone + core::fmt::Debug + Send + Sync;
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident = $text:literal: $key:ty => $value:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl Table for $name {
            const NAME: &'static str = $text;
            type Key = $key;
            type Value = $value;
        }
    };
}

macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)* }

        impl Encode for $name {
            fn encode(&self, writer: &mut Writer) {
                $(writer.put(&self.$field);)*
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self> {
                Ok(Self { $($field: reader.get()?,)* })
            }
        }
    };
}

table! {
    /// The intermediaries that were admitted, by their Ed25519 public key.
    Intermediaries = "intermediaries": RegistrarId => Intermediary
}
table! {
    /// What was created and retired of each currency, and what is still undistributed.
    Treasury = "treasury": Currency => TreasuryAccount
}
table! {
    /// Undistributed currency of each intermediary.
    Vaults = "vaults": VaultKey => Vault
}
table! {
    /// Every change of every vault, numbered from 1 within the vault.
    Postings = "postings": PostingKey => PostingRow
}
table! {
    /// How many tokens of each denomination were signed and cashed.
    Denominations = "denominations": DenominationId => Circulation
}
table! {
    /// Every registered wallet by its identity key.
    Wallets = "wallets": IdentityKey => Wallet
}
table! {
    /// Every provision session that was ever opened.
    Sessions = "sessions": SessionKey => Session
}
table! {
    /// The one provision session of a wallet that still waits for its REVEAL ([I3]).
    Unresolved = "unresolved": IdentityKey => SessionId
}
table! {
    /// How many provision sessions a wallet opened on its latest day with any ([PR3]).
    Openings = "openings": IdentityKey => Daily
}
table! {
    /// How many slots of a series a wallet has or may still get.
    SlotQuotas = "slot_quotas": QuotaKey => Count
}
table! {
    /// Every accepted withdrawal: the bytes of the request, with both signatures.
    Withdrawals = "withdrawals": SessionKey => Bytes
}
table! {
    /// Every cashed token: one row per token, for ever ([I13]).
    CashedTokens = "cashed": TokenId => CashedToken
}
table! {
    /// Every verified endorsement that was ever presented, by the slot that answered ([D1]).
    Answers = "answers": SlotId => EvidenceList
}
table! {
    /// Double spends and reused slots that are proved, numbered from 1.
    Incidents = "incidents": Count => Incident
}
table! {
    /// Which incident proves an offence of a slot, so that it is logged once.
    Convictions = "convictions": ConvictionKey => Count
}
table! {
    /// Slots that answered twice and belong to no registered wallet: the alarm UNTRACED of [D2].
    Untraced = "untraced": SlotId => Timestamp
}
table! {
    /// Running numbers.
    Totals = "totals": Total => Count
}

/// A number of things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl Count {
    /// So many more. Sixty-four bits outlast every counter here.
    #[must_use]
    pub fn plus(self, more: u64) -> Self {
        Self(self.0.checked_add(more).expect("a counter never reaches 2^64"))
    }
}

impl Encode for Count {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for Count {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// Bytes that are canonical elsewhere, with their length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Encode for Bytes {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.0);
    }
}

impl Decode for Bytes {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.sized().map(|bytes| Self(bytes.to_vec()))
    }
}

/// A name, in UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

impl Encode for Name {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(self.0.as_bytes());
    }
}

impl Decode for Name {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let text = core::str::from_utf8(reader.sized()?);
        text.map(|text| Self(text.to_owned())).map_err(|_| Error::Encoding)
    }
}

record! {
    /// An intermediary that was admitted.
    Intermediary {
        /// Its name, unique among intermediaries.
        name: Name,
        /// SHA-256 of the certificate it calls with.
        fingerprint: [u8; 32],
    }
}

record! {
    /// The currency's account of itself, in minor units.
    #[derive(Copy, Default)]
    TreasuryAccount {
        /// All that was ever created.
        issued: Amount,
        /// All that was ever retired.
        destroyed: Amount,
        /// Created, and not yet distributed.
        balance: Amount,
    }
}

record! {
    /// Names a vault: an intermediary's holding of one currency.
    #[derive(Copy, PartialOrd, Ord)]
    VaultKey {
        /// Whose.
        intermediary: RegistrarId,
        /// Of what.
        currency: Currency,
    }
}

record! {
    /// A vault.
    #[derive(Copy, Default)]
    Vault {
        /// What may be withdrawn, in minor units.
        balance: Amount,
        /// How many postings it has.
        postings: Count,
    }
}

record! {
    /// Names a posting.
    #[derive(Copy, PartialOrd, Ord)]
    PostingKey {
        /// The vault.
        vault: VaultKey,
        /// Counts from 1.
        number: Count,
    }
}

/// A posting as statements carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingRow(pub Posting);

impl Encode for PostingRow {
    fn encode(&self, writer: &mut Writer) {
        let Posting { number, cause, amount, balance } = &self.0;
        writer.u64(*number);
        let (kind, account) = match cause {
            Cause::Distribution => (1, None),
            Cause::Withdrawal(account) => (2, Some(account)),
            Cause::Deposit(account) => (3, Some(account)),
        };
        writer.u8(kind);
        if let Some(account) = account {
            writer.put(account);
        }
        writer.put(amount);
        writer.put(balance);
    }
}

impl Decode for PostingRow {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let number = reader.u64()?;
        let cause = match reader.u8()? {
            1 => Cause::Distribution,
            2 => Cause::Withdrawal(reader.get::<AccountRef>()?),
            3 => Cause::Deposit(reader.get::<AccountRef>()?),
            _ => return Err(Error::Encoding),
        };
        Ok(Self(Posting { number, cause, amount: reader.get()?, balance: reader.get()? }))
    }
}

record! {
    /// How much of a denomination is out.
    #[derive(Copy, Default)]
    Circulation {
        /// Tokens signed.
        signed: Count,
        /// Tokens cashed.
        cashed: Count,
    }
}

/// Whether a wallet may provision and withdraw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Open,
    /// It answered twice for a slot, as was found at this time ([D2]).
    Closed(Timestamp),
}

impl Encode for Standing {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Open => writer.u8(1),
            Self::Closed(time) => {
                writer.u8(2);
                writer.put(time);
            }
        }
    }
}

impl Decode for Standing {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Open),
            2 => reader.get().map(Self::Closed),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// A registered wallet.
    Wallet {
        /// Identity and record, as they were registered.
        registration: Registration,
        /// Whether it may provision and withdraw.
        standing: Standing,
    }
}

impl Wallet {
    /// The record that the registration keeps.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.registration.record
    }
}

record! {
    /// Names a session: ids belong to one identity ([I4]).
    #[derive(Copy, PartialOrd, Ord)]
    SessionKey {
        /// `U`.
        identity: IdentityKey,
        /// `sid`.
        sid: SessionId,
    }
}

record! {
    /// So many on the latest day that had any.
    #[derive(Copy)]
    Daily {
        /// The day.
        day: Day,
        /// How many.
        count: Count,
    }
}

impl Daily {
    /// None yet.
    pub const NEVER: Self = Self { day: Day(0), count: Count(0) };

    /// How many there were on this day.
    #[must_use]
    pub fn on(&self, day: Day) -> u64 {
        if self.day == day { self.count.0 } else { 0 }
    }

    /// One more on this day.
    #[must_use]
    pub fn once_more(&self, day: Day) -> Self {
        Self { day, count: Count(self.on(day)).plus(1) }
    }
}

record! {
    /// A provision session.
    Session {
        /// OPEN.
        open: Open,
        /// REVEALs that did not match the commitment ([PR8]).
        tries: Daily,
        /// The REVEAL that resolved the session.
        resolution: Resolution,
    }
}

/// The REVEAL that resolved a session, if one did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// There is none yet.
    Awaited,
    /// Canonical bytes of REVEAL.
    Revealed(Vec<u8>),
}

impl Encode for Resolution {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Awaited => writer.u8(1),
            Self::Revealed(bytes) => {
                writer.u8(2);
                writer.sized(bytes);
            }
        }
    }
}

impl Decode for Resolution {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Awaited),
            2 => reader.sized().map(|bytes| Self::Revealed(bytes.to_vec())),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// Names a wallet's quota of slots.
    #[derive(Copy, PartialOrd, Ord)]
    QuotaKey {
        /// `U`.
        identity: IdentityKey,
        /// The series of the slots.
        series: SeriesId,
    }
}

record! {
    /// A cashed token.
    CashedToken {
        /// The intermediary that presented it.
        intermediary: RegistrarId,
        /// Its denomination.
        denomination: DenominationId,
        /// The last state of the chain that was paid.
        final_state: State,
        /// What it was cashed for.
        instruction: Instruction,
        /// Canonical bytes of the item that was paid.
        item: Bytes,
    }
}

impl CashedToken {
    /// What the protocol compares an item with.
    #[must_use]
    pub fn cashed(&self) -> Cashed {
        Cashed { final_state: self.final_state, instruction: self.instruction }
    }
}

/// What is known about one slot's answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceList(Vec<Evidence>);

impl EvidenceList {
    /// Two answers prove everything that can be proved about a slot. Whoever has shown this many for
    /// one slot is long convicted, and must not be able to grow a row without end.
    const LENGTH_MAX: usize = 256;

    /// The endorsements, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Evidence] {
        &self.0
    }

    /// Adds an endorsement unless it is there already. Returns whether the list changed.
    pub fn keep(&mut self, evidence: &Evidence) -> bool {
        let known = self.0.iter().any(|entry| entry.digest() == evidence.digest());
        let new = !known && self.0.len() < Self::LENGTH_MAX;
        if new {
            self.0.push(evidence.clone());
        }
        new
    }
}

impl Encode for EvidenceList {
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.0);
    }
}

impl Decode for EvidenceList {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.list(0..=u16::MAX).map(Self)
    }
}

record! {
    /// A proved offence.
    Incident {
        /// Whose.
        identity: IdentityKey,
        /// When it was found.
        time: Timestamp,
        /// Canonical bytes of the proof.
        proof: Bytes,
    }
}

record! {
    /// Names an offence: what a slot's two answers show.
    #[derive(Copy, PartialOrd, Ord)]
    ConvictionKey {
        /// The slot that answered twice.
        slot: SlotId,
        /// 1 for a double spend, 2 for a reused slot, as in the proof ([D3]).
        offence: [u8; 1],
    }
}

impl ConvictionKey {
    /// The name of an offence of a slot.
    #[must_use]
    pub fn new(slot: SlotId, offence: Offence) -> Self {
        let offence = match offence {
            Offence::DoubleSpend => [1],
            Offence::SlotReuse => [2],
        };
        Self { slot, offence }
    }
}

/// What a running number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Total {
    /// Incidents.
    Incidents,
}

impl Encode for Total {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Incidents => writer.u8(1),
        }
    }
}

impl Decode for Total {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Incidents),
            _ => Err(Error::Encoding),
        }
    }
}
