//! What comes of an order.

use crate::home::Unusable;
use crate::office;
use crate::store::Fault;
use crate::verbs::action::Ordered;
use core::fmt::Display;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::borrow::Cow;
use tender_proto::metrics::Metrics;

/// The field of an object that is about what was so already.
pub const ALREADY: &str = "already";

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was carried out.
    Done,
    /// The books refuse it, for a reason that this word names; nothing was changed.
    Refused(Cow<'static, str>),
    /// It cannot be asked like this.
    Usage,
    /// It could not be carried out; ask again.
    Fault,
    /// It was carried out, and something does not hold or differs.
    Invariant,
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// How it ended.
    pub ending: Ending,
    /// What went wrong, in a sentence; empty if nothing did.
    pub problem: String,
    /// For people.
    pub sentence: String,
    /// For programs.
    pub object: Value,
}

impl Answer {
    /// It was carried out.
    #[must_use]
    pub fn done(sentence: String, object: Value) -> Self {
        Self { ending: Ending::Done, problem: String::new(), sentence, object }
    }

    /// An order that was not refused: `now` if it was carried out, what is so `before`, without a
    /// full stop, if it was so already. The object says what it is about, and that it was so.
    #[must_use]
    pub fn ordered(ordered: Ordered, now: String, before: &str, mut object: Value) -> Self {
        match ordered {
            Ordered::Done => Self::done(now, object),
            Ordered::Already => {
                if let Value::Object(fields) = &mut object {
                    fields.insert(ALREADY.to_owned(), json!(true));
                }
                Self::done(format!("{before}; nothing was changed."), object)
            }
        }
    }

    /// A list in columns, with what they are.
    #[must_use]
    pub fn table(heading: String, lines: Vec<String>, object: Value) -> Self {
        let heading = Some(heading).filter(|_| !lines.is_empty());
        Self::listed(&heading.into_iter().chain(lines).collect::<Vec<_>>(), object)
    }

    /// A list, one line each for people, an object for programs. An empty one says so.
    #[must_use]
    pub fn listed(lines: &[String], object: Value) -> Self {
        let none = || "none".to_owned();
        Self::done(if lines.is_empty() { none() } else { lines.join("\n") }, object)
    }

    /// It was carried out, and something does not hold.
    #[must_use]
    pub fn violated(problem: String, sentence: String, object: Value) -> Self {
        Self { ending: Ending::Invariant, problem, sentence, object }
    }

    /// It cannot be asked like this.
    #[must_use]
    pub fn wrong(problem: impl Display) -> Self {
        let (problem, sentence) = (problem.to_string(), String::new());
        Self { ending: Ending::Usage, problem, sentence, object: json!({}) }
    }

    /// The books refuse it, for a reason that the word names.
    #[must_use]
    pub fn refused(word: &'static str, problem: impl Display) -> Self {
        Self { ending: Ending::Refused(Cow::Borrowed(word)), ..Self::wrong(problem) }
    }

    /// It could not be carried out.
    #[must_use]
    pub fn fault(problem: impl Display) -> Self {
        Self { ending: Ending::Fault, ..Self::wrong(problem) }
    }

    /// What the server measured: the page for people, its samples for programs.
    #[must_use]
    pub fn metrics(Metrics { page, samples }: Metrics) -> Self {
        Self::done(page.trim_end().to_owned(), json!({ "samples": samples }))
    }

    /// The same, saying whether the statement was fetched for it, and if not, why.
    #[must_use]
    pub fn fetched(mut self, stuck: Option<impl Display>) -> Self {
        if let Value::Object(object) = &mut self.object {
            object.insert("statement_is_new".to_owned(), json!(stuck.is_none()));
        }
        if let Some(why) = stuck {
            // Whoever reads one line must not take old agreement for news.
            let first = format!(
                "The statement could not be fetched now ({why}): what follows is as of the last \
                 one."
            );
            self.sentence = [first, self.sentence].join("\n");
        }
        self
    }

    /// The answer as one line.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers are JSON")
    }
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        Self::fault(fault)
    }
}

impl From<Unusable> for Answer {
    fn from(unusable: Unusable) -> Self {
        if unusable.is_fault() { Self::fault(unusable) } else { Self::wrong(unusable) }
    }
}

impl From<office::Problem> for Answer {
    fn from(problem: office::Problem) -> Self {
        let Some(word) = problem.word() else { return Self::fault(problem) };
        Self::refused(word, problem)
    }
}
