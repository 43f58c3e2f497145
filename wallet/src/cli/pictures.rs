//! Messages as pictures on a terminal, and back from what a camera or a scanner reads.

use super::output::{Answer, Failure};
use super::progress::Progress;
use super::{files, shown};
use crate::handover::HandoverError;
use crate::handover::parts::{Pictures, Reading};
use anyhow::{Context as _, anyhow};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::json;
use std::io::{IsTerminal as _, Write as _, stdin, stdout};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Builder;

/// Clears a terminal.
const CLEAR: &str = "\x1b[2J";
/// Goes to a terminal's upper left corner.
const HOME: &str = "\x1b[H";

/// Shows a message as pictures on a terminal, or as lines to a program.
pub(super) fn show(
    path: &Path,
    rate: u64,
    count: Option<usize>,
    json: bool,
) -> Result<Answer, Failure> {
    let message = files::any_message(path)?;
    let pictures = Pictures::of(&message).map_err(Failure::usage)?;
    let (kind, needed) = (message.kind.name(), pictures.needed());
    if stdout().is_terminal() && !json {
        let pause = Duration::from_millis(1_000 / rate.max(1));
        play(pictures.take(count.unwrap_or(usize::MAX)), pause).map_err(Failure::fault)?;
        return Ok(Answer { text: format!("The {kind} was shown."), json: json!(null) });
    }
    let count = count.unwrap_or(needed.saturating_add(needed.div_ceil(2)));
    let pictures: Vec<_> = pictures.take(count).collect();
    Ok(Answer {
        text: pictures.join("\n"),
        json: json!({ "kind": kind, "needed": needed, "pictures": pictures }),
    })
}

fn play(pictures: impl Iterator<Item = String>, pause: Duration) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let _inside = runtime.enter();
    let mut out = stdout().lock();
    write!(out, "{CLEAR}")?;
    for picture in pictures {
        let code = QrCode::with_error_correction_level(picture.as_bytes(), EcLevel::L)?;
        // Terminals are dark: what is light on paper is what they light up.
        let mut code = code.render::<Dense1x2>();
        let code = code.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        writeln!(out, "{HOME}{code}\nCtrl-C ends this.")?;
        out.flush()?;
        runtime.block_on(tokio::time::sleep(pause));
    }
    Ok(())
}

/// Reads pictures from standard input until they make a message, which becomes a file.
pub(super) fn scan(out: &Path) -> Result<Answer, Failure> {
    files::vacant(out)?;
    let mut reading = Reading::default();
    let progress = Progress::of("pictures");
    for line in stdin().lines() {
        let line = line.context("standard input cannot be read").map_err(Failure::fault)?;
        match reading.read(line.trim()) {
            Ok(Some(message)) => {
                progress.end();
                files::write(out, &message.to_bytes())?;
                let (kind, needed) = (message.kind.name(), reading.needed());
                return Ok(Answer {
                    text: format!("The {kind} is in {}.", shown(out)),
                    json: json!({ "kind": kind, "needed": needed, "out": shown(out) }),
                });
            }
            // Cameras read other things as well.
            Ok(None) | Err(HandoverError::Picture) => {}
            Err(error) => return Err(Failure::usage(error)),
        }
        progress.show(reading.known(), reading.needed());
    }
    progress.end();
    Err(Failure::usage(anyhow!(
        "{} of {} pictures were read, and no more came. Nothing was written: let the other wallet \
         show them until all are here.",
        reading.known(),
        reading.needed()
    )))
}
