//! A letter: an order as it travels to a running server, in one line, with the release that wrote
//! it.

use super::{Answer, Order};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest order, in bytes.
pub const ORDER_BYTES_MAX: usize = 16 * 1024;
/// Orders and answers are those of one release; another one is told apart by its number.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

#[derive(Serialize, Deserialize)]
struct Letter {
    release: String,
    order: Value,
}

/// An order in one line. Errors: the answer that says why it cannot be asked like this.
pub fn write(order: &Order) -> Result<String, Answer> {
    let unreadable = |_| Answer::wrong("what is asked has letters that cannot be written down");
    let order = serde_json::to_value(order).map_err(unreadable)?;
    let letter = Letter { release: RELEASE.to_owned(), order };
    let line = serde_json::to_string(&letter).map_err(unreadable)?;
    if line.len() >= ORDER_BYTES_MAX {
        return Err(too_long());
    }
    Ok(line)
}

/// The order that is in a line. Errors: the answer that says why it is not carried out.
pub fn read(line: &str) -> Result<Order, Answer> {
    if line.len() >= ORDER_BYTES_MAX {
        return Err(too_long());
    }
    let unknown = |_| {
        let what = "the server is of another release than this command, and nothing was changed";
        Answer::wrong(format!("{what}; the server is of release {RELEASE}: use its own"))
    };
    let Letter { release, order } = serde_json::from_str(line).map_err(unknown)?;
    if release != RELEASE {
        return Err(Answer::wrong(format!(
            "the server is of release {RELEASE} and this command of {release}, and nothing was \
             changed: use the server's own"
        )));
    }
    serde_json::from_value(order).map_err(unknown)
}

fn too_long() -> Answer {
    Answer::wrong(format!(
        "what is asked is longer than {ORDER_BYTES_MAX} bytes, and nothing was changed: write less"
    ))
}
