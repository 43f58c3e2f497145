//! What goes wrong for the operator: one sentence, one code for programs, one exit code.

use crate::home::Unusable;
use crate::service::Ended;
use crate::store::Fault;
use serde_json::{Value, json};

/// Wrong usage or configuration.
pub const USAGE: u8 = 2;
/// Could not answer, reach or open.
const FAULT: u8 = 3;
/// An invariant is violated.
const INVARIANT: u8 = 4;

/// A command did not do what it was asked.
#[derive(Debug)]
pub struct Problem {
    /// The exit code.
    pub exit_code: u8,
    /// What happened, where the money is, what to do.
    pub sentence: String,
    /// What a program gets instead, if there is more to say than the sentence.
    details: Option<Value>,
}

impl Problem {
    /// Wrong usage or configuration.
    pub fn usage(sentence: String) -> Self {
        Self { exit_code: USAGE, sentence, details: None }
    }

    /// Could not answer, reach or open: worth another try.
    pub fn fault(sentence: String) -> Self {
        Self { exit_code: FAULT, sentence, details: None }
    }

    /// An invariant is violated; `details` is the whole audit.
    pub fn invariant(sentence: String, details: Value) -> Self {
        Self { exit_code: INVARIANT, sentence, details: Some(details) }
    }

    /// The object for programs.
    pub fn object(&self) -> Value {
        let code = match self.exit_code {
            USAGE => "USAGE",
            INVARIANT => "INVARIANT",
            _ => "FAULT",
        };
        let error = json!({ "code": code, "message": self.sentence });
        match &self.details {
            Some(Value::Object(details)) => {
                let mut object = details.clone();
                object.insert("error".to_owned(), error);
                Value::Object(object)
            }
            Some(_) | None => json!({ "error": error }),
        }
    }
}

impl From<Unusable> for Problem {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::File(..) => Self::fault(format!("{unusable}.")),
            Unusable::Content(..) | Unusable::Key(_) => Self::usage(format!("{unusable}.")),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::fault(format!("{fault}."))
    }
}

impl From<Ended> for Problem {
    fn from(ended: Ended) -> Self {
        Self::fault(format!("The server stopped: {ended}."))
    }
}
