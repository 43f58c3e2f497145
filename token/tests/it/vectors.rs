//! Every case of every file gives exactly the expected outcome, and the program that says so says
//! so of no other.

use crate::conformance::command::{FAILED, PASSED, UNUSABLE, run};
use crate::file::paths;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::Path;

/// What the program printed, and its exit status.
struct Run {
    status: u8,
    output: String,
    errors: String,
}

fn conformance(arguments: &[OsString]) -> Run {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let status = run(arguments.iter().cloned(), &mut output, &mut errors);
    let [output, errors] = [output, errors].map(|text| String::from_utf8(text).expect("text"));
    Run { status, output, errors }
}

fn run_file(path: &Path) -> Run {
    conformance(&[path.into()])
}

/// Runs a file with this content.
fn run_json(content: &Value) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changed.json");
    std::fs::write(&path, content.to_string()).expect("a file");
    run_file(&path)
}

/// The content of every file.
fn contents() -> Vec<Value> {
    let content = |path: &_| std::fs::read(path).expect("a readable file");
    paths().iter().map(|path| serde_json::from_slice(&content(path)).expect("JSON")).collect()
}

fn cases(content: &mut Value) -> &mut Vec<Value> {
    content["cases"].as_array_mut().expect("a list of cases")
}

/// Removes a field of the context from every case.
fn forget(content: &mut Value, field: &str) {
    for case in cases(content) {
        case["context"].as_object_mut().expect("a context").remove(field);
    }
}

#[test]
fn every_case_has_the_expected_outcome() {
    for path in paths() {
        let Run { status, output, errors } = run_file(&path);
        assert_eq!(status, PASSED, "{}:\n{errors}{output}", path.display());
    }
}

#[test]
fn every_case_has_its_line_and_the_last_line_counts_them() {
    for content in contents() {
        let run = run_json(&content);
        let ids = content["cases"].as_array().expect("a list of cases").iter();
        let mut lines: Vec<_> =
            ids.map(|case| format!("{} ok", case["id"].as_str().expect("a text"))).collect();
        lines.push(format!("{} passed, 0 failed", lines.len()));
        assert!(run.output.lines().eq(lines), "{}", run.output);
    }
}

#[test]
fn every_flipped_expectation_is_a_failure_with_what_was_given_instead() {
    for mut content in contents() {
        let mut lines = Vec::new();
        for case in cases(&mut content) {
            let right = case["expect"].as_str().expect("a text").to_owned();
            let wrong = if right == "OK" { "E_VALUE" } else { "OK" };
            case["expect"] = json!(wrong);
            let id = case["id"].as_str().expect("a text");
            lines.push(format!("{id} FAIL expected {wrong} got {right}"));
        }
        lines.push(format!("0 passed, {} failed", lines.len()));
        let run = run_json(&content);
        assert_eq!(run.status, FAILED);
        assert!(run.output.lines().eq(lines), "{}", run.output);
    }
}

#[test]
fn one_flipped_expectation_fails_the_file() {
    for mut content in contents() {
        let count = cases(&mut content).len();
        cases(&mut content)[0]["expect"] = json!("E_NONCE");
        let run = run_json(&content);
        assert_eq!(run.status, FAILED);
        assert_eq!(run.output.matches(" FAIL expected E_NONCE got OK\n").count(), 1);
        assert!(run.output.ends_with(&format!("{} passed, 1 failed\n", count - 1)));
    }
}

#[test]
fn what_the_context_does_not_say_stands_at_the_top_of_the_file() {
    for content in contents() {
        for field in ["now", "today"] {
            let values = content["cases"].as_array().expect("a list of cases").iter();
            let mut values: Vec<_> =
                values.filter_map(|case| case["context"][field].as_u64()).collect();
            values.sort_unstable();
            values.dedup();
            assert!(values.len() > 1, "{field} makes a difference in this file");
            for value in values {
                let mut moved = content.clone();
                cases(&mut moved).retain(|case| case["context"][field] == json!(value));
                moved[field] = json!(value);
                forget(&mut moved, field);
                let run = run_json(&moved);
                assert_eq!(run.status, PASSED, "{field} = {value}:\n{}", run.output);
            }
            let mut nowhere = content.clone();
            forget(&mut nowhere, field);
            nowhere.as_object_mut().expect("a file").remove(field);
            let run = run_json(&nowhere);
            assert_eq!(run.status, FAILED);
            let reason = format!(" got no answer: changed.json.{field} is missing\n");
            assert!(run.output.contains(&reason), "{}", run.output);
        }
    }
}

#[test]
fn the_manifest_of_the_context_stands_above_that_of_the_file() {
    for mut content in contents() {
        let manifest = content["manifest"].clone();
        for case in cases(&mut content) {
            case["context"]["manifest"] = manifest.clone();
        }
        // The file's own has no keys at all, so that nothing signed could verify under it.
        let text = manifest.as_str().expect("a text");
        let front = 2 * (1 + 4 + 32 + 32 + 32 + 1 + 32);
        content["manifest"] = json!(format!("{}00000000", &text[..front]));
        let run = run_json(&content);
        assert_eq!(run.status, PASSED, "{}{}", run.errors, run.output);
        forget(&mut content, "manifest");
        assert_eq!(run_json(&content).status, FAILED);
    }
}

#[test]
fn lists_that_are_absent_or_null_are_empty() {
    let lists =
        ["known_U", "own_slot_ids", "deny", "history", "answers", "cashed", "known", "paid"];
    for content in contents() {
        let (mut absent, mut null) = (content.clone(), content);
        for content in [&mut absent, &mut null] {
            let nothing = |value: &Value| value.is_null() || *value == json!([]);
            cases(content).retain(|case| lists.iter().all(|list| nothing(&case["context"][list])));
        }
        for list in lists {
            forget(&mut absent, list);
            for case in cases(&mut null) {
                case["context"][list] = Value::Null;
            }
        }
        for content in [absent, null] {
            let run = run_json(&content);
            assert_eq!(run.status, PASSED, "{}", run.output);
        }
    }
}

/// An offer that is no offer, with other fields of the case, and the line that it gives.
const UNUSABLE_CASES: &[(&str, &str)] = &[
    (r#"{ "check": "dance" }"#, "x FAIL expected OK got no answer: there is no check `dance`"),
    (
        r#"{ "check": "dance", "expect": "no answer: there is no check `dance`" }"#,
        "x FAIL expected no answer: there is no check `dance` \
         got no answer: there is no check `dance`",
    ),
    (
        r#"{ "check": null }"#,
        "x FAIL expected OK got no answer: changed.json.cases.0.check is missing",
    ),
    (
        r#"{ "expect": null }"#,
        "x FAIL expected no answer: changed.json.cases.0.expect is missing got E_ENCODING",
    ),
    (r#"{ "expect": "E_NEW" }"#, "x FAIL expected E_NEW got E_ENCODING"),
    (r#"{ "id": null }"#, "#1 FAIL expected OK got E_ENCODING"),
    (r#"{ "id": 12 }"#, "12 FAIL expected OK got E_ENCODING"),
    (
        r#"{ "input": "0g" }"#,
        "x FAIL expected OK got no answer: changed.json.cases.0.input is not in hex",
    ),
    (
        r#"{ "input": 7 }"#,
        "x FAIL expected OK got no answer: changed.json.cases.0.input is no text",
    ),
    (
        r#"{ "check": "payment" }"#,
        "x FAIL expected OK got no answer: changed.json.cases.0.context.offer is missing",
    ),
    (
        r#"{ "check": "payment", "context": { "offer": "00" } }"#,
        "x FAIL expected OK got no answer: changed.json.cases.0.context.offer: \
         E_ENCODING: the bytes are not a canonical encoding",
    ),
    (
        r#"{ "context": { "manifest": "00" } }"#,
        "x FAIL expected OK got no answer: changed.json.cases.0.context.manifest: \
         E_ENCODING: the bytes are not a canonical encoding",
    ),
];

#[test]
fn a_case_that_cannot_be_used_fails_and_says_why_and_the_run_goes_on() {
    for mut content in contents() {
        let passed = cases(&mut content).len();
        for (fields, line) in UNUSABLE_CASES {
            let mut case = json!({ "id": "x", "check": "offer", "expect": "OK", "input": "00" });
            let fields: Value = serde_json::from_str(fields).expect("JSON");
            for (name, value) in fields.as_object().expect("fields") {
                case[name] = value.clone();
            }
            cases(&mut content).insert(0, case);
            let run = run_json(&content);
            cases(&mut content).remove(0);
            assert_eq!(run.status, FAILED);
            assert_eq!(run.output.lines().next(), Some(*line));
            assert!(run.output.ends_with(&format!("{passed} passed, 1 failed\n")));
        }
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_the_reason() {
    let refused = |run: Run, reason: &str| {
        assert_eq!(run.status, UNUSABLE);
        assert_eq!(run.output, "");
        assert!(run.errors.contains(reason), "{reason}: {}", run.errors);
    };
    refused(run_file(Path::new("no such file")), "cannot read no such file");
    refused(run_file(Path::new(env!("CARGO_MANIFEST_DIR"))), "cannot read");
    refused(run_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")), "is not JSON");
    refused(run_json(&json!([])), "has no text `manifest`");
    refused(run_json(&json!({ "manifest": "0g" })), "is not in hex");
    refused(run_json(&json!({ "manifest": "00" })), "cannot be used: E_ENCODING");
    for mut content in contents() {
        content.as_object_mut().expect("a file").remove("cases");
        refused(run_json(&content), "changed.json.cases is missing");
    }
    refused(conformance(&[]), "name a FILE");
    refused(conformance(&["a".into(), "b".into()]), "name one FILE only");
    refused(conformance(&["--verbose".into()]), "there is no option --verbose");
}

#[test]
fn programs_read_the_same_as_one_object() {
    for path in paths() {
        let Run { status, output, .. } = conformance(&["--json".into(), path.into()]);
        let object: Value = serde_json::from_str(&output).expect("JSON");
        let cases = object["cases"].as_array().expect("a list of cases");
        assert_eq!((status, &object["failed"]), (PASSED, &json!(0)));
        assert_eq!(object["passed"], json!(cases.len()));
        assert!(cases.iter().all(|case| case["passed"] == json!(true)));
        assert!(cases.iter().all(|case| case["expected"] == case["got"]));
    }
}
