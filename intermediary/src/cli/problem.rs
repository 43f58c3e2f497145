//! What goes wrong for the operator: one sentence, one code for programs, one exit code.

use super::Output;
use crate::desk::{Answer, Ending};
use crate::home::Unusable;
use crate::office;
use crate::persons::Unreadable;
use crate::service::Ended;
use crate::store::Fault;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Refused, by a word that names why.
const REFUSED: u8 = 1;
/// Wrong usage or configuration.
const USAGE: u8 = 2;
/// Could not answer, reach or open.
const FAULT: u8 = 3;
/// An invariant is violated.
const INVARIANT: u8 = 4;

/// A command did not do what it was asked.
pub struct Problem {
    /// The exit code.
    pub exit_code: u8,
    /// The word for programs; the same one always comes with the same exit code.
    word: Cow<'static, str>,
    /// What happened, where the money is, what to do.
    pub sentence: String,
    /// What is printed besides, if there is more to say than the sentence.
    details: Option<Output>,
    /// Whether what was asked may be done all the same.
    is_unknown: bool,
}

impl Problem {
    fn new(exit_code: u8, word: impl Into<Cow<'static, str>>, sentence: String) -> Self {
        Self { exit_code, word: word.into(), sentence, details: None, is_unknown: false }
    }

    /// Wrong usage or configuration.
    pub fn usage(sentence: String) -> Self {
        Self::new(USAGE, "USAGE", sentence)
    }

    /// Refused by the books, for a reason that the word names; nothing was changed.
    pub fn refused(word: impl Into<Cow<'static, str>>, sentence: String) -> Self {
        Self::new(REFUSED, word, sentence)
    }

    /// Could not answer, reach or open: worth another try.
    pub fn fault(sentence: String) -> Self {
        Self::new(FAULT, "FAULT", sentence)
    }

    /// A fault after which nobody knows whether what was asked is done.
    pub fn unknown(sentence: String) -> Self {
        Self { is_unknown: true, ..Self::fault(sentence) }
    }

    /// Books are not what they must be, and are not taken.
    pub fn violated(sentence: String) -> Self {
        Self::new(INVARIANT, "INVARIANT", sentence)
    }

    /// An invariant is violated; `details` is the whole audit.
    pub fn invariant(sentence: String, details: Output) -> Self {
        Self { details: Some(details), ..Self::violated(sentence) }
    }

    /// Whether what was asked is not done, and will not be.
    pub fn is_void(&self) -> bool {
        !self.is_unknown
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
        let error = json!({ "code": self.word, "message": self.sentence });
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
        let sentence = format!("{unusable}.");
        if unusable.is_fault() { Self::fault(sentence) } else { Self::usage(sentence) }
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
        // What it begins with may be a path or a word that somebody gave: no letter is changed.
        let problem = format!("{}.", problem.trim_end_matches('.'));
        match ending {
            Ending::Refused(word) => Self::refused(word, problem),
            Ending::Usage => Self::usage(problem),
            Ending::Done | Ending::Fault => Self::unknown(problem),
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
