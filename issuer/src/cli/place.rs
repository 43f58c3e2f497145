//! Where a command is given: beside the home, from elsewhere with somebody's access, or where no
//! issuer is. Every command asks for what it needs, and is refused elsewhere.

use super::desk::Desk;
use super::founded::read_text;
use super::outcome::Failure;
use super::today::Today;
use crate::home::{Home, ROOT_PUBLIC};
use clap::Command;
use std::path::{Path, PathBuf};

/// The commands that work beside the home only, and so do not show `--access`.
pub const AT_HOME: &[&str] = &[
    "init",
    "certificate list",
    "certificate renew",
    "serve",
    "ceremony new",
    "series rotate",
    "series revoke",
    "restore",
    "rollback new",
    "audit",
];

/// The commands that need no issuer, and so show nothing that would lead to one.
pub const ANYWHERE: &[&str] = &[
    "officer new",
    "treasury approve",
    "incident verify",
    "ceremony approve",
    "revocation approve",
    "rollback approve",
];

/// What of a command line says where the issuer is, and who gives the command.
#[derive(Debug)]
pub struct Place {
    /// `--home`.
    pub home: Option<Home>,
    /// `--access`.
    pub access: Option<PathBuf>,
    /// `--passphrase-file`.
    pub passphrase: Option<PathBuf>,
    /// What is known of the time.
    pub today: Today,
}

impl Place {
    /// Where the passphrase of the home's keys, or of an officer's, is, if it is in a file.
    pub fn passphrase(&self) -> Option<&Path> {
        self.passphrase.as_deref()
    }

    /// Whether the issuer is on another machine, as far as the command knows.
    pub fn is_elsewhere(&self) -> bool {
        self.access.is_some()
    }

    /// Refuses an access where no issuer is asked. Errors: wrong usage.
    pub fn nowhere(&self) -> Result<(), Failure> {
        match &self.access {
            None => Ok(()),
            Some(_) => Err(Failure::usage("this needs no issuer: give it without --access")),
        }
    }

    /// The home, for what is done beside it only. Errors: wrong usage.
    pub fn home(&self) -> Result<&Home, Failure> {
        match (&self.home, &self.access) {
            (Some(home), None) => Ok(home),
            (_, Some(_)) => Err(Failure::usage(
                "this is done at the home only, on the issuer's machine: give --home DIR, \
                 without --access",
            )),
            (None, None) => Err(Failure::usage("say where the issuer's home is: --home DIR")),
        }
    }

    /// The books, as the home's operator or as whose access it is. Errors: wrong usage, or those of
    /// [`Desk::open`] and [`Desk::call`].
    pub fn desk(&self) -> Result<Desk, Failure> {
        match (&self.home, &self.access) {
            (Some(home), None) => Desk::open(home, self.passphrase(), self.today),
            (None, Some(access)) => Desk::call(access, self.today),
            (Some(_), Some(_)) => Err(Failure::usage(
                "--home and --access both say where the issuer is: give one of them",
            )),
            (None, None) => Err(Failure::usage(
                "say where the issuer is: --home DIR on its machine, or --access FILE from \
                 elsewhere, with the access.toml of an operator, auditor or supervisor",
            )),
        }
    }

    /// The home, whose authority makes a certificate, and the books that record it: as the home's
    /// operator, or with `--access` beside `--home` as whose access it is.
    /// Errors: as for [`Self::desk`].
    pub fn authority(&self) -> Result<(&Home, Desk), Failure> {
        match (&self.home, &self.access) {
            (Some(home), None) => Ok((home, Desk::open(home, self.passphrase(), self.today)?)),
            (Some(home), Some(access)) => {
                let desk = Desk::call(access, self.today)?;
                if read_text(&home.key(ROOT_PUBLIC))? != desk.root {
                    let (home, access) = (home.folder().display(), access.display());
                    return Err(Failure::usage(format!(
                        "{access} is an access to another issuer than that in {home}; nothing was \
                         changed"
                    )));
                }
                Ok((home, desk))
            }
            (None, Some(_)) => Err(Failure::usage(
                "this makes a certificate with the home's authority, on the issuer's machine: \
                 give --home DIR beside --access",
            )),
            (None, None) => Err(Failure::usage("say where the issuer's home is: --home DIR")),
        }
    }
}

/// The options that a command does not obey; of a group, those that no command below it does.
fn ignored(command: &Command, path: &str) -> Vec<&'static str> {
    let below = command.get_subcommands().map(|inner| {
        let path = format!("{path} {}", inner.get_name());
        ignored(inner, &path)
    });
    let every = |all: Vec<&'static str>, own: Vec<&'static str>| {
        all.into_iter().filter(|option| own.contains(option)).collect()
    };
    below.reduce(every).unwrap_or_else(|| {
        if ANYWHERE.contains(&path) {
            vec!["home", "access", "today"]
        } else if AT_HOME.contains(&path) {
            vec!["access"]
        } else {
            Vec::new()
        }
    })
}

/// Takes the options that a command does not obey out of its help. They can be given all the same,
/// before the command's words, and are answered by a sentence that says what to do.
pub fn without_what_it_ignores(command: Command, path: &str, program: &Command) -> Command {
    let ignored = ignored(&command, path);
    let hidden = program.get_arguments().filter(|arg| ignored.contains(&arg.get_id().as_str()));
    command.args(hidden.map(|arg| arg.clone().hide(true)))
}
