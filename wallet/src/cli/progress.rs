//! How far long work is, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with how many things are done. It is shown on a terminal only.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Nothing is done yet of what is called this.
    pub(super) fn of(what: &str) -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) =
            ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {what}"))
        {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// So many of all are done.
    pub(super) fn show(&self, done: usize, all: usize) {
        self.0.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        self.0.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    }

    /// One more is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
