//! `admit`: lets an intermediary call.

use super::Admission as Arguments;
use super::founded::{AUTHORITY, Founded, ROOT_PUBLIC, file_failure, read_credential, read_text};
use super::outcome::{Failure, Outcome};
use crate::home::{Home, write_private};
use crate::rows::{Intermediary, Name};
use crate::view::View;
use serde_json::json;
use tender_proto::admission::{Admission, Application};
use tender_proto::certificate::{Role, fingerprint_of_pem, issue};
use tender_token::identity::RegistrarId;
use tender_token::signature::PublicKey;

/// Registers the intermediary under the certificate made for it. Admitting the same one again
/// replaces its certificate; the old one is then refused. The admission is written first, so an old
/// certificate stays valid until there is a new one to hand over.
pub fn run(home: &Home, arguments: &Arguments) -> Result<Outcome, Failure> {
    let founded = Founded::open(home)?;
    let (name, id) = read_application(arguments)?;
    let taken = founded.intermediaries()?.into_iter().find(|(_, row)| row.name.0 == name);
    if taken.is_some_and(|(other, _)| other != id) {
        return Err(Failure::usage(format!("another intermediary is named {name} already")));
    }
    if arguments.out.exists() {
        let out = arguments.out.display();
        return Err(Failure::usage(format!("{out} is there already; nothing was changed")));
    }
    let authority = read_credential(home, AUTHORITY)?;
    let credential = issue(&authority, &hex::encode(id.0), Role::Client)
        .map_err(|error| Failure::fault(format!("no certificate could be made: {error}")))?;
    let fingerprint = fingerprint_of_pem(&credential.certificate)
        .ok_or_else(|| Failure::fault("the certificate that was made cannot be read"))?;
    let admission = Admission {
        issuer_address: founded.config.listen.clone(),
        root: read_text(&home.key(ROOT_PUBLIC))?,
        currency: founded.config.currency.code().to_owned(),
        decimals: founded.config.decimals,
        authority: authority.certificate,
        credential,
    };
    let text = toml::to_string(&admission).expect("an admission is strings and a number");
    let text = zeroize::Zeroizing::new(text);
    write_private(&arguments.out, text.as_bytes())
        .map_err(|error| file_failure(&arguments.out, &error))?;
    let mut view = View::default();
    view.intermediaries.want(id);
    founded.store.load(&mut view)?;
    view.intermediaries.insert(id, Intermediary { name: Name(name.clone()), fingerprint });
    founded.store.commit(view)?;
    let sentence = format!(
        "{name} is admitted. Hand it {}, which contains a secret key.",
        arguments.out.display()
    );
    let object = json!({ "name": name, "id": hex::encode(id.0) });
    Ok(Outcome::done(sentence, object))
}

fn read_application(arguments: &Arguments) -> Result<(String, RegistrarId), Failure> {
    let path = arguments.application.display();
    let wrong = |what: &str| Failure::usage(format!("{path} {what}"));
    let text = read_text(&arguments.application)?;
    let Application { name, public_key } =
        toml::from_str(&text).map_err(|_| wrong("is no application"))?;
    let mut id = [0; 32];
    let decoded = hex::decode_to_slice(&public_key, &mut id);
    decoded.map_err(|_| wrong("holds no public key of 32 bytes in hex"))?;
    PublicKey(id).check().map_err(|_| wrong("holds a public key that cannot be used"))?;
    let named = (1..=64).contains(&name.len()) && !name.chars().any(char::is_control);
    if named { Ok((name, RegistrarId(id))) } else { Err(wrong("holds no name of 1 to 64 bytes")) }
}
