//! The call: an order for the server that holds the books, and its answer.
//!
//! A server that works on an order says so every second, with an empty line. So one that says
//! nothing for longer hangs, however long the order takes.

use super::super::problem::Problem;
use crate::desk::{Answer, SOCKET};
use crate::home::Home;
use crate::store::Fault;
use std::io::{BufRead as _, BufReader, Error, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long a server may say nothing.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer, in bytes: far beyond what anybody reads, and no more than a machine can hold.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// Asks the server that holds the books. Errors: it takes no orders, or gave no answer.
pub fn call(home: &Home, letter: &str) -> Result<Answer, Problem> {
    let stream = UnixStream::connect(home.folder().join(SOCKET));
    let stream = stream.map_err(|_| Problem::from(Fault::Held))?;
    let answer = ask(&stream, letter).map_err(|error| unanswered(&error))?;
    serde_json::from_str(&answer).map_err(|_| {
        Problem::unknown(
            "The server that holds the books gave an answer of another release than this command: \
             ask with the server's own what became of the order."
                .to_owned(),
        )
    })
}

/// Errors: those of the stream; the end of it, if it comes before the answer's.
fn ask(mut stream: &UnixStream, letter: &str) -> std::io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{letter}\n").as_bytes())?;
    let mut reading = BufReader::new(stream.take(ANSWER_BYTES_MAX));
    let mut answer = String::new();
    while answer.trim_end().is_empty() {
        answer.clear();
        if reading.read_line(&mut answer)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(answer)
}

fn unanswered(error: &Error) -> Problem {
    let what = match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("has said nothing for {} s", PATIENCE.as_secs())
        }
        _ => format!("gave no answer ({error})"),
    };
    Problem::unknown(format!(
        "The server that holds the books {what}. Whether it carries the order out is not known: \
         look at the server, then ask what became of it before you give the order again."
    ))
}
