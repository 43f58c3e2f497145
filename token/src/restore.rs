//! Restoring (`[R5]`): a wallet that lost everything but its master secret finds its own again in
//! what the issuer stored.
//!
//! The issuer is not trusted here. A session is recomputed from the master secret before anything
//! about it leaves the wallet, and what somebody else made is refused (`E_RESTORE`). What comes out
//! can be claimed and never spent: nobody knows what an old slot has answered, so it answers no
//! more (`[ID3]`). The wallet keeps [`Digest::DEAD`](crate::endorse::Digest::DEAD) under each of
//! them.

mod provision;
mod reservation;
mod slots;
mod withdraw;

pub use provision::{Resolution, RestoredProvision, StoredProvision};
pub use reservation::{Query, Reservation};
pub use slots::{OwnSlot, OwnSlots};
pub use withdraw::{PushedOutput, RestoredOutput, StoredWithdrawal};
