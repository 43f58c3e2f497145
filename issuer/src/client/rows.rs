//! The rows of the books as the operators' rpcs carry them, read.

use crate::overview::{Answered, Booked, Proved, Recorded, Registered, SomeWallets};
use crate::rows::{
    Action, Bytes, Dismissed, Held, Incident, Intermediary, Member, Membership, Name, Standing,
};
use tender_proto::operator::Duty;
use tender_proto::{Malformed, wire};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::identity::{IdentityKey, Pseudonym, RegistrarId};
use tender_token::token::TokenId;
use tender_token::treasury::{Instruction, InstructionId};

/// An intermediary. Errors: [`Malformed`].
pub fn intermediary(line: wire::IntermediaryRow) -> Result<(RegistrarId, Intermediary), Malformed> {
    let id = RegistrarId::from_bytes(&line.intermediary);
    let fingerprint = <[u8; 32]>::from_bytes(&line.fingerprint);
    let since = line.suspended_since.map(Timestamp);
    let row = Intermediary {
        name: Name(line.name),
        fingerprint: fingerprint.map_err(|_| Malformed::Field("fingerprint"))?,
        quota: Amount::from_minor_units(line.quota),
        standing: since.map_or(Membership::Admitted, Membership::Suspended),
    };
    Ok((id.map_err(|_| Malformed::Field("intermediary"))?, row))
}

/// Somebody who was appointed. Errors: [`Malformed`].
pub fn member(line: wire::StaffRow) -> Result<([u8; 32], Member), Malformed> {
    let duty = Duty::try_from(line.duty())?;
    let fingerprint = <[u8; 32]>::from_bytes(&line.fingerprint);
    let dismissed = Dismissed(line.dismissed_since.map(Timestamp));
    let row = Member { name: Name(line.name), duty: Held(duty), dismissed };
    Ok((fingerprint.map_err(|_| Malformed::Field("fingerprint"))?, row))
}

/// A proved offence. Errors: [`Malformed`].
pub fn proved(line: wire::ProvedIncident) -> Result<Proved, Malformed> {
    let wire::ProvedIncident { number, identity, proof, time, intermediary, tokens, chains } = line;
    let identity = IdentityKey::from_bytes(&identity).map_err(|_| Malformed::Field("identity"))?;
    let intermediary = RegistrarId::from_bytes(&intermediary);
    let tokens = tokens.into_iter().map(|answered| {
        let token = TokenId::from_bytes(&answered.token).map_err(|_| Malformed::Field("token"))?;
        Ok(Answered { token, value: Amount::from_minor_units(answered.value) })
    });
    Ok(Proved {
        number,
        incident: Incident { identity, time: Timestamp(time), proof: Bytes(proof) },
        intermediary: intermediary.map_err(|_| Malformed::Field("intermediary"))?,
        tokens: tokens.collect::<Result<_, Malformed>>()?,
        chains,
    })
}

/// A posting, and what it belongs to. Errors: [`Malformed`].
pub fn booked((posting, booking): (wire::Posting, wire::Booking)) -> Result<Booked, Malformed> {
    let wire::Booking { entry, time, instruction } = booking;
    let instruction = (!instruction.is_empty()).then(|| InstructionId::from_bytes(&instruction));
    let instruction = instruction.transpose().map_err(|_| Malformed::Field("instruction"))?;
    Ok(Booked { posting: posting.try_into()?, entry, time: Timestamp(time), instruction })
}

/// What somebody changed. Errors: [`Malformed`].
pub fn action(line: &wire::RecordedAction) -> Result<Recorded, Malformed> {
    let action = Action::from_bytes(&line.action).map_err(|_| Malformed::Field("action"))?;
    let signed = Some(&line.instruction).filter(|signed| !signed.is_empty());
    let signed = signed.map(|signed| Instruction::from_bytes(signed)).transpose();
    let instruction = signed.map_err(|_| Malformed::Field("instruction"))?;
    Ok(Recorded { number: line.number, action, instruction })
}

/// Some wallets of an intermediary. Errors: [`Malformed`].
pub fn wallets(reply: wire::WalletsReply) -> Result<SomeWallets, Malformed> {
    let wire::WalletsReply { wallets, last } = reply;
    let last = (!last.is_empty()).then(|| IdentityKey::from_bytes(&last)).transpose();
    let wallets = wallets.iter().map(wallet).collect::<Result<_, _>>()?;
    Ok(SomeWallets { wallets, last: last.map_err(|_| Malformed::Field("last"))? })
}

fn wallet(line: &wire::WalletRow) -> Result<Registered, Malformed> {
    let since = Timestamp(line.since);
    let standing = match line.standing() {
        wire::WalletStanding::Unspecified => return Err(Malformed::Missing("standing")),
        wire::WalletStanding::Open => Standing::Open,
        wire::WalletStanding::Closed => Standing::Closed(since),
        wire::WalletStanding::Frozen => Standing::Frozen(since),
    };
    let identity = IdentityKey::from_bytes(&line.identity);
    let pseudonym = Pseudonym::from_bytes(&line.pseudonym);
    Ok(Registered {
        identity: identity.map_err(|_| Malformed::Field("identity"))?,
        pseudonym: pseudonym.map_err(|_| Malformed::Field("pseudonym"))?,
        standing,
    })
}
