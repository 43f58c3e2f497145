//! What wallets may call: the whole list. A method that is not in it is closed to everybody, so a
//! new rpc is closed until it is given a row here.

/// The methods, by their paths on the wire. All are open to whoever reaches the server: who may do
/// what is decided by signatures within the requests.
pub const METHODS: &[&str] = &[
    "/tender.v1.Intermediary/Trust",
    "/tender.v1.Intermediary/Enrol",
    "/tender.v1.Intermediary/Provision",
    "/tender.v1.Intermediary/Withdraw",
    "/tender.v1.Intermediary/Deposit",
    "/tender.v1.Intermediary/Exchange",
    "/tender.v1.Intermediary/Claim",
    "/tender.v1.Intermediary/Restore",
    "/tender.v1.Intermediary/Transfer",
    "/tender.v1.Intermediary/Reference",
    "/tender.v1.Intermediary/Account",
    "/tender.v1.Intermediary/Statement",
    "/tender.v1.Intermediary/Notices",
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.health.v1.Health/List",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
];

/// The method of a path, if it is one.
#[must_use]
pub fn method(path: &str) -> Option<&'static str> {
    METHODS.iter().find(|method| **method == path).copied()
}
