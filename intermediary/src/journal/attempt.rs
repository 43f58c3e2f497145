//! One attempt at an entry: its bytes to the issuer, and the reply into the books.

use super::{Journal, Settled, Stuck};
use crate::rows::{Entry, EntryNumber};
use crate::verbs::{claim, deposit, enrol, transfer, withdraw};
use std::sync::Arc;

impl Journal {
    /// Sends an entry's bytes and finishes it with the reply. Errors: [`Stuck`].
    pub(super) async fn attempt(&self, number: EntryNumber) -> Settled {
        let entry = self.entry(number).await?;
        if !entry.is_open() {
            return Ok(Arc::new(entry));
        }
        let finished = match entry {
            Entry::Enrol(job) => {
                let registration = job.work.registration;
                let invitation = String::new();
                let request = tender_proto::enrol::Request { registration, invitation };
                let reply = self.upstream.enrol(request).await?;
                let finish = move |view: &mut _, now| enrol::finish(view, number, reply, now);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
            Entry::Withdraw(job) => {
                let reply = self.upstream.withdraw(job.work.request).await?;
                let finish = move |view: &mut _, now| withdraw::finish(view, number, reply, now);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
            Entry::Deposit(job) => {
                let items = job.work.sent().map(|(_, bytes)| bytes.to_vec()).collect();
                let reply = self.upstream.deposit(items).await?;
                let finish = move |view: &mut _, now| deposit::finish(view, number, reply, now);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
            Entry::Claim(job) => {
                let reply = self.upstream.claim(job.work.request()).await?;
                let finish = move |view: &mut _, now| claim::finish(view, number, reply, now);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
            Entry::Transfer(job) => {
                let signed = self.teller.sign_transfer(job.work.transfer);
                let reply = self.upstream.transfer(signed).await?;
                let finish = move |view: &mut _, now| transfer::finish(view, number, reply, now);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
        };
        let entry = finished?;
        if entry.is_open() { Err(Stuck::Uncovered) } else { Ok(Arc::new(entry)) }
    }
}
