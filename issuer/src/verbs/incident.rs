//! Incidents (section 10): a slot that answered twice names its owner, and the wallet is closed.

use crate::rows::{Bytes, ConvictionKey, Incident, Standing, Total, Wallet};
use crate::verbs::log;
use crate::view::View;
use tender_token::date::Timestamp;
use tender_token::double_spend::Conflict;
use tender_token::encode::Encode;
use tender_token::identity::IdentityKey;
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::slot::SlotId;

/// Two contradicting endorsements of one slot.
#[derive(Clone, Debug)]
pub struct Accusation {
    conflict: Conflict,
}

impl Accusation {
    /// What two endorsements of one slot say.
    #[must_use]
    pub fn new(conflict: Conflict) -> Self {
        Self { conflict }
    }

    /// The identity that they reveal (`[D2]`). A slot whose commitments the answers do not open has
    /// none. This is costly and runs in the writer, as only that knows what contradicts: it is done
    /// once for each offence of a slot, however many answers follow ([`is_known`]).
    #[must_use]
    pub fn culprit(&self) -> Option<IdentityKey> {
        self.conflict.culprit().ok()
    }

    fn key(&self) -> ConvictionKey {
        ConvictionKey::new(self.slot(), self.conflict.offence)
    }

    /// The slot that answered twice.
    #[must_use]
    pub fn slot(&self) -> SlotId {
        self.conflict.slot.id()
    }
}

/// What became of an accusation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is proved and logged under this number; the wallet is closed.
    Proved(u64),
    /// The identity is registered nowhere: the alarm of `[D2]`.
    Untraced,
}

/// The rows that tell whether an accusation is known.
pub fn touches(accusation: &Accusation, view: &mut View) {
    view.convictions.want(accusation.key());
    view.untraced.want(accusation.slot());
    view.totals.want(Total::Incidents);
}

/// Whether the offence was proved and logged before. Nothing more follows from it then.
#[must_use]
pub fn is_known(accusation: &Accusation, view: &View) -> bool {
    view.convictions.get(&accusation.key()).is_some()
}

/// Logs a proved offence once and closes the wallet for good (`[D2]`, `[D4]`). `culprit` is what
/// the accusation reveals, and its wallet is loaded.
pub fn decide(
    accusation: &Accusation,
    culprit: Option<IdentityKey>,
    view: &mut View,
    now: Timestamp,
) -> Finding {
    let wallet = culprit.and_then(|culprit| {
        let wallet = view.wallets.get(&culprit)?;
        Some((culprit, wallet.clone()))
    });
    let Some((identity, wallet)) = wallet else {
        if view.untraced.get(&accusation.slot()).is_none() {
            view.untraced.insert(accusation.slot(), now);
            publish(view, now, Effect::Untraced(accusation.slot()));
        }
        return Finding::Untraced;
    };
    let number = view.totals.get(&Total::Incidents).copied().unwrap_or_default().plus(1);
    let registration = &wallet.registration;
    let proof = accusation.conflict.prove(registration.identity, registration.record.clone());
    publish(view, now, Effect::Incident(proof.hash()));
    let incident = Incident { identity, time: now, proof: Bytes(proof.to_bytes()) };
    view.totals.insert(Total::Incidents, number);
    view.incidents.append(number, incident);
    view.convictions.insert(accusation.key(), number);
    if !matches!(wallet.standing, Standing::Closed(_)) {
        view.wallets.insert(identity, Wallet { standing: Standing::Closed(now), ..wallet });
    }
    Finding::Proved(number.0)
}

fn publish(view: &mut View, now: Timestamp, effect: Effect) {
    log::append(view, Leaf { day: now.day(), effect });
}
