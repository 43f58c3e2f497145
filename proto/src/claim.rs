//! Claim: what nobody cashed is paid to whoever shows the most of its story.

use crate::pending::Standing;
use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result as TokenResult};
use tender_token::identity::IdentityKey;

/// What a wallet asks, as the body of a call. Whose wallet it is follows from the call's device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// A fresh random reference; in form 3 the one that the instruction names.
    pub account: AccountRef,
    /// Whose the session is that the opening names; `None` for an exchange and in form 3.
    pub session_identity: Option<IdentityKey>,
    /// Canonical bytes of the claim.
    pub claim: Vec<u8>,
}

impl Encode for Body {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account);
        writer.u8(u8::from(self.session_identity.is_some()));
        if let Some(identity) = &self.session_identity {
            writer.put(identity);
        }
        writer.sized(&self.claim);
    }
}

impl Decode for Body {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        let account = reader.get()?;
        let session_identity = match reader.u8()? {
            0 => None,
            1 => Some(reader.get()?),
            _ => return Err(Error::Encoding),
        };
        Ok(Self { account, session_identity, claim: reader.sized()?.to_vec() })
    }
}

/// What an intermediary asks for a claimant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Canonical bytes of the claim.
    pub claim: Vec<u8>,
    /// The wallet that asks; `None` in form 3, in which a key does.
    pub identity: Option<IdentityKey>,
    /// Whose the session is that the opening names, of whatever wallet epoch; `None` for an
    /// exchange, which is nobody's, and in form 3, which opens nothing.
    pub session_identity: Option<IdentityKey>,
    /// The account to be credited; `None` in form 3, whose instruction names it.
    pub account: Option<AccountRef>,
}

/// A claim that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It is paid, with so much.
    Paid(Amount),
    /// It goes before all others of its token so far, and is paid when this day is over, unless a
    /// higher one comes.
    Leads(Day),
}

/// What became of the claim, or the refusal.
pub type Reply = Result<Granted, Refusal>;

impl From<Request> for wire::ClaimRequest {
    fn from(request: Request) -> Self {
        let Request { claim, identity, session_identity, account } = request;
        let bytes = |identity: Option<IdentityKey>| identity.map(|key| key.to_bytes());
        Self {
            claim,
            identity: bytes(identity).unwrap_or_default(),
            session_identity: bytes(session_identity).unwrap_or_default(),
            account: account.map(|account| account.to_bytes()).unwrap_or_default(),
        }
    }
}

impl TryFrom<wire::ClaimRequest> for Request {
    type Error = Malformed;

    fn try_from(request: wire::ClaimRequest) -> Result<Self, Malformed> {
        let wire::ClaimRequest { claim, identity, session_identity, account } = request;
        Ok(Self {
            claim,
            identity: named(&identity, "identity")?,
            session_identity: named(&session_identity, "session_identity")?,
            account: named(&account, "account")?,
        })
    }
}

/// What a field names, if it is not empty. Errors: [`Malformed`], by the field's name.
fn named<T: Decode>(bytes: &[u8], field: &'static str) -> Result<Option<T>, Malformed> {
    let named = (!bytes.is_empty()).then(|| T::from_bytes(bytes));
    named.transpose().map_err(Malformed::field(field))
}

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::ClaimReply {
    use wire::claim_reply::Outcome;
    let outcome = match reply {
        Ok(Granted::Paid(value)) => Outcome::Paid(value.minor_units()),
        Ok(Granted::Leads(day)) => Outcome::Leads(day.0),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::ClaimReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::ClaimReply) -> Result<Reply, Malformed> {
    use wire::claim_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Paid(value) => Ok(Ok(Granted::Paid(Amount::from_minor_units(value)))),
        Outcome::Leads(day) => Ok(Ok(Granted::Leads(Day(day)))),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
        // Only intermediaries say so, and only to wallets.
        Outcome::Pending(wire::Pending {}) => Err(Malformed::Field("outcome")),
    }
}

/// What a wallet is told, as protobuf.
#[must_use]
pub fn standing_to_wire(standing: Standing<Reply>) -> wire::ClaimReply {
    use wire::claim_reply::Outcome;
    match standing {
        Standing::Decided(reply) => to_wire(reply),
        Standing::Pending => wire::ClaimReply { outcome: Some(Outcome::Pending(wire::Pending {})) },
    }
}

/// What a wallet is told, from protobuf. Errors: [`Malformed`].
pub fn standing_from_wire(reply: wire::ClaimReply) -> Result<Standing<Reply>, Malformed> {
    use wire::claim_reply::Outcome;
    match reply.outcome {
        Some(Outcome::Pending(wire::Pending {})) => Ok(Standing::Pending),
        outcome => from_wire(wire::ClaimReply { outcome }).map(Standing::Decided),
    }
}
