//! Which approvals count, and what is wrong with those that do not: told to whoever hands them in.

use std::path::{Path, PathBuf};
use tender_token::policy::Policy;
use tender_token::treasury::{Approvable, Approval};

/// How many approvals a policy needs and how many are valid, then each file that is not, and why.
/// Also one that is not valid beside enough others keeps them from counting.
pub fn told(
    what: &impl Approvable,
    files: &[PathBuf],
    given: &[Approval],
    in_force: &Policy,
) -> String {
    told_of(what, files, given, &[(in_force, "")])
}

/// The same for what several policies must approve, each with whose it is.
pub fn told_of(
    what: &impl Approvable,
    files: &[PathBuf],
    given: &[Approval],
    policies: &[(&Policy, &str)],
) -> String {
    let (mut valid, mut useless): (Vec<(&Path, &Approval)>, _) = (Vec::new(), Vec::new());
    for (file, approval) in files.iter().map(PathBuf::as_path).zip(given) {
        let same = valid.iter().find(|(_, other)| other.officer == approval.officer);
        let is_known = policies.iter().any(|(of, _)| of.officers.contains(&approval.officer));
        let signed = approval.officer.verify_digest(&what.digest(), &approval.signature);
        let shown = file.display();
        match (is_known, signed, same) {
            (false, _, _) => useless.push(format!("; {shown} is by nobody who is an officer")),
            (true, Err(_), _) => useless.push(format!("; {shown} approves something else")),
            (true, Ok(()), Some((first, _))) => {
                let first = first.display();
                useless.push(format!("; {shown} is by the same officer as {first}"));
            }
            (true, Ok(()), None) => valid.push((file, approval)),
        }
    }
    let counts = policies.iter().map(|(policy, whose)| {
        let by = |(_, approval): &&(&Path, &Approval)| policy.officers.contains(&approval.officer);
        let (valid, k) = (valid.iter().filter(by).count(), policy.officers_k);
        format!("{valid} of the {k} approvals that {whose}officers must give are valid")
    });
    let counts = counts.collect::<Vec<_>>().join(", and ");
    let advice = if useless.is_empty() { "" } else { "; give none but valid ones" };
    format!("{counts}{}{advice}; nothing was changed", useless.concat())
}
