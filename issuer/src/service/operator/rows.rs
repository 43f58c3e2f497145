//! The rows of the books as the operators' rpcs carry them.

use crate::overview::{Booked, Overview, Proved, Recorded, Registered, SomeWallets, Waiting};
use crate::rows::{Decimals, Membership, Standing};
use tender_proto::wire;
use tender_token::amount::Currency;
use tender_token::encode::Encode;

/// A currency that the issuer was founded with.
pub fn currency((currency, decimals): (Currency, Decimals)) -> wire::FoundedCurrency {
    let code = currency.code().to_owned();
    wire::FoundedCurrency { code, decimals: decimals.digits().into() }
}

/// Every account, and everyone who was admitted or appointed.
pub fn overview(overview: Overview) -> wire::OverviewReply {
    let Overview { balances, intermediaries, denominations, frozen, staff } = overview;
    let denominations = denominations.into_iter().map(|(id, row)| wire::DenominationRow {
        denomination: id.to_bytes(),
        signed: row.signed.0,
        cashed: row.cashed.0,
        claimed: row.claimed.0,
        frozen: frozen.contains(&id),
    });
    let staff = staff.into_iter().map(|(fingerprint, row)| wire::StaffRow {
        fingerprint: fingerprint.to_vec(),
        name: row.name.0,
        duty: wire::Duty::from(row.duty.0).into(),
        dismissed_since: row.dismissed.0.map(|since| since.0),
    });
    let accounts = balances.into_iter().map(|(account, balance)| wire::AccountBalance {
        account: account.to_bytes(),
        balance: balance.minor_units(),
    });
    let intermediaries = intermediaries.into_iter().map(|(id, row)| wire::IntermediaryRow {
        intermediary: id.to_bytes(),
        name: row.name.0,
        fingerprint: row.fingerprint.to_vec(),
        quota: row.quota.minor_units(),
        suspended_since: match row.standing {
            Membership::Admitted => None,
            Membership::Suspended(since) => Some(since.0),
        },
    });
    wire::OverviewReply {
        accounts: accounts.collect(),
        intermediaries: intermediaries.collect(),
        denominations: denominations.collect(),
        staff: staff.collect(),
    }
}

/// A posting, and what it belongs to.
pub fn booked(booked: Booked) -> (wire::Posting, wire::Booking) {
    let Booked { posting, entry, time, instruction } = booked;
    let instruction = instruction.map(|id| id.to_bytes()).unwrap_or_default();
    (posting.into(), wire::Booking { entry, time: time.0, instruction })
}

/// A proved offence.
pub fn incident(proved: Proved) -> wire::ProvedIncident {
    let Proved { number, incident, intermediary, tokens, chains } = proved;
    let tokens = tokens.into_iter().map(|answered| wire::AnsweredToken {
        token: answered.token.to_bytes(),
        value: answered.value.minor_units(),
    });
    wire::ProvedIncident {
        number,
        identity: incident.identity.to_bytes(),
        proof: incident.proof.0,
        time: incident.time.0,
        intermediary: intermediary.to_bytes(),
        tokens: tokens.collect(),
        chains,
    }
}

/// A claim that waits.
pub fn claim(claim: Waiting) -> wire::WaitingClaim {
    wire::WaitingClaim {
        place: claim.place.to_bytes(),
        value: claim.value.minor_units(),
        intermediary: claim.intermediary.to_bytes(),
    }
}

/// What somebody changed.
pub fn action(recorded: Recorded) -> wire::RecordedAction {
    let Recorded { number, action, instruction } = recorded;
    let instruction = instruction.map(|signed| signed.to_bytes()).unwrap_or_default();
    wire::RecordedAction { number, action: action.to_bytes(), instruction }
}

/// Some wallets of an intermediary.
pub fn wallets(some: SomeWallets) -> wire::WalletsReply {
    wire::WalletsReply {
        wallets: some.wallets.into_iter().map(wallet).collect(),
        last: some.last.map(|identity| identity.to_bytes()).unwrap_or_default(),
    }
}

fn wallet(registered: Registered) -> wire::WalletRow {
    let Registered { identity, pseudonym, standing } = registered;
    let (standing, since) = match standing {
        Standing::Open => (wire::WalletStanding::Open, 0),
        Standing::Closed(since) => (wire::WalletStanding::Closed, since.0),
        Standing::Frozen(since) => (wire::WalletStanding::Frozen, since.0),
    };
    wire::WalletRow {
        identity: identity.to_bytes(),
        pseudonym: pseudonym.to_bytes(),
        standing: standing.into(),
        since,
    }
}
