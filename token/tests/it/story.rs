//! Every value of the story follows from the secrets in the file.

mod cash;
mod double_spend;
mod issuer;
mod opening;
mod payment;
mod provision;
mod wallet;
mod withdraw;
