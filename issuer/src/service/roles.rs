//! Who may call which method: the whole matrix, and nothing else decides it.
//!
//! A method without a row is open to nobody, so a new rpc is closed until it is given one here.

use tender_token::identity::RegistrarId;

/// Whom a client certificate stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// An admitted intermediary.
    Intermediary(RegistrarId),
    /// An intermediary that may call nothing now.
    Suspended(RegistrarId),
    /// Runs the issuer.
    Operator,
    /// Reads what is published and what adds up, and changes nothing.
    Auditor,
    /// Reads totals, intermediaries and incidents, and changes nothing.
    Supervisor,
}

impl Role {
    /// The role's name, as the matrix and the logs say it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Intermediary(_) => "intermediary",
            Self::Suspended(_) => "suspended",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Supervisor => "supervisor",
        }
    }

    /// What whoever has the role is, for people.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self {
            Self::Intermediary(_) => "an intermediary",
            Self::Suspended(_) => "an intermediary that is suspended",
            Self::Operator => "an operator",
            Self::Auditor => "an auditor",
            Self::Supervisor => "a supervisor",
        }
    }
}

/// Whom the columns of the matrix are for.
const COLUMNS: [&str; 4] = ["intermediaries", "operators", "auditors", "supervisors"];

/// A method and who may call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its path on the wire.
    pub method: &'static str,
    /// Whether intermediaries may, operators, auditors, supervisors, in this order.
    pub may: [bool; 4],
}

impl Row {
    /// The row of a method, if it has one.
    #[must_use]
    pub fn of(method: &str) -> Option<&'static Self> {
        MATRIX.iter().find(|row| row.method == method)
    }

    /// Whom the method is for, for people.
    #[must_use]
    pub fn whom(&self) -> String {
        let columns = COLUMNS.iter().zip(self.may);
        columns.filter_map(|(whom, may)| may.then_some(*whom)).collect::<Vec<_>>().join(" and ")
    }

    /// Whether a role may call the method. Who is suspended may call none.
    #[must_use]
    pub fn allows(&self, role: &Role) -> bool {
        let [intermediary, operator, auditor, supervisor] = self.may;
        match role {
            Role::Intermediary(_) => intermediary,
            Role::Suspended(_) => false,
            Role::Operator => operator,
            Role::Auditor => auditor,
            Role::Supervisor => supervisor,
        }
    }
}

const fn row(method: &'static str, may: [bool; 4]) -> Row {
    Row { method, may }
}

const YES: bool = true;
const NO_: bool = false;

/// The matrix: role × method.
pub const MATRIX: &[Row] = &[
    // method                               intermediary operator auditor supervisor
    row("/tender.v1.Issuer/Trust", /*     */ [YES, YES, YES, YES]),
    row("/tender.v1.Issuer/Enrol", /*     */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Provision", /* */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Withdraw", /*  */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Exchange", /*  */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Deposit", /*   */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Claim", /*     */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Transfer", /*  */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Statement", /* */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/Restore", /*   */ [YES, NO_, NO_, NO_]),
    row("/tender.v1.Issuer/CashedList", /**/ [YES, YES, YES, YES]),
    row("/tender.v1.Operator/Operate", /* */ [NO_, YES, NO_, NO_]),
    row("/tender.v1.Operator/Overview", /**/ [NO_, YES, YES, YES]),
    row("/tender.v1.Operator/Currencies", [NO_, YES, YES, YES]),
    row("/tender.v1.Operator/Postings", /**/ [NO_, YES, YES, NO_]),
    row("/tender.v1.Operator/Incidents", /**/ [NO_, YES, YES, YES]),
    row("/tender.v1.Operator/Claims", /*  */ [NO_, YES, YES, NO_]),
    row("/tender.v1.Operator/Leaves", /*  */ [NO_, YES, YES, NO_]),
    row("/tender.v1.Operator/Checkpoint", [NO_, YES, YES, NO_]),
    row("/tender.v1.Operator/Metrics", /* */ [NO_, YES, YES, NO_]),
    row("/tender.v1.Operator/Actions", /* */ [NO_, YES, YES, NO_]),
    row("/tender.v1.Operator/Wallets", /* */ [NO_, YES, NO_, NO_]),
    row("/tender.v1.Operator/Backup", /*  */ [NO_, YES, NO_, NO_]),
    // Whoever is known may ask whether the server serves, and, if it tells, what it can be asked.
    row("/grpc.health.v1.Health/Check", /**/ [YES, YES, YES, YES]),
    row("/grpc.health.v1.Health/Watch", /**/ [YES, YES, YES, YES]),
    row("/grpc.health.v1.Health/List", /* */ [YES, YES, YES, YES]),
    row("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", [YES, YES, YES, YES]),
];
