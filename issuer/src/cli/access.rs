//! An access: what `staff appoint` wrote for somebody who calls the server from elsewhere.

use super::founded::read_given;
use super::outcome::Failure;
use crate::client::Client;
use std::path::Path;
use tender_proto::admission::Admission;
use tender_token::amount::Currency;

/// Reads an access. Errors: wrong usage.
pub fn read(file: &Path) -> Result<(Admission, Currency), Failure> {
    let unusable = || Failure::usage(format!("{} gives no access", file.display()));
    let text = zeroize::Zeroizing::new(read_given(file)?);
    let access: Admission = toml::from_str(&text).map_err(|_| unusable())?;
    let currency = Currency::new(&access.currency).ok_or_else(unusable)?;
    Ok((access, currency))
}

/// Refuses an access that was edited where it says how amounts are read. Errors: wrong usage that
/// names the setting; a fault.
pub fn check(
    file: &Path,
    access: &Admission,
    currency: Currency,
    client: &Client,
) -> Result<(), Failure> {
    let founded = client.decimals(currency)?;
    let sentence = match founded.map(crate::rows::Decimals::digits) {
        Some(founded) if founded == access.decimals => return Ok(()),
        Some(founded) => {
            let decimals = access.decimals;
            format!("says decimals = {decimals}, and this issuer was founded with {founded}")
        }
        None => format!("says currency = {currency}, which this issuer was not founded with"),
    };
    Err(Failure::usage(format!(
        "{} {sentence}: put it back, or have another access written; nothing was changed",
        file.display()
    )))
}
