//! Every maximum of the protocol, in one place.

/// Least depth of a candidate tree, `d` (`[S1]`).
pub const DEPTH_MIN: u8 = 3;
/// Greatest depth of a candidate tree, `d` (`[S1]`).
pub const DEPTH_MAX: u8 = 16;
/// Least depth that production wallets and issuers accept (`[S1]`).
pub const DEPTH_MIN_PRODUCTION: u8 = 6;
/// Greatest number of SLOT endorsements in a chain that a series may allow (`[S1]`).
pub const HOPS_MAX: u8 = 32;
/// Greatest number of slots in one provision session (section 5).
pub const PLAN_SLOTS_MAX: u16 = 64;
/// Greatest number of outputs of one withdrawal (section 6).
pub const WITHDRAW_OUTPUTS_MAX: u16 = 64;
/// Greatest number of funding items of one withdrawal (section 6).
pub const WITHDRAW_ITEMS_MAX: u16 = 64;
/// Greatest number of slots in one offer (section 8: one per payment item).
pub const OFFER_SLOTS_MAX: u16 = 64;
/// Greatest number of items in one payment (section 8).
pub const PAYMENT_ITEMS_MAX: u16 = 64;
/// Longest validity of a withdrawal request, in seconds (`[W4]`).
pub const REQUEST_LIFETIME_S: u64 = 86_400;
/// Wrong REVEALs that the issuer examines per session and day (`[PR8]`).
pub const REVEAL_TRIES_PER_DAY: u8 = 5;
/// Prime factors below this bound make a modulus unacceptable (`[S4]`).
pub const SMALL_FACTOR_BOUND: u32 = 65_536;
/// Permitted lengths of an RSA modulus in bytes, `nb` (`[F6]`).
pub const MODULUS_BYTES: [usize; 2] = [256, 384];
/// Greatest number of signatures of one checkpoint: the log's and those of 255 witnesses.
pub const NOTE_SIGNATURES_MAX: usize = 256;
/// Longest validity of a supply instruction, in seconds: 30 days.
pub const INSTRUCTION_LIFETIME_S: u64 = 30 * 86_400;
/// New wallet epochs in a year that need no manual check (`[ID3]`).
pub const EPOCHS_PER_YEAR: usize = 2;
