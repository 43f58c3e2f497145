//! Every check by its name, and what a case gives.

use super::case::Case;
use super::file::{Entry, File};
use super::{cash, guilt, manifest, opening, payment, provision, withdraw};
use std::any::Any;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tender_token::error::{Error, Result};

type Check = fn(&Case<'_>) -> Result<()>;

const CHECKS: &[(&str, Check)] = &[
    ("manifest", manifest::manifest),
    ("registration", provision::registration),
    ("receipt", provision::receipt),
    ("reveal", provision::reveal),
    ("slot", provision::slot),
    ("offer", payment::offer),
    ("payment", payment::payment),
    ("cash", cash::cash),
    ("withdraw", withdraw::withdraw),
    ("value_opening", opening::value),
    ("slot_opening", opening::slot),
    ("guilt", guilt::guilt),
];

/// A case that was run.
pub struct Finding {
    pub id: String,
    pub check: Option<String>,
    pub note: Option<String>,
    pub expected: Outcome,
    pub got: Outcome,
}

/// How a check ends, or should end.
#[derive(PartialEq, Eq)]
pub enum Outcome {
    /// `OK`, or the name of an error.
    Answer(String),
    /// The case cannot be used or the check panics, and why.
    None(String),
}

impl Finding {
    /// Whether the check gave an answer, and the expected one.
    pub fn passed(&self) -> bool {
        matches!(self.got, Outcome::Answer(_)) && self.got == self.expected
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => f.write_str(answer),
            Self::None(reason) => write!(f, "no answer: {reason}"),
        }
    }
}

/// Runs the cases of a file one after the other. A problem: the file has no list of cases.
pub fn findings(file: &File) -> core::result::Result<impl Iterator<Item = Finding>, String> {
    let cases = caught(|| file.root().get("cases").members())?;
    Ok((1_usize..).zip(cases).map(|(number, entry)| finding(file, &entry, number)))
}

fn finding(file: &File, entry: &Entry<'_>, number: usize) -> Finding {
    let text = |name| entry.find(name).and_then(|entry| entry.json.as_str()).map(str::to_owned);
    let expected = caught(|| entry.get("expect").text().to_owned());
    let got = caught(|| {
        let name = entry.get("check").text();
        let known = CHECKS.iter().find(|(known, _)| *known == name);
        let (_, check) = known.unwrap_or_else(|| panic!("there is no check `{name}`"));
        check(&Case::new(file, entry)).map_or_else(Error::name, |()| "OK").to_owned()
    });
    Finding {
        id: name(entry).unwrap_or_else(|| format!("#{number}")),
        check: text("check"),
        note: text("note"),
        expected: expected.map_or_else(Outcome::None, Outcome::Answer),
        got: got.map_or_else(Outcome::None, Outcome::Answer),
    }
}

/// The `id` of a case, which may also be a number.
fn name(entry: &Entry<'_>) -> Option<String> {
    let id = entry.find("id")?.json;
    id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string()))
}

/// What a function returns, or the message with which it panics, in one line.
fn caught<T>(function: impl FnOnce() -> T) -> core::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(function)).map_err(|panic| message(panic.as_ref()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    let words = text.unwrap_or("a panic without a message").split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}
