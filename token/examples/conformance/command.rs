//! The command line: its arguments, what it prints, and its exit status.

use super::checks::{Finding, findings};
use super::file::File;
use serde_json::json;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Exit status: every case has the expected outcome.
pub const PASSED: u8 = 0;
/// Exit status: at least one case has another outcome.
pub const FAILED: u8 = 1;
/// Exit status: the command line or the file cannot be used, or the output not written.
pub const UNUSABLE: u8 = 2;

const USAGE: &str = "\
Usage: conformance [--json] FILE

Runs the cases of FILE, JSON as token/tests/vectors/README.md describes it.
--json prints one object instead of lines.
Exit status: 0 all passed, 1 some failed, 2 the command line or FILE cannot be used.
";

/// What the command line asks for.
enum Request {
    Usage,
    Cases { path: PathBuf, json: bool },
}

/// Runs the command with these arguments, without the program's name, and returns its exit status.
pub fn run(
    arguments: impl Iterator<Item = OsString>,
    output: &mut impl Write,
    errors: &mut impl Write,
) -> u8 {
    let outcome = request(arguments).and_then(|request| match request {
        Request::Usage => {
            write!(output, "{USAGE}").map(|()| true).map_err(|error| unwritten(&error))
        }
        Request::Cases { path, json } => run_cases(&path, json, output),
    });
    match outcome {
        Ok(true) => PASSED,
        Ok(false) => FAILED,
        Err(problem) => {
            // If this cannot be written either, the exit status still tells.
            let _ = writeln!(errors, "conformance: {problem}");
            UNUSABLE
        }
    }
}

fn request(arguments: impl Iterator<Item = OsString>) -> Result<Request, String> {
    let (mut path, mut json) = (None, false);
    for argument in arguments {
        match argument.to_str() {
            Some("-h" | "--help") => return Ok(Request::Usage),
            Some("--json") => json = true,
            Some(flag) if flag.starts_with('-') => {
                return Err(format!("there is no option {flag}\n\n{USAGE}"));
            }
            _ if path.is_some() => return Err(format!("name one FILE only\n\n{USAGE}")),
            _ => path = Some(PathBuf::from(argument)),
        }
    }
    let path = path.ok_or_else(|| format!("name a FILE of known answers\n\n{USAGE}"))?;
    Ok(Request::Cases { path, json })
}

/// Whether all cases passed.
fn run_cases(path: &Path, json: bool, output: &mut impl Write) -> Result<bool, String> {
    let file = File::read(path)?;
    let findings = findings(&file)?;
    let written = if json { as_json(findings, output) } else { as_lines(findings, output) };
    written.map_err(|error| unwritten(&error))
}

fn as_lines(findings: impl Iterator<Item = Finding>, output: &mut impl Write) -> io::Result<bool> {
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for finding in findings {
        let Finding { id, expected, got, .. } = &finding;
        if finding.passed() {
            passed += 1;
            writeln!(output, "{id} ok")?;
        } else {
            failed += 1;
            writeln!(output, "{id} FAIL expected {expected} got {got}")?;
        }
    }
    writeln!(output, "{passed} passed, {failed} failed")?;
    Ok(failed == 0)
}

fn as_json(findings: impl Iterator<Item = Finding>, output: &mut impl Write) -> io::Result<bool> {
    let findings: Vec<_> = findings.collect();
    let passed = findings.iter().filter(|finding| finding.passed()).count();
    let failed = findings.len() - passed;
    let case = |finding: &Finding| {
        json!({
            "id": finding.id,
            "check": finding.check,
            "note": finding.note,
            "passed": finding.passed(),
            "expected": finding.expected.to_string(),
            "got": finding.got.to_string(),
        })
    };
    let cases: Vec<_> = findings.iter().map(case).collect();
    writeln!(output, "{}", json!({ "passed": passed, "failed": failed, "cases": cases }))?;
    Ok(failed == 0)
}

fn unwritten(error: &io::Error) -> String {
    format!("the output cannot be written: {error}")
}
