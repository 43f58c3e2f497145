//! Restore (`[R5]`, `[W8]`): a wallet hears what was stored of it, also if it may do nothing else
//! any more.
//!
//! The question waits in line with everything else, although it changes nothing. When it is
//! decided, every request of an earlier batch is in the store, and every later one is checked by a
//! later time. So what is unknown at the time of the answer stays unknown if it expired before:
//! that releases slots (`[W8]`). The sessions themselves are read and signed out of the line, page
//! by page ([`page`]).

pub mod page;

use crate::office::Case;
use crate::rows::SessionKey;
use crate::view::View;
use tender_proto::call::{Call, Verb};
use tender_proto::restore as wire;
use tender_token::encode::Decode;
use tender_token::error::{Error, Result};
use tender_token::restore::Query;

/// A call and what it asks.
#[derive(Clone, Debug)]
pub struct Request {
    call: Call,
    /// What the wallet asks.
    pub body: wire::Request,
}

impl Request {
    /// Reads the body of a call. Errors: `E_ENCODING`.
    pub fn read(call: Call) -> Result<Self> {
        let body = wire::Request::from_bytes(&call.body)?;
        Ok(Self { call, body })
    }

    /// The session that it asks about, if it asks about one.
    fn session(&self) -> Option<SessionKey> {
        match self.body.asked {
            wire::Asked::Session(sid) => Some(SessionKey { identity: self.body.identity, sid }),
            wire::Asked::After(_) => None,
        }
    }
}

/// A question that may be answered.
#[derive(Clone, Copy, Debug)]
pub struct Checked {
    session: Option<SessionKey>,
}

/// What the wallet may hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// Its sessions.
    Sessions,
    /// Whether the one that it asked about is known.
    Query(Query),
}

/// The row that the checks need.
pub fn touches_checks(request: &Request, view: &mut View) {
    view.wallets.want(request.body.identity);
}

/// The rows of the session that the question is about.
pub fn touches(checked: &Checked, view: &mut View) {
    if let Some(session) = checked.session {
        view.sessions.want(session);
        view.withdrawals.want(session);
    }
}

/// Checks that the wallet asks, through the intermediary that registered it, and now.
/// Errors: `E_WALLET`, `E_AUTH`, `E_REQUEST_EXPIRED`.
pub fn verify(request: &Request, view: &View, case: &Case<'_>) -> Result<Checked> {
    let wallet = view.wallets.get(&request.body.identity).ok_or(Error::Wallet)?;
    case.check_registrar(wallet)?;
    if request.call.device != wallet.record().device {
        return Err(Error::Auth);
    }
    request.call.verify(Verb::Restore, case.now)?;
    Ok(Checked { session: request.session() })
}

/// Answers by what all earlier batches left. That a session is unknown holds for good only if its
/// request is never again checked by an earlier time, also not after a restart (`[W8]`).
#[must_use]
pub fn decide(checked: &Checked, view: &mut View, case: &Case<'_>) -> Granted {
    checked.session.map_or(Granted::Sessions, |session| {
        let provisioned = view.sessions.get(&session).is_some();
        let known = provisioned || view.withdrawals.get(&session).is_some();
        view.rests_on_time |= !known;
        Granted::Query(Query { answered: case.now, known })
    })
}
