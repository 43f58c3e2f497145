//! What became of an order: one rule for every command that gives one to the books.
//!
//! What was not so before is done now, and recorded. What was so before is no error: nothing is
//! changed, and the command says what is so, of whom, and that it was. Another order where that one
//! stands already, such as another instruction of the same id, is refused.

use super::outcome::{Failure, Outcome};
use serde_json::{Value, json};
use tender_proto::operator::{Refusal, Reply};

/// What became of an order that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is carried out, and recorded under this number.
    Done(u64),
    /// It was so before, and nothing was changed.
    Already,
}

impl Ordered {
    /// What the books answered. Errors: the refusal, unless it is that it is so already.
    pub fn of(reply: Reply) -> Result<Self, Failure> {
        match reply {
            Ok(number) => Ok(Self::Done(number)),
            Err(Refusal::Already) => Ok(Self::Already),
            Err(refusal) => Err(Failure::operation(refusal)),
        }
    }

    /// Tells it: `now` if it was done, `before` without a full stop if it was so already. The
    /// object says what it is about, and gets the action's number or that it was so.
    pub fn told(self, now: String, before: &str, object: Value) -> Outcome {
        match self {
            Self::Done(action) => Outcome::done(now, with(object, "action", json!(action))),
            Self::Already => Outcome::already(before, object),
        }
    }
}

impl Outcome {
    /// It was so before: exit code 0, as for whoever did it the first time and lost the answer.
    pub fn already(before: &str, object: Value) -> Self {
        let sentence = format!("{before}; nothing was changed.");
        Self::done(sentence, with(object, "already", json!(true)))
    }
}

fn with(mut object: Value, field: &str, value: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(field.to_owned(), value);
    }
    object
}
