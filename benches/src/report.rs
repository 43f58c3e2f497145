//! What a run measured, as ratios: times of one machine mean little, ratios of one run mean much.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The two measures that every time is compared with: one signature of RSA, one verification.
pub const MEASURES: [&str; 2] = ["rsa/sign", "rsa/verify"];

/// The subjects of one run, in the order in which they are measured.
pub struct Report {
    folder: PathBuf,
    subjects: Vec<String>,
}

impl Report {
    /// A report over the folder in which criterion keeps what it measures.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), subjects: Vec::new() }
    }

    /// Announces a subject, named `group/name`. Forgets what earlier runs measured of it, so that
    /// no ratio compares two runs. Errors: the file system's, unless nothing was kept.
    pub fn announce(&mut self, subject: String) -> io::Result<()> {
        let forgotten = match fs::remove_file(self.estimates(&subject)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        };
        self.subjects.push(subject);
        forgotten
    }

    /// A Markdown table of the subjects that were measured: the median time, and how many RSA
    /// signatures and verifications take as long. A measure that did not run gives no ratio.
    #[must_use]
    pub fn table(&self) -> String {
        let measures = MEASURES.map(|measure| self.median_ns(measure));
        let row = |subject: &String| {
            let time = self.median_ns(subject)?;
            let [signs, verifies] = measures.map(|measure| ratio(time, measure));
            Some(format!("| {subject} | {} | {signs} | {verifies} |\n", ratio(time, Some(1_000))))
        };
        let head = "| subject | µs | RSA signs | RSA verifies |\n| --- | ---: | ---: | ---: |\n";
        head.to_owned() + &self.subjects.iter().filter_map(row).collect::<String>()
    }

    /// The median of a subject in nanoseconds, if it was measured in this run.
    fn median_ns(&self, subject: &str) -> Option<u64> {
        let text = fs::read_to_string(self.estimates(subject)).ok()?;
        let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
        let median = estimates.get("median")?.get("point_estimate")?.as_f64()?;
        format!("{median:.0}").parse().ok()
    }

    fn estimates(&self, subject: &str) -> PathBuf {
        self.folder.join(subject).join("new/estimates.json")
    }
}

/// `time / measure` with two decimals, or a dash without a measure.
fn ratio(time: u64, measure: Option<u64>) -> String {
    let hundredths = measure.and_then(|measure| time.saturating_mul(100).checked_div(measure));
    match hundredths {
        Some(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
        None => "–".to_owned(),
    }
}
