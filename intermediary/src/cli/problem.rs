//! What goes wrong for the operator: one sentence, one code for programs, one exit code.

use super::Output;
use crate::desk::{Answer, Ending};
use crate::home::Unusable;
use crate::office;
use crate::persons::Unreadable;
use crate::service::Ended;
use crate::store::Fault;
use serde_json::{Value, json};
use std::io::ErrorKind;

/// Wrong usage or configuration.
pub const USAGE: u8 = 2;
/// Could not answer, reach or open.
const FAULT: u8 = 3;
/// An invariant is violated.
const INVARIANT: u8 = 4;

/// A command did not do what it was asked.
pub struct Problem {
    /// The exit code.
    pub exit_code: u8,
    /// What happened, where the money is, what to do.
    pub sentence: String,
    /// What is printed besides, if there is more to say than the sentence.
    details: Option<Output>,
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
    pub fn invariant(sentence: String, details: Output) -> Self {
        Self { exit_code: INVARIANT, sentence, details: Some(details) }
    }

    /// What an answer prints, or what it says went wrong. Errors: [`Problem`].
    pub fn of(answer: Answer) -> Result<Output, Self> {
        if answer.ending == Ending::Done {
            let Answer { sentence, object, .. } = answer;
            return Ok(Output { sentence, object });
        }
        Err(answer.into())
    }

    /// What goes to stdout for people, if anything does.
    pub fn details(&self) -> Option<&str> {
        self.details.as_ref().map(|details| details.sentence.as_str())
    }

    /// The object for programs.
    pub fn object(&self) -> Value {
        let code = match self.exit_code {
            USAGE => "USAGE",
            INVARIANT => "INVARIANT",
            _ => "FAULT",
        };
        let error = json!({ "code": code, "message": self.sentence });
        let mut object = match &self.details {
            Some(Output { object: Value::Object(details), .. }) => details.clone(),
            Some(_) | None => serde_json::Map::new(),
        };
        object.insert("error".to_owned(), error);
        Value::Object(object)
    }
}

impl From<Unusable> for Problem {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::File(_, ref error) if error.kind() != ErrorKind::NotFound => {
                Self::fault(format!("{unusable}."))
            }
            Unusable::File(..)
            | Unusable::Content(..)
            | Unusable::Tiers(..)
            | Unusable::Sealed(..)
            | Unusable::Foreign(_)
            | Unusable::Setting(..)
            | Unusable::Missing(_)
            | Unusable::Whole(_) => Self::usage(format!("{unusable}.")),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::fault(format!("{fault}."))
    }
}

impl From<office::Problem> for Problem {
    fn from(problem: office::Problem) -> Self {
        Answer::from(problem).into()
    }
}

/// The answer to an order that was not carried out.
impl From<Answer> for Problem {
    fn from(undone: Answer) -> Self {
        let Answer { ending, problem, sentence, object } = undone;
        let problem = as_sentence(&problem);
        match ending {
            Ending::Usage => Self::usage(problem),
            Ending::Done | Ending::Fault => Self::fault(problem),
            Ending::Invariant => Self::invariant(problem, Output { sentence, object }),
        }
    }
}

impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Self {
        Self::fault(format!("{unreadable}."))
    }
}

impl From<Ended> for Problem {
    fn from(ended: Ended) -> Self {
        Self::fault(format!("The server stopped: {ended}."))
    }
}

/// A problem as a sentence: a capital letter, and a full stop.
fn as_sentence(problem: &str) -> String {
    let mut letters = problem.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
