//! What goes to the issuer and comes back without a trace in the books: the issuer's answers are
//! the same for ever, so a wallet that got none asks again with the same bytes. A device that was
//! blocked meanwhile gets none.

use crate::journal::{Journal, Place, Stuck};
use crate::teller::NoAnswer;
use crate::verbs::cashed_list::Kept;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tender_proto::call::Call;
use tender_proto::cashed_list::{Reply as Listed, Request as Listing};
use tender_proto::provision::Request;
use tender_proto::refusal::Refusal;
use tender_proto::wire;
use tender_token::error::Error;
use tender_token::signature::PublicKey;
use tonic::Status;

/// Relays an exchange without a name. Errors: a status that tells the wallet to ask again.
pub(super) async fn exchange(
    journal: &Journal,
    place: &Place,
    request: Vec<u8>,
) -> Result<wire::ExchangeReply, Status> {
    let (admitted, request) = journal
        .at_the_counter(move |teller| {
            let admitted = teller.exchange(&request)?;
            Ok::<_, NoAnswer>((admitted, request))
        })
        .await?;
    let reply = match admitted {
        Ok(()) => journal.upstream(place)?.exchange(request).await.map_err(Stuck::from)?,
        Err(refusal) => Err(refusal),
    };
    Ok(tender_proto::exchange::to_wire(reply))
}

/// Relays a question about what was cashed of a series, unless the answer is here already.
/// Errors: a status that tells whoever asks to ask again.
pub(super) async fn cashed_list(
    journal: &Journal,
    kept: &Mutex<Kept>,
    request: Listing,
    patience: Duration,
) -> Result<Listed, Status> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(tokens) = lock().get(&request) {
        return Ok(Ok(tokens.clone()));
    }
    let admitted = journal
        .at_the_counter(move |teller| Ok::<_, NoAnswer>(teller.cashed_list(&request)))
        .await?;
    if let Err(refusal) = admitted {
        return Ok(Err(refusal));
    }
    let place = journal.place(patience).await?;
    let upstream = journal.upstream(&place)?;
    let reply = upstream.cashed_list(request).await.map_err(Stuck::from)?;
    if let Ok(tokens) = &reply {
        lock().keep(request, tokens);
    }
    Ok(reply)
}

/// Relays a wallet's question about what is stored of it, which was admitted.
/// Errors: a status that tells the wallet to ask again.
pub(super) async fn restore(
    journal: &Journal,
    place: &Place,
    call: Call,
    present: PublicKey,
) -> Result<wire::RestoreReply, Status> {
    let reply = journal.upstream(place)?.restore(call).await.map_err(Stuck::from)?;
    journal.at_the_counter(move |teller| teller.hears(present)).await?;
    Ok(tender_proto::restore::to_wire(reply))
}

/// Relays a step of a provision session of the wallet whose device is present. The session is the
/// issuer's and its answers are the same for ever, so nothing is kept here.
/// Errors: a status that tells the wallet to ask again.
pub(super) async fn provision(
    journal: &Journal,
    place: &Place,
    request: Request<tender_token::provision::SignedOpen>,
    present: PublicKey,
) -> Result<wire::ProvisionReply, Status> {
    let admitted = match request {
        Request::Open(open) => journal
            .at_the_counter(move |teller| teller.open(open, present))
            .await?
            .map(Request::Open),
        Request::Reveal { identity, reveal } => journal
            .at_the_counter(move |teller| {
                let admitted = teller.reveal(identity, &reveal, present)?;
                Ok::<_, NoAnswer>(admitted.map(|()| (identity, reveal)))
            })
            .await?
            .map(|(identity, reveal)| Request::Reveal { identity, reveal }),
    };
    match admitted {
        Ok(request) => {
            let reply = journal.upstream(place)?.provision(request).await.map_err(Stuck::from)?;
            journal.at_the_counter(move |teller| teller.hears(present)).await?;
            Ok(tender_proto::provision::to_wire(reply))
        }
        Err(Refusal { error: Error::Encoding, .. }) => Err(NoAnswer::Malformed.into()),
        Err(refusal) => Ok(tender_proto::provision::to_wire(Err(refusal))),
    }
}
