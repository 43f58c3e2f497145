//! What wallets may call, and who: the whole list. A method that is not in it is closed to
//! everybody, so a new rpc is closed until it is given a row here.

/// Who may call a method. What exactly is decided by signatures within the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Whoever reaches the server.
    Everybody,
    /// Over a connection at whose other end a device of a customer is present.
    Present,
}

/// A method and who may call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The method, by its path on the wire.
    pub method: &'static str,
    /// Who may call it.
    pub allowed: For,
}

const fn row(method: &'static str, allowed: For) -> Row {
    Row { method, allowed }
}

/// The list.
pub const METHODS: &[Row] = &[
    row("/tender.v1.Intermediary/Trust", For::Everybody),
    row("/tender.v1.Intermediary/Enrol", For::Everybody),
    row("/tender.v1.Intermediary/Challenge", For::Everybody),
    row("/tender.v1.Intermediary/Authenticate", For::Everybody),
    row("/tender.v1.Intermediary/Provision", For::Present),
    row("/tender.v1.Intermediary/Withdraw", For::Present),
    row("/tender.v1.Intermediary/Deposit", For::Present),
    // Nobody is named: over a connection of its own, nobody is known either.
    row("/tender.v1.Intermediary/Exchange", For::Everybody),
    // The same for everybody, and nobody has to say whose tokens are looked for.
    row("/tender.v1.Intermediary/CashedList", For::Everybody),
    row("/tender.v1.Intermediary/Claim", For::Present),
    row("/tender.v1.Intermediary/Restore", For::Present),
    row("/tender.v1.Intermediary/Transfer", For::Present),
    row("/tender.v1.Intermediary/Reference", For::Present),
    row("/tender.v1.Intermediary/Account", For::Present),
    row("/tender.v1.Intermediary/Statement", For::Present),
    row("/tender.v1.Intermediary/Notices", For::Present),
    row("/grpc.health.v1.Health/Check", For::Everybody),
    row("/grpc.health.v1.Health/Watch", For::Everybody),
    row("/grpc.health.v1.Health/List", For::Everybody),
    row("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", For::Everybody),
];

/// The row of a path, if it is in the list.
#[must_use]
pub fn method(path: &str) -> Option<&'static Row> {
    METHODS.iter().find(|row| row.method == path)
}
