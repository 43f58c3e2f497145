//! Misuse: what people and broken disks do to the program, and what it says to that.

use crate::command_line::{INIT, configured, founded, program, run, told};
use crate::operator::Server;
use crate::stage::random;
use serde_json::{Value, json};
use std::fs::{create_dir, remove_file, write};
use std::process::{Command, Stdio};

/// The word and the sentence of a refusal.
fn error(said: &Value) -> (&str, &str) {
    let text = |what| said["error"][what].as_str().expect("it is an error with its reason");
    (text("code"), text("message"))
}

/// Whoever has the passphrase of the server must not have the root with it.
#[test]
fn ra17_one_passphrase_for_the_root_and_the_issuer_is_refused_before_anything_is_made() {
    let folder = configured();
    let once = std::fs::read(folder.path().join("passphrase")).expect("the folder is ours");
    write(folder.path().join("root-passphrase"), &once).expect("the folder is ours");
    let (code, said) = run(folder.path(), &INIT);
    let (word, sentence) = error(&said);
    assert_eq!((code, word), (2, "USAGE"), "{said}");
    assert!(sentence.contains("passphrase"), "{sentence}");
    assert!(!folder.path().join("home").exists(), "nothing was made");
    write(folder.path().join("root-passphrase"), "another\n").expect("the folder is ours");
    assert_eq!(run(folder.path(), &INIT).0, 0);
}

/// A server says that it listens when it can be called, and not before it finds that nobody could
/// connect: then it says one thing, which is why.
#[test]
fn ra02_a_server_that_nobody_could_connect_to_does_not_say_that_it_listens() {
    let home = founded();
    let keys = home.path().join("home/keys");
    for name in ["authority.pem", "server.pem"] {
        let whole = std::fs::read(keys.join(name)).expect("the founding made it");
        for broken in [&[][..], &whole[..whole.len() / 2], b"nothing of the kind"] {
            write(keys.join(name), broken).expect("the folder is ours");
            let mut serve = program(home.path());
            serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::null());
            let output = serve.output().expect("the program runs");
            assert_eq!(output.status.code(), Some(3), "{name}");
            let said = String::from_utf8(output.stdout).expect("it says text");
            let said: Value = serde_json::from_str(&said).expect("one JSON object");
            assert_eq!(error(&said).0, "FAULT", "{said}");
        }
        write(keys.join(name), whole).expect("the folder is ours");
    }
    let (code, said) = run(home.path(), &["serve", "--listen", "nonsense"]);
    assert_eq!((code, error(&said).0), (2, "USAGE"), "asking again will not help: {said}");
}

/// A small file beside the store that is damaged is told by its name, with what helps.
#[test]
fn b5_a_damaged_file_beside_the_store_is_told_by_its_name() {
    let home = founded();
    let folder = home.path().join("home");
    assert_eq!(run(home.path(), &["supply"]).0, 0);
    for name in ["epoch", "anchor"] {
        let whole = std::fs::read(folder.join(name)).expect("the command made it");
        for broken in [&[][..], b"x", b"\xff\xfe\x00", &[b'9'; 40]] {
            write(folder.join(name), broken).expect("the folder is ours");
            let (code, said) = run(home.path(), &["supply"]);
            let (word, sentence) = error(&said);
            assert_eq!((code, word), (3, "FAULT"), "{name}: {said}");
            assert!(sentence.contains(&format!("the file `{name}`")), "{name}: {sentence}");
        }
        write(folder.join(name), whole).expect("the folder is ours");
    }
    // What the sentence advises helps.
    write(folder.join("epoch"), "").expect("the folder is ours");
    remove_file(folder.join("epoch")).expect("the folder is ours");
    assert_eq!(run(home.path(), &["supply"]).1["issued"], json!(0));
}

/// Foundings of one home at the same time: one founds it, with keys that are all its own, and the
/// others find it founded. They once wrote their keys into one draft.
#[test]
fn b3_of_foundings_at_the_same_time_one_founds_and_the_others_change_nothing() {
    let folder = configured();
    let found = || {
        let mut init = program(folder.path());
        init.args(INIT).stdout(Stdio::piped()).spawn().expect("the program runs")
    };
    let all: Vec<_> = (0..4).map(|_| found()).collect();
    let mut codes: Vec<_> = all
        .into_iter()
        .map(|init| init.wait_with_output().expect("it is our child").status.code())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(2), Some(2), Some(2)]);
    assert!(!folder.path().join("home.new").exists(), "no draft is left");
    // It opens every key and holds it to the manifest.
    let server = Server::start(folder.path());
    assert_eq!(run(folder.path(), &["audit"]).0, 0);
    server.stop();
}

/// A reader who has seen enough, and a full disk behind standard output, are no reason to panic.
#[test]
fn ra02_help_that_nobody_reads_ends_as_help_does() {
    let folder = configured();
    for args in [&["--help"][..], &["init", "--help"], &["help", "treasury"]] {
        let full = std::fs::File::create("/dev/full").expect("Linux has it");
        let output = program(folder.path()).args(args).stdout(full).output();
        let output = output.expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    }
}

/// Whoever asks a server to stop, or closes the terminal that it was started from, lets it end what
/// is under way.
#[test]
fn ra02_a_server_ends_well_whichever_signal_stops_it() {
    let home = founded();
    for signal in ["TERM", "INT", "HUP"] {
        let server = Server::start(home.path());
        let process = server.process().to_string();
        let sent = Command::new("kill").args(["-s", signal, &process]).status();
        assert!(sent.expect("the system has kill").success());
        server.ended();
    }
}

/// With another currency in the home's configuration an issuer of a million once showed nothing.
#[test]
fn ra02_a_home_whose_currency_was_edited_is_refused_by_what_was_edited() {
    let home = founded();
    let config = home.path().join("home/issuer.toml");
    let text = std::fs::read_to_string(&config).expect("the founding made it");
    let line = text.lines().find(|line| line.starts_with("code")).expect("it has a currency");
    write(&config, text.replace(line, "code = \"ZZZ\"")).expect("the folder is ours");
    for command in [&["supply"][..], &["audit"], &["backup", "--out", "copy"]] {
        let (code, said) = run(home.path(), command);
        let (word, sentence) = error(&said);
        assert_eq!((code, word), (2, "USAGE"), "{command:?}: {said}");
        assert!(sentence.contains("ZZZ"), "{sentence}");
    }
    write(&config, text).expect("the folder is ours");
    assert_eq!(run(home.path(), &["supply"]).0, 0);
}

/// Whoever gives a secret's file for a configuration does not find the secret on the screen.
#[test]
fn g3_a_secret_that_is_given_for_a_configuration_is_not_shown() {
    let ceremony = ["ceremony", "new", "--out", "next"];
    let init = ["init", "--root-passphrase-file", "root-passphrase"];
    for (place, args) in [(founded(), &ceremony[..]), (configured(), &init)] {
        let folder = place.path();
        let key = hex::encode(random());
        write(folder.join("key"), format!("{key}\n")).expect("the folder is ours");
        write(folder.join("phrase"), "\ncorrect horse \"battery\n").expect("the folder is ours");
        write(folder.join("typed"), "reflection = \"battery\"\n").expect("the folder is ours");
        for (file, secrets, line) in [
            ("key", &[key.as_str()][..], "line 1, column "),
            ("phrase", &["correct", "horse", "battery"], "line 2, column "),
            ("typed", &["battery"], "line 1, column "),
        ] {
            let (code, said) = told(folder, &[args, &["--config", file]].concat());
            assert_eq!(code, 2, "{said}");
            assert!(said.contains(&format!("{file}: ")) && said.contains(line), "{said}");
            assert!(!secrets.iter().any(|secret| said.contains(secret)), "{said}");
        }
    }
}

/// A wrong file is wrong usage, whatever is in it; asking again will not help.
#[test]
fn ra02_a_file_without_text_or_a_folder_in_the_place_of_a_file_is_wrong_usage() {
    let (home, bare) = (founded(), configured());
    let (home, bare) = (home.path(), bare.path());
    for folder in [home, bare] {
        write(folder.join("binary"), b"\xff\xfe\x00\x80").expect("the folder is ours");
        create_dir(folder.join("folder")).expect("the folder is ours");
    }
    let refused = |folder, args: &[&str]| {
        let (code, said) = told(folder, args);
        assert_eq!(code, 2, "{args:?}: {said}");
    };
    for wrong in ["binary", "folder"] {
        let root = ["--root-passphrase-file", "root-passphrase"];
        refused(bare, &[&["init", "--config", wrong][..], &root].concat());
        refused(home, &["ceremony", "new", "--config", wrong, "--out", "next"]);
        let out = ["--out", "admission.toml"];
        refused(home, &[&["intermediary", "admit", "--application", wrong][..], &out].concat());
        let issue = ["treasury", "issue", "--amount", "1.00", "--key"];
        refused(home, &[&issue[..], &[wrong]].concat());
        let mut supply = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
        supply.current_dir(home).args(["--access", wrong, "supply"]);
        assert_eq!(supply.output().expect("the program runs").status.code(), Some(2), "{wrong}");
    }
    refused(home, &["treasury", "submit", "--instruction", "folder", "--approval", "folder"]);
    let init = ["init", "--config", "issuer.toml", "--root-passphrase-file", "folder"];
    refused(bare, &init);
}

/// A file that is no passphrase, which anybody may name by mistake, once sealed every key of an
/// issuer: under all of it, that nobody could type again.
#[test]
fn g3_a_file_that_holds_no_single_line_is_no_passphrase_and_founds_nothing() {
    let folder = configured();
    let folder = folder.path();
    let long = "p".repeat(1_025);
    let wrong = [
        ("", "it is empty"),
        ("\n", "it is empty"),
        ("correct horse\nbattery\n", "several lines"),
        ("correct horse\n\n", "several lines"),
        (long.as_str(), "longer than 1024 bytes"),
    ];
    for (name, whose) in [("passphrase", "issuer's keys"), ("root-passphrase", "root's key")] {
        let whole = std::fs::read(folder.join(name)).expect("the folder is ours");
        for (content, why) in wrong {
            write(folder.join(name), content).expect("the folder is ours");
            let (code, said) = run(folder, &INIT);
            let (word, sentence) = error(&said);
            assert_eq!((code, word), (2, "USAGE"), "{said}");
            for part in [name, whose, why] {
                assert!(sentence.contains(part), "{part}: {sentence}");
            }
            assert!(!["horse", "battery", &long].iter().any(|line| sentence.contains(line)));
            assert!(!folder.join("home").exists(), "nothing was made");
        }
        write(folder.join(name), whole).expect("the folder is ours");
    }
    write(folder.join("passphrase"), "of the issuer\r\n").expect("the folder is ours");
    assert_eq!(run(folder, &INIT).0, 0);
    // It is the same without its end.
    write(folder.join("passphrase"), "of the issuer").expect("the folder is ours");
    assert_eq!(run(folder, &["certificate", "renew", "--days", "365"]).0, 0);
}
