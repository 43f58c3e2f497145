//! The words, and beginning anew with them.

use super::online::{connect, invitation};
use super::output::{Answer, Failure};
use super::{Session, files};
use crate::error::Error;
use crate::online;
use crate::seed::Seed;
use crate::store::Store;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use serde_json::json;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use tender_token::date::calendar::iso;
use zeroize::Zeroizing;

/// More than 24 words take.
const WORDS_BYTES_MAX: u64 = 4096;

impl<R: CryptoRng> Session<R> {
    pub(super) fn words(&mut self) -> Result<Answer, Failure> {
        let (wallet, _) = self.open()?;
        let words = wallet.words();
        let numbered = (1..).zip(&words).map(|(n, word)| format!("{n:>2} {word:<10}"));
        let rows: Vec<_> = numbered.collect();
        let rows = rows.chunks(4).map(|row| row.join("  ").trim_end().to_owned());
        let text = rows.collect::<Vec<_>>().join("\n");
        Ok(Answer { text, json: json!({ "words": words }) })
    }

    pub(super) fn restore(&mut self, path: &Path, words: Option<&Path>) -> Result<Answer, Failure> {
        let invitation = invitation(path)?;
        let seed = Seed::from_words(&read_words(words)?).map_err(Error::Words)?;
        let mut client = connect(&invitation)?;
        let now = self.now;
        let wallet = if self.file()?.exists() {
            let mut wallet = Wallet::open(Store::open(&self.file()?).map_err(Error::Store)?)?;
            if wallet.words() != seed.words() {
                return Err(Failure::usage(anyhow::anyhow!(
                    "The wallet in this folder has other words: use an empty folder."
                )));
            }
            wallet.begin_enrol(invitation, now)?;
            wallet
        } else {
            files::make_home(self.home()?)?;
            Wallet::recreate(&self.file()?, seed, invitation, now, &mut self.rng)?
        };
        let wallet = self.wallet.insert(wallet);
        let done = online::restore(wallet, &mut client, now, &mut self.rng)?;
        let value = wallet.money()?.show(done.value);
        let first = wallet.claimable_days()?.first().copied().map(iso);
        let when = first.as_ref().map_or_else(String::new, |day| format!(" from {day} on"));
        let doubt = if done.tokens == 0 {
            " If it held money, compare the words with what you wrote down."
        } else {
            ""
        };
        Ok(Answer {
            text: format!(
                "{} tokens worth {value} were withdrawn before the loss. What nobody cashes of \
                 them can be claimed with `claim`{when}. The wallet begins anew: provision and \
                 withdraw.{doubt}",
                done.tokens
            ),
            json: json!({
                "tokens": done.tokens, "value": done.value.minor_units(),
                "claimable_from": first, "sessions_given_up": done.given_up,
                "tokens_of_others": done.pushed, "sessions_unread": done.unread,
            }),
        })
    }
}

/// Reads the words from a file, or from whoever types or pipes them.
fn read_words(path: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    if let Some(path) = path {
        let words = String::from_utf8(files::read(path)?).map_err(Failure::usage)?;
        return Ok(Zeroizing::new(words));
    }
    let mut words = Zeroizing::new(String::new());
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprintln!("Type the 24 words on one line:");
        stdin.read_line(&mut words).map_err(Failure::fault)?;
    } else {
        stdin.take(WORDS_BYTES_MAX).read_to_string(&mut words).map_err(Failure::fault)?;
    }
    Ok(words)
}
