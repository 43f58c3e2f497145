//! One word for how a wallet stands, and for what a certificate is good for.

use crate::rows::Standing;
use tender_proto::operator::Duty;

/// How a wallet stands.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Closed(_) => "closed",
        Standing::Frozen(_) => "frozen",
    }
}

/// What a certificate is good for.
pub fn word(duty: Duty) -> &'static str {
    match duty {
        Duty::Operator => "operator",
        Duty::Auditor => "auditor",
        Duty::Supervisor => "supervisor",
    }
}
