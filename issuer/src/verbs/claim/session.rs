//! The session that an opening names, as the issuer stored it (`[R1]`).

use crate::rows::{Resolution, SessionKey, Wallet};
use crate::verbs::provision;
use crate::view::View;
use tender_token::claim::{Form, StoredSession};
use tender_token::exchange::Request as Exchange;
use tender_token::identity::{IdentityKey, Record};
use tender_token::manifest::Manifest;
use tender_token::provision::SessionId;
use tender_token::withdraw::{Output, Request as Withdrawal};

/// Which session an opening names.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// A withdrawal.
    Withdrawal(SessionKey),
    /// An exchange, which is nobody's.
    Exchange(SessionId),
    /// A provision session.
    Provision(SessionKey),
}

impl Named {
    /// What a claim of this form names, in the sessions of this identity. `None` in form 3, and for
    /// a slot's opening that names nobody.
    pub fn by(form: &Form, identity: Option<IdentityKey>) -> Option<Self> {
        let key = |sid| identity.map(|identity| SessionKey { identity, sid });
        match form {
            Form::Withdrawer(opening) => Some(match key(opening.sid) {
                Some(key) => Self::Withdrawal(key),
                None => Self::Exchange(opening.sid),
            }),
            Form::Holder(_, opening) | Form::Payer(_, opening) => {
                key(opening.sid).map(Self::Provision)
            }
            Form::Payee(_) => None,
        }
    }

    /// The rows that hold it.
    pub fn touches(self, view: &mut View) {
        match self {
            Self::Withdrawal(key) => {
                view.withdrawals.want(key);
                view.wallets.want(key.identity);
            }
            Self::Exchange(sid) => view.exchanges.want(sid),
            Self::Provision(key) => {
                view.sessions.want(key);
                view.wallets.want(key.identity);
            }
        }
    }
}

/// What the issuer stored about it.
#[derive(Debug)]
pub enum Stored {
    Withdrawal(SessionId, Record, Vec<Output>),
    Exchange(SessionId, Vec<Output>),
    Provision(SessionId, Record, Vec<Vec<u8>>),
}

impl Stored {
    /// Reads a session. `None` if there is none that signed anything, or its series is over.
    pub fn read(named: Named, view: &View, manifest: &Manifest) -> Option<Self> {
        let owner = |key: &SessionKey| view.wallets.get(&key.identity).map(Wallet::record);
        match named {
            Named::Withdrawal(key) => {
                let bytes = view.withdrawals.get(&key)?;
                let request = Withdrawal::from_bytes(&bytes.0, manifest).ok()?;
                Some(Self::Withdrawal(key.sid, owner(&key)?.clone(), request.signed.plan.outputs))
            }
            Named::Exchange(sid) => {
                let bytes = view.exchanges.get(&sid)?;
                let request = Exchange::from_bytes(&bytes.0, manifest).ok()?;
                Some(Self::Exchange(sid, request.plan.outputs))
            }
            Named::Provision(key) => {
                let session = view.sessions.get(&key)?;
                let Resolution::Revealed(reveal) = &session.resolution else { return None };
                let open = &session.open.request;
                let reveal = provision::stored_reveal(open, reveal, manifest).ok()?;
                let kept = provision::kept(reveal);
                Some(Self::Provision(key.sid, owner(&key)?.clone(), kept))
            }
        }
    }

    /// The same as the protocol takes it.
    pub fn borrowed(&self) -> StoredSession<'_> {
        match self {
            Self::Withdrawal(sid, owner, outputs) => {
                StoredSession::Withdrawal(*sid, owner, outputs)
            }
            Self::Exchange(sid, outputs) => StoredSession::Exchange(*sid, outputs),
            Self::Provision(sid, owner, kept) => StoredSession::Provision(*sid, owner, kept),
        }
    }
}
