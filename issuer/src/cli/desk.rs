//! The desk: where an operator's command goes, whether a server runs or not.
//!
//! A command takes the store itself when no server holds it. Either way the operation is the same
//! one, carried out by the store's only writer.

use super::founded::{OPERATOR, certificate_path, read_amount, read_config_of, read_text};
use super::outcome::Failure;
use crate::config::Config;
use crate::home::Home;
use crate::operation::{Done, Operation, Order, Refusal, carry_out};
use crate::overview::{self, Overview};
use crate::rows::{Account, AccountKey, Incident, Intermediary};
use crate::store::Store;
use tender_proto::certificate::fingerprint_of_pem;
use tender_proto::statement::Posting;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::identity::RegistrarId;
use tender_token::policy::Policy;

/// An operator's way to the books.
#[derive(Debug)]
pub struct Desk {
    /// What the issuer was founded with.
    pub config: Config,
    /// SHA-256 of the operator's certificate.
    operator: [u8; 32],
    store: Store,
    policy: Policy,
}

impl Desk {
    /// Opens the books. Errors: no issuer is founded here, or its files cannot be used.
    pub fn open(home: &Home) -> Result<Self, Failure> {
        let config = read_config_of(home)?;
        let certificate = read_text(&certificate_path(home, OPERATOR))?;
        let operator = fingerprint_of_pem(&certificate)
            .ok_or_else(|| Failure::fault("the operator's certificate cannot be read"))?;
        let store = Store::open(&home.directory())?;
        let policy = store.trust()?.policy;
        Ok(Self { config, operator, store, policy })
    }

    /// Carries an operation out. Errors: a fault; the refusal is the operation's own.
    pub fn ask(
        &self,
        operation: Operation,
        now: Timestamp,
    ) -> Result<Result<Done, Refusal>, Failure> {
        let order = Order { operator: self.operator, operation };
        Ok(carry_out(&self.store, &self.policy, &order, now)?)
    }

    /// What all accounts hold, and who is admitted. Errors: the store's.
    pub fn overview(&self) -> Result<Overview, Failure> {
        Ok(Overview::read(&self.store, self.config.currency)?)
    }

    /// An account's postings after a number. Errors: the store's.
    pub fn postings(&self, account: Account, after: u64) -> Result<Vec<Posting>, Failure> {
        let key = AccountKey { currency: self.config.currency, account };
        Ok(overview::postings(&self.store, key, after)?)
    }

    /// The incidents after a number. Errors: the store's.
    pub fn incidents(&self, after: u64) -> Result<Vec<(u64, Incident)>, Failure> {
        Ok(overview::incidents(&self.store, after)?)
    }

    /// The intermediary of a name. Errors: wrong usage, if none is admitted under it.
    pub fn intermediary(&self, name: &str) -> Result<(RegistrarId, Intermediary), Failure> {
        let overview = self.overview()?;
        let found = overview.named(name).map(|(id, row)| (id, row.clone()));
        found.ok_or_else(|| Failure::usage(format!("no intermediary named {name} is admitted")))
    }

    /// Reads an amount of the currency. Errors: wrong usage.
    pub fn amount(&self, text: &str) -> Result<Amount, Failure> {
        read_amount(&self.config, text)
    }

    /// An amount with the currency's code, for people.
    pub fn shown(&self, amount: Amount) -> String {
        self.config.shown(amount)
    }
}
