//! `poa` as people and programs use it: output, exit codes, and a whole start.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use poa_operations::{
    commit::HEAD_KIND,
    ports::store::{Commit, HEAD, Item},
};
use poa_protocol::{
    event::{Event, NewEvent},
    partition::Partition,
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

const PRODUCT: &str = "\
product loan 1.0.0 \"Loan\"
currency home = USD
attribute amount : money home > 0
attribute price : money home > 0
param max_ltv : percent in 0% .. 95% = 80%
param unit : money home > 0 = 100.00
let ltv = amount / price
rule LTV_01 \"Loan-to-value {ltv} is above {max_ltv}\" require ltv <= max_ltv
value valuation : money home = amount
token units : integer = floor(valuation / unit)
token decimals : integer = 0
example \"half\" given amount = 300_000.00, price = 600_000.00 expect eligible, units = 3000
";

const INSTANCE: &str = "\
instance loan_sg of loan 1.0.0 jurisdiction SG \"Singapore\"
currency home = SGD
set max_ltv = 40%
set unit = 1_000.00
example \"half\" given amount = 300_000.00, price = 600_000.00 expect reject LTV_01
";

fn poa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_poa")).args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|fault| panic!("{fault}: {output:?}"))
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn without_a_command_it_says_how_it_is_used() {
    let output = poa(&[]);
    assert_eq!(code(&output), 2);
    let output = poa(&["--help"]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("3 a needed part is not there"));
}

#[test]
fn formula_check_points_at_faults() {
    let folder = tempfile::tempdir().unwrap();
    let good = written(folder.path(), "good.formula", PRODUCT);
    let wrong = PRODUCT.replace("<= max_ltv", "<= max_ltvv");
    let wrong = written(folder.path(), "wrong.formula", &wrong);
    let output = poa(&["formula", "check", &good]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(out(&output).contains("sha256:"));

    let output = poa(&["formula", "check", &good, &wrong]);
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("^^^^^^^^"), "{}", out(&output));
    assert!(out(&output).contains("did you mean `max_ltv`?"));

    let output = poa(&["--json", "formula", "check", &good, &wrong]);
    assert_eq!(code(&output), 1);
    let answer = object(&output);
    assert_eq!((&answer["faulty"], &answer["files"][0]["ok"]), (&1.into(), &true.into()));
    assert_eq!(answer["files"][1]["diagnostics"][0]["code"], "formula.unknown-name");
}

#[test]
fn formula_test_runs_the_examples_of_product_and_instance() {
    let folder = tempfile::tempdir().unwrap();
    let product = written(folder.path(), "loan.formula", PRODUCT);
    let instance = written(folder.path(), "loan_sg.formula", INSTANCE);
    let output = poa(&["formula", "test", &product, &instance]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(out(&output).lines().last(), Some("2 passed, 0 failed"));

    let wrong = INSTANCE.replace("expect reject LTV_01", "expect eligible");
    let wrong = written(folder.path(), "wrong.formula", &wrong);
    let output = poa(&["--json", "formula", "test", &product, "--overlay", &wrong]);
    assert_eq!(code(&output), 1, "{output:?}");
    let answer = object(&output);
    assert_eq!((&answer["passed"], &answer["failed"]), (&1.into(), &1.into()));

    let output = poa(&["formula", "test", &instance]);
    assert_eq!(code(&output), 2, "an instance alone is not enough");
}

#[test]
fn formula_diff_tells_what_another_country_changes() {
    let folder = tempfile::tempdir().unwrap();
    let product = written(folder.path(), "loan.formula", PRODUCT);
    let instance = written(folder.path(), "loan_sg.formula", INSTANCE);
    let output = poa(&["formula", "diff", &product, &instance]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(out(&output).contains("\nmax ltv: 80% → 40%\n"), "{}", out(&output));
    let answer = object(&poa(&["--json", "formula", "diff", &product, &instance]));
    let changes = answer["changes"].as_array().unwrap();
    assert!(changes.iter().any(|change| change["name"] == "max_ltv" && change["after"] == "40%"));
    let hashes = object(&poa(&["--json", "formula", "hash", &product, &instance]));
    assert_eq!(hashes["files"][0]["formula_hash"], answer["before"]);
    assert_eq!(hashes["files"][1]["formula_hash"], answer["after"]);
    assert_eq!(code(&poa(&["formula", "diff", &product])), 2);
}

#[test]
fn formula_fmt_puts_a_source_in_order_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = PRODUCT.replace("amount / price", "amount/price # ratio");
    let file = written(folder.path(), "loan.formula", &text);
    assert_eq!(code(&poa(&["formula", "fmt", "--check", &file])), 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "a check changes nothing");
    assert_eq!(code(&poa(&["formula", "fmt", &file])), 0);
    let tidy = PRODUCT.replace("amount / price", "amount / price  # ratio");
    assert_eq!(fs::read_to_string(&file).unwrap(), tidy);
    assert_eq!(code(&poa(&["formula", "fmt", "--check", &file])), 0);
    let wrong = written(folder.path(), "wrong.formula", "product loan 1.0.0 \"Loan\" let = 1");
    let answer = poa(&["--json", "formula", "fmt", &wrong]);
    assert_eq!(code(&answer), 1);
    assert_eq!(object(&answer)["files"][0]["state"], "faulty");
}

#[test]
fn formula_explain_tells_inputs_values_and_exceptions() {
    let folder = tempfile::tempdir().unwrap();
    let product = written(folder.path(), "loan.formula", PRODUCT);
    let over = INSTANCE.replace("set max_ltv = 40%", "except max_ltv when (amount > 0) = 40%");
    let instance = written(folder.path(), "loan_sg.formula", &over);
    let data = r#"{"amount":{"amount":"3.00","currency":"SGD"},
                   "price":{"amount":"4.00","currency":"SGD"}}"#;
    let output = poa(&["formula", "explain", &product, &instance, "--data", data]);
    assert_eq!(code(&output), 0, "{output:?}");
    let told = out(&output);
    for line in [
        "  LTV_01: Loan-to-value 0.75 is above 40%",
        "    rule on line 8 of the product",
        "    given amount = 3.00 SGD",
        "    max_ltv = 0.4 (exception on line 3)",
        "  . ltv = 0.75",
    ] {
        assert!(told.lines().any(|known| known == line), "{line}\n{told}");
    }
}

#[test]
fn formula_run_explains_the_decision() {
    let folder = tempfile::tempdir().unwrap();
    let product = written(folder.path(), "loan.formula", PRODUCT);
    let data = |amount: &str| {
        format!(
            r#"{{"amount":{{"amount":"{amount}","currency":"USD"}},
                "price":{{"amount":"400000.00","currency":"USD"}}}}"#
        )
    };
    let run = |data: &str| poa(&["--json", "formula", "run", &product, "--data", data]);
    let output = run(&data("300000.00"));
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(object(&output)["evaluation"]["outcome"], "eligible");

    let output = run(&data("390000.00"));
    assert_eq!(code(&output), 0, "a rejection is a decision");
    assert_eq!(object(&output)["evaluation"]["reasons"][0]["code"], "LTV_01");

    let file = written(folder.path(), "data.json", r#"{"amount":"1"}"#);
    let output = run(&file);
    assert_eq!(code(&output), 1, "data that does not fit");
    assert_eq!(object(&output)["errors"][0]["pointer"], "/amount");

    assert_eq!(code(&run("{not json")), 2);
    assert_eq!(code(&run("no-such-file.json")), 3);
}

#[test]
fn a_token_needs_roles_that_go_together_and_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let output = poa(&["token", "--role", "Nobody", "--data", data]);
    assert_eq!(code(&output), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("ProductOwner"));
    let output = poa(&["token", "--role", "Auditor", "--app", "--data", data]);
    assert_eq!(code(&output), 2);
    let nowhere = folder.path().join("nowhere");
    let output = poa(&["token", "--role", "Auditor", "--data", nowhere.to_str().unwrap()]);
    assert_eq!(code(&output), 3);
    assert!(!nowhere.exists(), "a question leaves no folder behind");
    let output = poa(&["--json", "token", "--role", "Auditor", "--data", data]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(object(&output)["token"].as_str().unwrap().split('.').count(), 3);
}

#[test]
fn nobody_at_the_port_is_a_missing_part() {
    let output = poa(&["--json", "health", "--port", "1"]);
    assert_eq!(code(&output), 3);
    assert!(object(&output)["error"].as_str().unwrap().contains("127.0.0.1:1"));
}

#[test]
fn stage_writes_a_folder_that_the_host_can_run() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("app");
    let to_text = to.to_str().unwrap();
    let handler = env!("CARGO_BIN_EXE_handler");
    let output = poa(&["--json", "stage", "--to", to_text, "--handler", handler]);
    assert_eq!(code(&output), 0, "{output:?}");
    let functions = fs::read_dir(&to)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().join("function.json").is_file());
    assert_eq!(object(&output)["functions"], functions.count());
    let host: Value = serde_json::from_slice(&fs::read(to.join("host.json")).unwrap()).unwrap();
    let program = &host["customHandler"]["description"]["defaultExecutablePath"];
    assert!(to.join(program.as_str().unwrap()).is_file());
    let output = poa(&["stage", "--to", to_text, "--handler", "no-such-handler"]);
    assert_eq!(code(&output), 3);
}

fn status(url: &str, token: &str) -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().build().unwrap();
        client.get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
    })
}

/// A running `poa start`; killed when the test ends.
struct Started {
    child: Child,
    greeting: Value,
}

impl Started {
    fn with(data: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_poa"))
            .args(["--json", "start", "--port", "0", "--data", data])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let greeting = serde_json::from_str(&first).unwrap();
        Self { child, greeting }
    }

    fn port(&self) -> String {
        let api = self.greeting["api"].as_str().unwrap();
        api.trim_end_matches("/api").rsplit(':').next().unwrap().to_owned()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn audit_finds_what_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    assert_eq!(code(&poa(&["audit", "--data", data])), 3, "no store is made");
    let embedded = poa_embedded::open(folder.path()).unwrap();
    let (partition, now) = (Partition::system("sample"), embedded.desk().clock.now());
    let new = NewEvent {
        event_type: "poa.sample.made.v1",
        subject: "sample".to_owned(),
        data: Value::Null,
        wake: None,
    };
    // The first event of a partition has the number 1.
    let event = Event::number(new, &partition, 2, now, None);
    let head = Item::plain(HEAD, HEAD_KIND, serde_json::json!({ "sequence": 2, "state": {} }));
    let (expected, items, events, record) = (None, Vec::new(), vec![event], None);
    let commit = Commit { partition, expected, head, items, events, record };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(embedded.desk().store.commit(commit)).unwrap();
    let audit = poa(&["--json", "audit", "--data", data]);
    assert_eq!(code(&audit), 1, "{audit:?}");
    assert!(object(&audit)["faults"][0]["what"].is_string());
    let audit = poa(&["audit", "--data", data]);
    assert_eq!((code(&audit), out(&audit).lines().last().is_some()), (1, true), "{audit:?}");
}

#[test]
fn start_serves_until_it_is_asked_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let mut started = Started::with(data);
    let port = started.port();
    let health = poa(&["--json", "health", "--port", &port]);
    assert_eq!(code(&health), 0, "{health:?}");
    assert_eq!(object(&health)["ready"], true);

    let token = poa(&["token", "--role", "Auditor", "--data", data, "--port", &port]);
    let url = format!("{}/catalog", started.greeting["api"].as_str().unwrap());
    assert_eq!(status(&url, out(&token).trim()), 200);
    assert_eq!(status(&url, "nobody's"), 401);
    let audit = poa(&["--json", "audit", "--data", data]);
    assert_eq!((code(&audit), &object(&audit)["fault_count"]), (0, &Value::from(0)));

    let pid = started.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(started.child.wait().unwrap().code(), Some(0), "asked to stop, it stops well");
    let handler = started.greeting["handler_pid"].as_u64().unwrap();
    assert!(!Path::new(&format!("/proc/{handler}")).exists(), "no handler is left behind");
    assert_eq!(code(&poa(&["health", "--port", &port])), 3);
}
