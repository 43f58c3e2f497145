//! Restore (`[R5]`, `[W8]`): a wallet asks for all its sessions, or whether one of them is known.

use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result as TokenResult};
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;
use tender_token::provision::SessionId;
use tender_token::restore::{Query, Resolution, StoredProvision, StoredWithdrawal};
use tender_token::withdraw::{Reply as Signatures, SignedRequest};

/// What a wallet asks, as the body of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// `U`: sessions are kept per identity.
    pub identity: IdentityKey,
    /// What of it.
    pub asked: Asked,
}

/// Which sessions are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All that were accepted after the first so many; 0 for all.
    After(u64),
    /// Whether this one is known (`[W8]`).
    Session(SessionId),
}

impl Encode for Request {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.identity);
        match &self.asked {
            Asked::After(number) => {
                writer.u8(1);
                writer.u64(*number);
            }
            Asked::Session(sid) => {
                writer.u8(2);
                writer.put(sid);
            }
        }
    }
}

impl Decode for Request {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        let identity = reader.get()?;
        let asked = match reader.u8()? {
            1 => Asked::After(reader.u64()?),
            2 => Asked::Session(reader.get()?),
            _ => return Err(Error::Encoding),
        };
        Ok(Self { identity, asked })
    }
}

/// What the issuer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Some of the sessions.
    Page(Page),
    /// Whether the session is known.
    Query(Query),
}

/// The answer.
pub type Reply = Result<Told, Refusal>;

/// Sessions in the order in which the issuer accepted them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The sessions.
    pub sessions: Vec<Stored>,
    /// After which one to ask again, if there may be more.
    pub more: Option<u64>,
}

/// A session as the issuer stored it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A provision session.
    Provision(StoredProvision),
    /// A withdrawal.
    Withdrawal(Withdrawal),
}

/// A withdrawal whose denominations only a manifest can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Canonical bytes of the wallet's part of the request.
    pub request: Vec<u8>,
    /// Canonical bytes of the reply; `None` if nobody has the keys to make it any more.
    pub reply: Option<Vec<u8>>,
}

impl Withdrawal {
    /// Reads it under a manifest that still has its series. Errors: `E_ENCODING`, `E_DENOMINATION`,
    /// those of a reply to another request.
    pub fn read(&self, manifest: &Manifest) -> TokenResult<StoredWithdrawal> {
        let request = SignedRequest::from_bytes(&self.request, manifest)?;
        let read = |bytes: &Vec<u8>| Signatures::from_bytes(bytes, &request.plan, manifest);
        let reply = self.reply.as_ref().map(read).transpose()?;
        Ok(StoredWithdrawal { request, reply })
    }
}

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::RestoreReply {
    use wire::restore_reply::Outcome;
    let outcome = match reply {
        Ok(Told::Page(page)) => {
            let sessions = page.sessions.into_iter().map(Into::into).collect();
            Outcome::Page(wire::RestorePage { sessions, more: page.more.unwrap_or_default() })
        }
        Ok(Told::Query(Query { answered, known })) => {
            Outcome::Query(wire::RestoreQuery { known, answered: answered.0 })
        }
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::RestoreReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::RestoreReply) -> Result<Reply, Malformed> {
    use wire::restore_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Page(wire::RestorePage { sessions, more }) => {
            let sessions = sessions.into_iter().map(Stored::try_from).collect::<Result<_, _>>()?;
            Ok(Ok(Told::Page(Page { sessions, more: (more > 0).then_some(more) })))
        }
        Outcome::Query(wire::RestoreQuery { known, answered }) => {
            Ok(Ok(Told::Query(Query { answered: Timestamp(answered), known })))
        }
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}

impl From<Stored> for wire::StoredSession {
    fn from(stored: Stored) -> Self {
        use wire::stored_session::Session;
        let session = match stored {
            Stored::Provision(StoredProvision { request, receipt, resolution }) => {
                let revealed = match resolution {
                    Resolution::Unresolved => None,
                    Resolution::Signed(signatures) => Some(signatures),
                    Resolution::Abandoned => Some(Vec::new()),
                };
                Session::Provision(wire::StoredProvision {
                    open: request.to_bytes(),
                    receipt: receipt.to_bytes(),
                    revealed: revealed.map(|signatures| wire::Certificates { signatures }),
                })
            }
            Stored::Withdrawal(Withdrawal { request, reply }) => {
                let reply = reply.unwrap_or_default();
                Session::Withdrawal(wire::StoredWithdrawal { request, reply })
            }
        };
        Self { session: Some(session) }
    }
}

impl TryFrom<wire::StoredSession> for Stored {
    type Error = Malformed;

    fn try_from(stored: wire::StoredSession) -> Result<Self, Malformed> {
        use wire::stored_session::Session;
        match stored.session.ok_or(Malformed::Missing("session"))? {
            Session::Provision(wire::StoredProvision { open, receipt, revealed }) => {
                let resolution = match revealed {
                    None => Resolution::Unresolved,
                    Some(wire::Certificates { signatures }) if signatures.is_empty() => {
                        Resolution::Abandoned
                    }
                    Some(wire::Certificates { signatures }) => Resolution::Signed(signatures),
                };
                Ok(Self::Provision(StoredProvision {
                    request: Decode::from_bytes(&open).map_err(Malformed::field("open"))?,
                    receipt: Decode::from_bytes(&receipt).map_err(Malformed::field("receipt"))?,
                    resolution,
                }))
            }
            Session::Withdrawal(wire::StoredWithdrawal { request, reply }) => {
                let reply = (!reply.is_empty()).then_some(reply);
                Ok(Self::Withdrawal(Withdrawal { request, reply }))
            }
        }
    }
}
