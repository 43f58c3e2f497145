//! Verifies an exported log with the root's public key and nothing else.
//!
//! ```text
//! cargo run --release -p tender-token --example verify_log -- ROOT_PUB FILE
//! ```
//!
//! `ROOT_PUB` is a file with the root's public key in hex, as an issuer's `keys/root.pub`. Prints
//! size and root of the log and ends with 0, or says what is wrong, with the first bad leaf, and
//! ends with 1; with 2 if a file cannot be read.

use std::process::ExitCode;
use tender_token::log::export::verify;
use tender_token::manifest::Strictness;
use tender_token::signature::PublicKey;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [root, file] = arguments.as_slice() else {
        eprintln!("usage: verify_log ROOT_PUB FILE");
        return ExitCode::from(2);
    };
    let read = |path| std::fs::read(path).map_err(|error| format!("{}: {error}", display(path)));
    let files = read(root).and_then(|key| Ok((public_key(&key, root)?, read(file)?)));
    match files {
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
        Ok((key, bytes)) => match verify(&bytes, &key, Strictness::Production) {
            Ok(verified) => {
                let (size, root) = (verified.head.size, hex::encode(verified.head.root.0));
                println!("{size} leaves, root {root}, manifest {}", verified.epoch);
                ExitCode::SUCCESS
            }
            Err(doubt) => {
                println!("{doubt}");
                ExitCode::from(1)
            }
        },
    }
}

fn display(path: &std::ffi::OsString) -> std::path::Display<'_> {
    std::path::Path::new(path).display()
}

fn public_key(text: &[u8], path: &std::ffi::OsString) -> Result<PublicKey, String> {
    let mut key = [0; 32];
    let text = String::from_utf8_lossy(text);
    match hex::decode_to_slice(text.trim(), &mut key) {
        Ok(()) => Ok(PublicKey(key)),
        Err(error) => Err(format!("{} is no key in hex: {error}", display(path))),
    }
}
