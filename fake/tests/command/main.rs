//! The command `wikijs-fake` as a process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A running command, which is killed on drop.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wikijs-fake"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Waits for the end, and returns the status and standard error.
    fn end(mut self) -> (ExitStatus, String) {
        drop(self.child.stdin.take());
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error means that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a wiki on a free port that ends with its standard input, and returns its description.
fn wiki(arguments: &[&str]) -> (Running, Value) {
    let always = ["--port", "0", "--json", "--until-stdin-closes"];
    let mut running = Running::start(&[&always, arguments].concat());
    let line = running.line();
    let announced = serde_json::from_str(&line);
    let announced = announced.unwrap_or_else(|error| panic!("{error}: {line:?}"));
    (running, announced)
}

/// Returns status and response of a request.
fn send(announced: &Value, key: Option<&str>, body: &Value) -> Result<(i32, Value), minreq::Error> {
    let mut request = minreq::post(announced["graphql"].as_str().unwrap()).with_json(body)?;
    if let Some(key) = key {
        request = request.with_header("Authorization", format!("Bearer {key}"));
    }
    let answer = request.send()?;
    let text = answer.as_str()?;
    let value = serde_json::from_str(text);
    Ok((answer.status_code, value.unwrap_or(json!(text))))
}

/// Returns the response to a document with the full-access key.
fn ask(announced: &Value, query: &str) -> Value {
    let key = announced["api_key"].as_str();
    send(announced, key, &json!({ "query": query })).unwrap().1
}

const CREATE: &str = "mutation{pages{create(content:\"x\",description:\"\",editor:\"markdown\",isPublished:true,\
    isPrivate:false,locale:\"en\",path:\"new\",tags:[],title:\"New\"){responseResult{succeeded}}}}";

#[test]
fn json_is_printed_and_the_wiki_ends_with_its_standard_input() {
    let (running, announced) = wiki(&["--pages", "25", "--locale", "en", "--locale", "fr"]);
    assert_eq!(announced["pages"], 25);
    let port = announced["port"].as_u64().unwrap();
    assert_eq!(announced["url"], format!("http://127.0.0.1:{port}"));

    let answer = ask(
        &announced,
        "{pages{list{locale}} system{info{currentVersion}}}",
    );
    let list = answer["data"]["pages"]["list"].as_array().unwrap();
    assert_eq!(list.len(), 25);
    assert!(list.iter().any(|page| page["locale"] == "fr"), "{list:?}");
    assert_eq!(
        answer["data"]["system"]["info"]["currentVersion"],
        announced["version"]
    );

    let (status, said) = running.end();
    assert!(status.success());
    assert_eq!(
        said,
        "wikijs-fake: stopped after 1 requests with 1 operations\n"
    );
}

#[test]
fn keys_of_editor_and_reader_have_their_permissions() {
    let (_running, announced) = wiki(&[]);
    let creates = |key: &str| {
        let key = announced[key].as_str();
        let (_, answer) = send(&announced, key, &json!({ "query": CREATE })).unwrap();
        answer["data"]["pages"]["create"]["responseResult"]["succeeded"] == true
    };
    assert!(!creates("reader_key"));
    assert!(creates("editor_key"));
}

#[test]
fn accounts_and_the_key_can_be_set() {
    let (_running, announced) = wiki(&[
        "--private",
        "--api-key",
        "secret",
        "--reader",
        "Ann@example.com:Pass:w0rd",
    ]);
    assert_eq!(announced["api_key"], "secret");
    assert!(ask(&announced, "{pages{list{id}}}").get("errors").is_none());
    let list = |key| {
        send(&announced, key, &json!({"query": "{pages{list{id}}}"}))
            .unwrap()
            .1
    };
    assert_eq!(list(None)["errors"][0]["message"], "Forbidden");

    let (_, answer) = send(&announced, None, &json!({
        "query": "mutation($u:String!,$p:String!){authentication{login(username:$u,password:$p,strategy:\"local\"){jwt}}}",
        "variables": {"u": "ann@example.com", "p": "Pass:w0rd"},
    }))
    .unwrap();
    let jwt = answer["data"]["authentication"]["login"]["jwt"].as_str();
    assert!(jwt.is_some(), "{answer}");
    assert!(list(jwt).get("errors").is_none());
}

#[test]
fn options_change_the_behaviour() {
    let (_running, announced) = wiki(&[
        "--refuse-batches",
        "--without",
        "PageQuery.singleByPath",
        "--wiki-version",
        "2.5.200",
        "--production",
        "--cost=1,0.5",
        "--latency",
        "1",
    ]);
    assert_eq!(announced["version"], "2.5.200");
    let one = json!({"query": "{pages{list{id}}}"});
    let key = announced["api_key"].as_str();
    assert_eq!(send(&announced, key, &json!([one, one])).unwrap().0, 403);
    let query = "{pages{singleByPath(path:\"home\",locale:\"en\"){id}}}";
    let (status, answer) = send(&announced, key, &json!({ "query": query })).unwrap();
    assert_eq!(status, 400, "{answer}");
    let (status, _) = send(
        &announced,
        key,
        &json!({"query": "{__schema{queryType{name}}}"}),
    )
    .unwrap();
    assert_eq!(status, 400);
}

#[test]
fn requests_and_faults_are_logged() {
    let (running, announced) = wiki(&["--log", "--fault-rate", "1", "--seed", "3"]);
    let body = json!({"query": "query Titles{pages{list{title}}}"});
    // The result depends on the fault.
    let _ = send(&announced, None, &body);
    let (_, said) = running.end();
    let told = said.lines().next().unwrap();
    assert!(told.contains(" POST /graphql [Titles] "), "{told}");
    assert!(told.contains(", injected: "), "{told}");
}

#[test]
fn the_address_is_printed_as_text() {
    let mut running = Running::start(&["--port", "0", "--until-stdin-closes"]);
    assert!(running.line().contains("in memory with 0 pages"));
    assert_eq!(running.line(), "\n");
    let url = running.line();
    let url = url.strip_prefix("URL:").unwrap().trim();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert!(running.end().0.success());
}

#[cfg(unix)]
#[test]
fn signals_stop_the_wiki_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let mut running = Running::start(&["--port", "0", "--json"]);
        assert!(running.line().starts_with('{'));
        let id = running.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let (status, said) = running.end();
        assert_eq!(status.code(), Some(0), "{signal}: {said}");
    }
}

#[test]
fn invalid_options_are_explained() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, code, says) in [
        (
            vec!["--port", &port],
            1,
            "is in use; choose another one with --port",
        ),
        (
            vec!["--port", "0", "--without", "Page.nothing"],
            1,
            "the schema has no Page.nothing",
        ),
        (
            vec!["--port", "0", "--user", "admin@example.com:x"],
            1,
            "admin@example.com is used twice",
        ),
        (vec!["--fault-rate", "2"], 2, "write a number from 0 to 1"),
        (
            vec!["--user", "nobody"],
            2,
            "write a mail address, a colon and a password",
        ),
        (vec!["--page", "7"], 2, "--pages"),
    ] {
        let (status, said) = Running::start(&arguments).end();
        assert_eq!(status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}
