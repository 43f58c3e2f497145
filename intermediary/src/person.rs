//! A person: what we were told, what of it was verified and when, and the account outside. It
//! exists in memory and sealed ([`crate::persons`]), nowhere else.

use crate::rows::Attributes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tender_store::plain::{Count, Name};
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use zeroize::Zeroize;

/// What law wants kept of a customer.
const KEPT: [&str; 4] = ["name", "address", "document", "register"];

/// A person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// What was verified, under the names of [`Attributes::NAMES`].
    facts: BTreeMap<String, Fact>,
    /// The accounts outside to which money goes or went, in the order in which they were linked:
    /// what was on its way to an earlier one is paid there.
    accounts: Vec<String>,
}

/// Something that was verified.
#[derive(Clone, PartialEq, Eq)]
struct Fact {
    value: String,
    verified: Day,
}

impl Person {
    /// Keeps what was verified today, in the place of what was known under this name.
    /// Returns whether there is such an attribute.
    #[must_use]
    pub fn verify(&mut self, name: &str, value: &str, today: Day) -> bool {
        let known = Attributes::named(name).is_some();
        if known {
            let fact = Fact { value: value.to_owned(), verified: today };
            self.facts.insert(name.to_owned(), fact);
        }
        known
    }

    /// Keeps the account outside. The one that is linked already stays as it is.
    pub fn link(&mut self, account: &str) {
        if self.account() != Some(account) {
            self.accounts.push(account.to_owned());
        }
    }

    /// Which account outside is linked, counted from 1; 0 for none.
    #[must_use]
    pub fn address(&self) -> Count {
        Count(u64::try_from(self.accounts.len()).unwrap_or(u64::MAX))
    }

    /// The account outside.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.accounts.last().map(String::as_str)
    }

    /// What was verified.
    #[must_use]
    pub fn verified(&self) -> Attributes {
        let named = self.facts.keys().filter_map(|name| Attributes::named(name));
        named.fold(Attributes::default(), Attributes::with)
    }

    /// The name, if it was verified.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.facts.get("name").map(|fact| fact.value.as_str())
    }

    /// Whether the same was told of both, whenever it was verified.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let told = |person: &Self| -> Vec<(String, String)> {
            let facts = person.facts.iter();
            facts.map(|(name, fact)| (name.clone(), fact.value.clone())).collect()
        };
        told(self) == told(other) && self.account() == other.account()
    }

    /// What law wants kept: who it was, and where the money went.
    #[must_use]
    pub fn kept(&self) -> Self {
        let kept = self.facts.iter().filter(|(name, _)| KEPT.contains(&name.as_str()));
        let facts = kept.map(|(name, fact)| (name.clone(), fact.clone())).collect();
        Self { facts, accounts: self.accounts.clone() }
    }

    /// Everything, for programs; `iso` writes a day.
    #[must_use]
    pub fn object(&self, iso: impl Fn(Day) -> String) -> Value {
        let fact = |fact: &Fact| json!({ "value": fact.value, "verified": iso(fact.verified) });
        let facts = self.facts.iter().map(|(name, known)| (name.clone(), fact(known)));
        json!({
            "attributes": facts.collect::<serde_json::Map<_, _>>(),
            "account": self.account(),
            "accounts": self.accounts,
        })
    }

    /// Everything, in lines for people; `iso` writes a day.
    #[must_use]
    pub fn lines(&self, iso: impl Fn(Day) -> String) -> String {
        let fact = |(name, fact): (&String, &Fact)| {
            format!("{name:<9} {}, verified on {}", fact.value, iso(fact.verified))
        };
        let facts = self.facts.iter().map(fact);
        let accounts = (1..).zip(&self.accounts);
        let accounts = accounts.map(|(number, account)| format!("account {number} {account}"));
        facts.chain(accounts).collect::<Vec<_>>().join("\n")
    }
}

impl core::fmt::Debug for Person {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Person(..)")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.facts.values_mut().for_each(|fact| fact.value.zeroize());
        self.accounts.zeroize();
    }
}

impl Encode for Person {
    fn encode(&self, writer: &mut Writer) {
        let facts = u8::try_from(self.facts.len()).expect("there are few attributes");
        writer.u8(facts);
        for (name, fact) in &self.facts {
            writer.put(&Name(name.clone()));
            writer.put(&Name(fact.value.clone()));
            writer.put(&fact.verified);
        }
        writer.put(&self.address());
        self.accounts.iter().for_each(|account| writer.put(&Name(account.clone())));
    }
}

impl Decode for Person {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let mut person = Self::default();
        for _ in 0..reader.u8()? {
            let (Name(name), Name(value)) = (reader.get()?, reader.get()?);
            let verified = reader.get()?;
            let known = person.facts.keys().next_back().is_none_or(|last| *last < name);
            if !known || !person.verify(&name, &value, verified) {
                return Err(Error::Encoding);
            }
        }
        for _ in 0..reader.get::<Count>()?.0 {
            person.accounts.push(reader.get::<Name>()?.0);
        }
        Ok(person)
    }
}
