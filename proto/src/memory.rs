//! Memory: what a program knows stays in its memory, also when it crashes.
//!
//! Every program holds keys. A core dump would write them into a file that outlives the process and
//! is as readable as the system's settings happen to say.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Switches core dumps of this process off, and keeps other processes of the same user from reading
/// its memory. To be called before anything secret is read. Errors: the system's.
pub fn keep_private() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{dumpable_behavior, getrlimit};

    #[test]
    fn g3_a_process_that_holds_keys_leaves_no_core_dump() {
        keep_private().expect("a process may always lower its own limits");
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        assert_eq!(getrlimit(Resource::Core), none);
        assert_eq!(dumpable_behavior().ok(), Some(DumpableBehavior::NotDumpable));
    }
}
