//! The desk: where an order goes, whether a server runs or not. A command takes the books itself
//! when no server holds them, and else asks the server that does, over the socket in the home.

use super::Output;
use super::commands::{admission, cannot_serve, teller_over, upstream};
use super::problem::Problem;
use crate::anchor::Astray;
use crate::desk::{Answer, Asked, Ending, Order, SOCKET, Shown};
use crate::home::Home;
use crate::journal::Journal;
use crate::store::Fault;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use tender_proto::admission::Admission;
use tender_token::date::Timestamp;

/// Copies the books into a folder where nothing is. Errors: [`Problem`].
pub fn backup(home: &Home, out: &Path) -> Result<Output, Problem> {
    // A server may run in another folder than this command.
    let out = std::path::absolute(out);
    let out = out.map_err(|error| Problem::usage(format!("That is no folder's name: {error}.")))?;
    ask(home, Asked::Backup(out))
}

/// Fetches the statement and names what differs. Errors: [`Problem`]; also what differs.
pub fn reconcile(home: &Home, clock: fn() -> Timestamp) -> Result<Output, Problem> {
    let admission = admission(home)?;
    let books = match home.open_books() {
        Ok(books) => books,
        Err(Astray::Fault(Fault::Held)) => return ask(home, Asked::Reconcile),
        Err(astray) => return Err(astray.into()),
    };
    let teller = Arc::new(teller_over(books, home, &admission, clock)?);
    let runtime = tokio::runtime::Runtime::new().map_err(|error| cannot_serve(&error))?;
    let inside = runtime.enter();
    let journal = Arc::new(Journal::new(Arc::clone(&teller), upstream(&admission)?));
    drop(inside);
    let caught_up = runtime.block_on(journal.catch_up());
    let order = order(home, &admission, Asked::Reconcile)?;
    ended(order.carry_out(teller.store())?.fetched(caught_up.err()))
}

/// Carries an order out. Errors: [`Problem`]; also what does not hold.
pub fn ask(home: &Home, asked: Asked) -> Result<Output, Problem> {
    let admission = admission(home)?;
    let order = order(home, &admission, asked)?;
    let answer = match home.open_books() {
        Ok(books) => order.carry_out(&books)?,
        Err(Astray::Fault(Fault::Held)) => call(home, &order)?,
        Err(astray) => return Err(astray.into()),
    };
    ended(answer)
}

fn order(home: &Home, admission: &Admission, asked: Asked) -> Result<Order, Problem> {
    let name = home.config()?.name;
    let (currency, decimals) = (admission.currency.clone(), admission.decimals);
    Ok(Order { asked, shown: Shown { name, currency, decimals } })
}

/// Asks the server that holds the books. Errors: it takes no orders, or gave no answer.
fn call(home: &Home, order: &Order) -> Result<Answer, Problem> {
    let held = |_| Problem::from(Fault::Held);
    let unanswered = |error: std::io::Error| {
        Problem::fault(format!("The server that holds the books gave no answer: {error}."))
    };
    let stream = UnixStream::connect(home.folder().join(SOCKET)).map_err(held)?;
    let line = serde_json::to_string(order).expect("strings and numbers are JSON");
    (&stream).write_all(format!("{line}\n").as_bytes()).map_err(unanswered)?;
    let mut answer = String::new();
    BufReader::new(&stream).read_line(&mut answer).map_err(unanswered)?;
    serde_json::from_str(&answer).map_err(|error| unanswered(error.into()))
}

fn ended(answer: Answer) -> Result<Output, Problem> {
    let Answer { ending, problem, sentence, object } = answer;
    let output = Output { sentence, object };
    match ending {
        Ending::Done => Ok(output),
        Ending::Usage => Err(Problem::usage(as_sentence(&problem))),
        Ending::Fault => Err(Problem::fault(as_sentence(&problem))),
        Ending::Invariant => Err(Problem::invariant(as_sentence(&problem), output)),
    }
}

/// A problem as a sentence: a capital letter, and a full stop.
fn as_sentence(problem: &str) -> String {
    let mut letters = problem.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
