//! Which approvals count, and what is wrong with those that do not: told to whoever hands them in.

use super::approval::Kind;
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
    kind: Kind,
) -> String {
    told_of(what, files, given, &[(in_force, "")], kind)
}

/// The same for what several policies must approve, each with whose it is.
pub fn told_of(
    what: &impl Approvable,
    files: &[PathBuf],
    given: &[Approval],
    policies: &[(&Policy, &str)],
    kind: Kind,
) -> String {
    let (command, another) = (kind.command(), kind.another());
    let (mut valid, mut useless): (Vec<(&Path, &Approval)>, _) = (Vec::new(), Vec::new());
    for (file, approval) in files.iter().map(PathBuf::as_path).zip(given) {
        let same = valid.iter().find(|(_, other)| other.officer == approval.officer);
        let is_known = policies.iter().any(|(of, _)| of.officers.contains(&approval.officer));
        let signed = approval.officer.verify_digest(&what.digest(), &approval.signature);
        let shown = file.display();
        match (is_known, signed, same) {
            (false, _, _) => useless.push(format!("; {shown} is by nobody who is an officer")),
            (true, Err(_), _) => {
                useless.push(format!("; {shown} approves something else, such as {another}"));
            }
            (true, Ok(()), Some((first, _))) => {
                let first = first.display();
                useless.push(format!("; {shown} is by the same officer as {first}"));
            }
            (true, Ok(()), None) => valid.push((file, approval)),
        }
    }
    let count = |policy: &Policy| {
        valid.iter().filter(|(_, approval)| policy.officers.contains(&approval.officer)).count()
    };
    let counts = policies.iter().map(|(policy, whose)| {
        let (valid, k) = (count(policy), policy.officers_k);
        let verb = if valid == 1 { "is" } else { "are" };
        format!("{valid} of the {k} approvals that {whose}officers must give {verb} valid")
    });
    let counts = counts.collect::<Vec<_>>().join(", and ");
    let missing = policies
        .iter()
        .map(|(policy, _)| usize::from(policy.officers_k).saturating_sub(count(policy)));
    let at_least = if policies.len() == 1 { "" } else { "at least " };
    let next = match missing.max().unwrap_or_default() {
        0 => String::new(),
        1 => format!("; {at_least}1 more officer must give `{command}` for this"),
        more => format!("; {at_least}{more} more officers must give `{command}` for this"),
    };
    let advice = if useless.is_empty() { "" } else { "; give none but valid ones" };
    format!("{counts}{}{next}{advice}; nothing was changed", useless.concat())
}
