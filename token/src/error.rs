//! The closed list of protocol errors (section 18).

/// Result of a protocol check.
pub type Result<T> = core::result::Result<T, Error>;

macro_rules! errors {
    ($($variant:ident = $number:literal, $name:literal, $text:literal;)*) => {
        /// Why a check of the protocol failed. The list is closed; names and numbers never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Error {
            $(#[doc = $text] $variant = $number,)*
        }

        impl Error {
            /// Every error, in the order of section 18.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Name in the protocol document, such as `E_ENCODING`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Stable number on the wire: the position in section 18, from 1.
            #[must_use]
            pub fn number(self) -> u8 {
                match self { $(Self::$variant => $number,)* }
            }

            /// One sentence for a person.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

errors! {
    Encoding = 1, "E_ENCODING", "the bytes are not a canonical encoding";
    Manifest = 2, "E_MANIFEST", "the manifest or policy cannot be used";
    KeySuspect = 3, "E_KEY_SUSPECT", "the key shares a factor with a message or blinding";
    Pop = 4, "E_POP", "the proof of possession does not hold";
    DuplicateU = 5, "E_DUPLICATE_U", "this identity is already registered";
    Auth = 6, "E_AUTH", "a signature does not verify";
    Wallet = 7, "E_WALLET", "the wallet is unknown, closed, or not the one of this session";
    SidConflict = 8, "E_SID_CONFLICT", "this session id already has other content";
    SessionOpen = 9, "E_SESSION_OPEN", "another provision session is unresolved";
    Session = 10, "E_SESSION", "there is no such session";
    Plan = 11, "E_PLAN", "the plan names other currencies or dates that are not open";
    Quota = 12, "E_QUOTA", "the wallet has all the slots it may have";
    Rate = 13, "E_RATE", "too many sessions today";
    Receipt = 14, "E_RECEIPT", "the receipt is for another session";
    Vrf = 15, "E_VRF", "the challenge is not the issuer's verifiable choice";
    Reveal = 16, "E_REVEAL", "the revealed candidates are not the committed ones";
    RequestExpired = 17, "E_REQUEST_EXPIRED", "the request is past its expiry";
    Amount = 18, "E_AMOUNT", "the sums do not agree or overflow";
    Limit = 19, "E_LIMIT", "a limit of the policy would be exceeded";
    Instr = 20, "E_INSTR", "the instruction is of another kind or for another request";
    Funds = 21, "E_FUNDS", "the account or vault does not cover this";
    Denomination = 22, "E_DENOMINATION", "the denomination is unknown";
    Kind = 23, "E_KIND", "an endorsement has the wrong kind for its place";
    Offer = 24, "E_OFFER", "the offer is unknown or already paid otherwise";
    OfferExpired = 25, "E_OFFER_EXPIRED", "the offer is past its expiry";
    SplitView = 26, "E_SPLIT_VIEW", "the other side holds another manifest";
    DupToken = 27, "E_DUP_TOKEN", "a token appears twice";
    Expired = 28, "E_EXPIRED", "the series is outside its dates";
    Hops = 29, "E_HOPS", "the token has passed through too many slots";
    DupSlot = 30, "E_DUP_SLOT", "a slot appears twice or is the payer's own";
    Denied = 31, "E_DENIED", "the token or a slot is on the deny list";
    Target = 32, "E_TARGET", "an endorsement points elsewhere";
    Nonce = 33, "E_NONCE", "the endorsement answers another offer or item";
    Deadline = 34, "E_DEADLINE", "an endorsement's day is missing, passed or too near";
    Value = 35, "E_VALUE", "the value signature does not verify";
    Cert = 36, "E_CERT", "a slot certificate does not verify";
    Response = 37, "E_RESPONSE", "a slot's answer does not verify";
    Double = 38, "E_DOUBLE", "the token was already passed on elsewhere";
    SlotReused = 39, "E_SLOT_REUSED", "the slot already answered for another token";
    Cashed = 40, "E_CASHED", "the token was already cashed";
    Opening = 41, "E_OPENING", "the opening does not match what was signed";
    Window = 42, "E_WINDOW", "claims are not open today";
    Restore = 43, "E_RESTORE", "the issuer's record of a session is not ours";
    AlreadyAnswered = 44, "E_ALREADY_ANSWERED", "the slot has given its one answer";
    Guilt = 45, "E_GUILT", "this does not prove a double spend";
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.name(), self.text())
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn numbers_are_positions_in_the_closed_list() {
        for (position, error) in Error::ALL.iter().enumerate() {
            assert_eq!(usize::from(error.number()), position + 1, "{}", error.name());
        }
    }
}
