//! How a command went: what is printed, and with which exit code.

use super::refused::{self, Refused};
use crate::anchor::Astray;
use crate::client;
use crate::clock::Doubt;
use crate::pipeline::Ended;
use crate::service;
use crate::signer;
use crate::store::Fault;
use serde_json::{Map, Value, json};
use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use tender_proto::operator::Refusal;
use tender_store::envelope::Unopened;
use tender_token::date::calendar::{iso, moment};
use tender_token::error::Error;

/// A command that was carried out.
#[derive(Debug)]
pub struct Outcome {
    said: Option<(String, Value)>,
    code: u8,
}

impl Outcome {
    /// Done, and everything was said on the way.
    pub const SILENT: Self = Self { said: None, code: 0 };

    /// Done: a sentence for people, an object for programs.
    pub fn done(sentence: String, object: Value) -> Self {
        Self { said: Some((sentence, object)), code: 0 }
    }

    /// Done: a list, one line each for people, below what its columns are; an object for programs.
    /// An empty one says so.
    pub fn listed(heading: &str, lines: &[String], object: Value) -> Self {
        let text = if lines.is_empty() {
            "none".to_owned()
        } else {
            format!("{}\n{}", heading.trim_end(), lines.join("\n"))
        };
        Self::done(text, object)
    }

    /// The same, which wrote a file or a folder: the object says where, as `out`.
    pub fn written_to(mut self, out: &Path) -> Self {
        if let Some((_, Value::Object(object))) = &mut self.said {
            object.insert("out".to_owned(), json!(out.to_string_lossy()));
        }
        self
    }

    /// Carried out, and found that an invariant is violated.
    pub fn violated(sentence: String, object: Value) -> Self {
        Self { said: Some((sentence, object)), code: 4 }
    }
}

/// What became of the order that a command gave to the books, as far as it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not carried out, and will not be.
    Void,
    /// Whoever carries orders out is done with it: what the books say now is what became of it.
    Booked,
    /// It may have been carried out, or still be.
    Open,
}

/// A command that was not carried out.
#[derive(Debug)]
pub struct Failure {
    name: &'static str,
    code: u8,
    sentence: String,
    fate: Fate,
    /// What more the error's object says to programs: an object, or null.
    facts: Value,
}

impl Failure {
    fn void(name: &'static str, code: u8, sentence: String) -> Self {
        Self { name, code, sentence, fate: Fate::Void, facts: Value::Null }
    }

    /// What became of the order.
    pub fn fate(&self) -> Fate {
        self.fate
    }

    /// The same, which says more.
    pub fn adding(self, more: &str) -> Self {
        Self { sentence: format!("{}; {more}", self.sentence), ..self }
    }

    /// The same, in other words.
    pub fn saying(self, sentence: String) -> Self {
        Self { sentence, ..self }
    }

    /// The same, which says more to programs.
    pub fn with(self, facts: Value) -> Self {
        Self { facts, ..self }
    }

    /// Refused by a rule of the protocol.
    pub fn refused(error: Error, sentence: impl Into<String>) -> Self {
        Self::void(error.name(), 1, sentence.into())
    }

    /// An operation that was refused.
    pub fn operation(refusal: Refusal) -> Self {
        let sentence = format!("{refusal}; nothing was changed");
        Self::void(refused::word(refusal), 1, sentence)
    }

    /// Refused by the books, in the command's own words.
    pub fn books(refused: Refused, sentence: impl Into<String>) -> Self {
        Self::void(refused.word(), 1, sentence.into())
    }

    /// Wrong usage or configuration.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::void("USAGE", 2, sentence.into())
    }

    /// Something outside of the program did not work.
    pub fn fault(sentence: impl Into<String>) -> Self {
        Self { fate: Fate::Open, ..Self::void("FAULT", 3, sentence.into()) }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::fault(fault.to_string())
    }
}

impl From<Doubt> for Failure {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Gap { clock, books } => {
                let day = iso(clock.day());
                let (clock, books) = (moment(clock), moment(books));
                let sentence = format!(
                    "the machine's clock says {clock}, and the newest time in the books is \
                     {books}; nothing was decided. Mend the clock; or, if it is right, say so: \
                     --today {day}"
                );
                Self::void("CLOCK", 3, sentence)
            }
            Doubt::OtherDay { stated, clock } => {
                let (stated, clock) = (iso(stated), moment(clock));
                Self::usage(format!(
                    "--today says {stated}, and the machine's clock {clock}; nothing was decided"
                ))
            }
        }
    }
}

impl From<client::Fault> for Failure {
    fn from(fault: client::Fault) -> Self {
        let sentence = fault.to_string();
        match fault {
            client::Fault::Stranger(_) => Self::void("UNKNOWN_CERTIFICATE", 1, sentence),
            client::Fault::Role(_) => Self::void("ROLE", 1, sentence),
            client::Fault::Taken | client::Fault::Wrong(_) => Self::usage(sentence),
            client::Fault::Unusable(_) | client::Fault::Other { .. } => {
                Self { fate: Fate::Void, ..Self::fault(sentence) }
            }
            client::Fault::Unable { .. } => Self { fate: Fate::Booked, ..Self::fault(sentence) },
            client::Fault::Silent { .. } | client::Fault::Malformed(_) => Self::fault(sentence),
        }
    }
}

impl From<signer::Uncounted> for Failure {
    fn from(uncounted: signer::Uncounted) -> Self {
        signer::Unusable::from(uncounted).into()
    }
}

impl From<signer::Unusable> for Failure {
    fn from(unusable: signer::Unusable) -> Self {
        let sentence = unusable.to_string();
        match unusable {
            signer::Unusable::Sealed { why: Unopened::Wrong, .. } => Self::usage(sentence),
            _ => Self::fault(sentence),
        }
    }
}

impl From<Astray> for Failure {
    fn from(astray: Astray) -> Self {
        let sentence = astray.to_string();
        match astray {
            Astray::Unremembered
            | Astray::Behind { .. }
            | Astray::Older { .. }
            | Astray::Forked { .. } => Self::void("INVARIANT", 4, sentence),
            Astray::Fault(_) | Astray::Damaged => Self::fault(sentence),
        }
    }
}

impl From<service::Failure> for Failure {
    fn from(failure: service::Failure) -> Self {
        let sentence = failure.to_string();
        match failure {
            service::Failure::Writer(Ended::Invariant) => Self::void("INVARIANT", 4, sentence),
            service::Failure::Writer(Ended::Fault(_))
            | service::Failure::Transport(_)
            | service::Failure::Certificate(_)
            | service::Failure::Reflection(_)
            | service::Failure::Metrics(_) => Self::fault(sentence),
        }
    }
}

/// Prints how a command went.
pub fn report(result: Result<Outcome, Failure>, json: bool) -> ExitCode {
    match result {
        Ok(Outcome { said, code }) => {
            match said {
                Some((_, object)) if json => say(&object),
                Some((sentence, _)) => say(&sentence),
                None => {}
            }
            ExitCode::from(code)
        }
        Err(failure) => failure.report(json),
    }
}

impl Failure {
    fn report(self, json: bool) -> ExitCode {
        let Self { name, code, sentence, fate: _, facts } = self;
        if json {
            let mut error = Map::new();
            error.insert("code".to_owned(), json!(name));
            error.insert("message".to_owned(), json!(sentence));
            if let Value::Object(facts) = facts {
                error.extend(facts);
            }
            say(&json!({ "error": error }));
        }
        complain(&format_args!("tender-issuer: {sentence}"));
        ExitCode::from(code)
    }
}

/// Prints what was wrong with the arguments.
pub fn usage_error(error: &clap::Error, json: bool) -> ExitCode {
    let text = error.render().to_string();
    if json {
        say(&json!({ "error": { "code": "USAGE", "message": first_sentence(&text) } }));
    }
    complain(&text.trim_end());
    ExitCode::from(2)
}

/// Prints for whoever reads. What was done stays done when nobody reads any more.
fn say(what: &dyn Display) {
    let _gone = writeln!(std::io::stdout(), "{what}");
}

/// Prints what went wrong. The exit code says it too when nobody reads any more.
fn complain(what: &dyn Display) {
    let _gone = writeln!(std::io::stderr(), "{what}");
}

/// The first paragraph of what the argument parser says, on one line: what is wrong. That it is an
/// error the object says.
fn first_sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let paragraph = paragraph.strip_prefix("error: ").unwrap_or(paragraph);
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}
