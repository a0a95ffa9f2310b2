//! Tests of the `schema` commands as processes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

use serde_json::{Value, json};

const SCHEMA: &str = include_str!("fixtures/schema.graphql");
const INTROSPECTION: &str = include_str!("fixtures/introspection.json");

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wikijs"));
    command
        .arg("schema")
        .args(arguments)
        .args(to_standard_output(arguments))
        .env_remove("WIKIJS_API_KEY")
        .env("NO_PROXY", "127.0.0.1");
    command
}

/// Adds `--out -` to a `pull` without a file, so that it prints to standard output.
fn to_standard_output(arguments: &[&str]) -> &'static [&'static str] {
    if arguments.first() == Some(&"pull") && !arguments.contains(&"--out") {
        &["--out", "-"]
    } else {
        &[]
    }
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Runs the command with a text as standard input.
fn run_with_input(arguments: &[&str], input: &str) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

/// Starts a server for one request. Returns its URL and the request that it received.
fn server(status: &'static str, body: String) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut stream);
        let length = body.len();
        write!(stream, "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        request
    });
    (url, asked)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if read == 0 || is_complete(&text) {
            return text;
        }
    }
}

fn is_complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let lengths = head.lines().filter_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")
            .map(str::to_owned)
    });
    lengths
        .map(|length| length.parse::<usize>().unwrap())
        .all(|length| body.len() >= length)
}

/// Reverses the order of all lists and fields of a response.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(reversed).collect(),
        Value::Object(fields) => fields
            .iter()
            .rev()
            .map(|(name, value)| (name.clone(), reversed(value)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn pull_prints_the_same_from_every_source() {
    assert_eq!(
        stdout(&run(&["pull", "--folder", "tests/fixtures/folder"])),
        SCHEMA
    );
    assert_eq!(
        stdout(&run(&[
            "pull",
            "--introspection",
            "tests/fixtures/introspection.json"
        ])),
        SCHEMA
    );
    assert_eq!(
        stdout(&run(&["pull", "--sdl", "tests/fixtures/schema.graphql"])),
        SCHEMA
    );
    let (url, _) = server("200 OK", INTROSPECTION.to_owned());
    assert_eq!(stdout(&run(&["pull", "--url", &url])), SCHEMA);
}

#[test]
fn pull_output_is_independent_of_the_order_in_the_response() {
    let answer = reversed(&serde_json::from_str(INTROSPECTION).unwrap());
    let output = run_with_input(
        &["pull", "--introspection", "-"],
        &answer["data"].to_string(),
    );
    assert_eq!(stdout(&output), SCHEMA);
}

#[test]
fn the_schema_of_this_workspace_equals_the_output_of_pull() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/wikijs.graphql");
    let output = run(&["pull", "--sdl", path.to_str().unwrap()]);
    assert!(
        stdout(&output) == fs::read_to_string(path).unwrap(),
        "edited by hand?"
    );
}

#[test]
fn pull_can_omit_descriptions() {
    let described = "\"A\"\ntype Query {\n  \"b\"\n  b(\"c\" c: C = ONE, \"i\" i: I): U\n}\n\
        \"U\"\nunion U = Query\n\"C\"\nenum C {\n  \"one\"\n  ONE\n}\n\"I\"\ninput I {\n  \"d\"\n  d: D\n}\n\
        \"D\"\nscalar D\n";
    let bare = &["pull", "--no-descriptions", "--sdl", "-"];
    let printed = stdout(&run_with_input(bare, described));
    assert!(!printed.contains('"'), "{printed}");
    for kept in [
        "type Query",
        "b(c: C = ONE, i: I): U",
        "union U",
        "ONE",
        "d: D",
        "scalar D",
    ] {
        assert!(printed.contains(kept), "{kept} in {printed}");
    }
}

#[test]
fn pull_writes_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.graphql");
    let output = run(&[
        "pull",
        "--folder",
        "tests/fixtures/folder",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""));
    assert_eq!(fs::read_to_string(out).unwrap(), SCHEMA);
}

#[test]
fn pull_writes_the_schema_and_the_editor_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema.graphql");
    let pull = || {
        let output = Command::new(env!("CARGO_BIN_EXE_wikijs"))
            .args(["schema", "pull", "--sdl"])
            .arg(&schema)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(
            (code(&output), stdout(&output).as_str()),
            (0, ""),
            "{}",
            stderr(&output)
        );
    };
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    pull();
    assert_eq!(read("schema.graphql"), SCHEMA);
    assert!(
        read(".graphqlrc.yml")
            .contains("schema: schema.graphql\ndocuments: 'queries/**/*.{graphql,gql}'\n")
    );
    // An existing file is not changed.
    fs::write(
        folder.path().join(".graphqlrc.yml"),
        "schema: mine.graphql\n",
    )
    .unwrap();
    pull();
    assert_eq!(read(".graphqlrc.yml"), "schema: mine.graphql\n");
}

#[test]
fn pull_sends_the_key_to_the_api_of_the_wiki() {
    let (url, asked) = server("200 OK", INTROSPECTION.to_owned());
    let output = command(&["pull", "--url", &format!("{url}/wiki/")])
        .env("WIKIJS_API_KEY", " secret\n")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let request = asked.join().unwrap();
    assert!(request.starts_with("POST /wiki/graphql "), "{request}");
    assert!(
        request.contains("authorization: Bearer secret\r\n"),
        "{request}"
    );
}

#[test]
fn pull_lists_alternatives_if_introspection_is_disabled() {
    let answer = json!({"errors": [{"message": "GraphQL introspection is not allowed by Apollo Server, but …"}]});
    let (url, _) = server("400 Bad Request", answer.to_string());
    let output = run(&["pull", "--url", &url]);
    assert_eq!(code(&output), 3);
    for text in ["NODE_ENV=production", "--folder", "--introspection"] {
        assert!(stderr(&output).contains(text), "{}", stderr(&output));
    }
}

#[test]
fn pull_reports_errors_of_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    for (arguments, said) in [
        (vec!["pull", "--url", "wiki.test"], "no URL"),
        (vec!["pull", "--folder", empty], "holds no .graphql file"),
        (vec!["pull", "--folder", "no/such/folder"], "no/such/folder"),
        (
            vec!["pull", "--introspection", "Cargo.toml"],
            "not an introspection answer",
        ),
        (vec!["pull", "--sdl", "Cargo.toml"], "not a GraphQL schema"),
    ] {
        let output = run(&arguments);
        assert_eq!(code(&output), 3, "{arguments:?}");
        assert!(
            stderr(&output).contains(said),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    let output = run(&["pull"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("required"));
    let (url, _) = server(
        "200 OK",
        json!({"errors": [{"message": "Forbidden"}]}).to_string(),
    );
    let output = run(&["pull", "--url", &url]);
    assert!(stderr(&output).contains("Forbidden"), "{}", stderr(&output));
    let (url, _) = server("502 Bad Gateway", "upstream is away".to_owned());
    let output = run(&["pull", "--url", &url]);
    assert!(
        stderr(&output).contains("502") && stderr(&output).contains("upstream is away"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn extensions_of_missing_types_and_duplicate_types_are_errors() {
    let output = run_with_input(
        &["pull", "--sdl", "-"],
        "type Query { a: Int } extend type Page { b: Int }",
    );
    assert!(
        stderr(&output).contains("`Page` is extended"),
        "{}",
        stderr(&output)
    );
    let output = run_with_input(
        &["pull", "--sdl", "-"],
        "type Query { a: Int } type Query { b: Int }",
    );
    assert!(
        stderr(&output).contains("`Query` is defined twice"),
        "{}",
        stderr(&output)
    );
    let output = run_with_input(&["pull", "--sdl", "-"], "type Query { a: Unknown }");
    assert!(stderr(&output).contains("Unknown"), "{}", stderr(&output));
}

/// Runs `schema diff` on two schemas.
fn diff(old: &str, new: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (
        folder.path().join("old.graphql"),
        folder.path().join("new.graphql"),
    );
    fs::write(&before, old).unwrap();
    fs::write(&after, new).unwrap();
    run(&[
        &["diff", before.to_str().unwrap(), after.to_str().unwrap()],
        more,
    ]
    .concat())
}

#[test]
fn diff_ignores_the_order_of_definitions() {
    let output = diff(
        "type Query { a: Int b: Int }",
        "type Query { b: Int a: Int }",
        &[],
    );
    assert_eq!(
        (code(&output), stdout(&output).as_str()),
        (0, "the two schemas are the same\n")
    );
}

#[test]
fn diff_distinguishes_breaking_changes() {
    for (old, new, line) in [
        ("a: Int b: Int", "a: Int", "BREAKS removed field Query.b"),
        ("a: Int", "a: Int b: Int", "       added field Query.b"),
        (
            "a: Int",
            "a: String",
            "BREAKS changed type of field Query.a: Int -> String",
        ),
        (
            "a: Int!",
            "a: Int",
            "BREAKS changed type of field Query.a: Int! -> Int",
        ),
        (
            "a: Int",
            "a: Int!",
            "       changed type of field Query.a: Int -> Int!",
        ),
        (
            "a: Int",
            "a(x: Int): Int",
            "       added argument Query.a.x: Int",
        ),
        (
            "a: Int",
            "a(x: Int!): Int",
            "BREAKS added argument Query.a.x: Int!",
        ),
        (
            "a: Int",
            "a(x: Int! = 3): Int",
            "       added argument Query.a.x: Int! = 3",
        ),
        (
            "a(x: Int): Int",
            "a: Int",
            "BREAKS removed argument Query.a.x",
        ),
        (
            "a(x: Int): Int",
            "a(x: Int!): Int",
            "BREAKS changed type of argument Query.a.x: Int -> Int!",
        ),
        (
            "a(x: Int!): Int",
            "a(x: Int): Int",
            "       changed type of argument Query.a.x: Int! -> Int",
        ),
        (
            "a(x: Int = 1): Int",
            "a(x: Int = 2): Int",
            "       changed default of argument Query.a.x: 1 -> 2",
        ),
        (
            "a(x: Int = 1): Int",
            "a(x: Int): Int",
            "BREAKS removed default of argument Query.a.x: 1",
        ),
    ] {
        let [old, new] = [old, new].map(|fields| format!("type Query {{ {fields} }}"));
        let output = diff(&old, &new, &[]);
        assert!(
            stdout(&output).lines().any(|it| it == line),
            "{line}\n{}",
            stdout(&output)
        );
        assert_eq!(
            code(&output),
            i32::from(line.starts_with("BREAKS")),
            "{line}"
        );
    }
}

#[test]
fn diff_covers_enums_and_input_objects() {
    let output = diff(
        "type Query { a(i: I, e: E): Int } enum E { A B } input I { x: Int }",
        "type Query { a(i: I, e: E): Int } enum E { A C } input I { x: Int! y: Int! z: Int }",
        &[],
    );
    for line in [
        "BREAKS removed enum value E.B",
        "       added enum value E.C",
        "BREAKS changed type of field I.x: Int -> Int!",
        "BREAKS added field I.y",
        "       added field I.z",
    ] {
        assert!(
            stdout(&output).lines().any(|it| it == line),
            "{line}\n{}",
            stdout(&output)
        );
    }
}

#[test]
fn diff_prints_json() {
    let output = diff(
        "type Query { a: Int }",
        "type Query { a: Int! }",
        &["--json"],
    );
    let expected = json!({
        "breaking": false,
        "changes": [{"path": "Query.a", "change": "changed type of field", "old": "Int", "new": "Int!"}],
    });
    assert_eq!(
        serde_json::from_str::<Value>(&stdout(&output)).unwrap(),
        expected
    );
}

/// Creates a folder with documents for the schema of the fixture.
fn queries() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        (
            "one.graphql",
            "query One($id: Int!) { notes { one(id: $id) { ...Title } } }",
        ),
        ("all.graphql", "query All { notes { all { ...Title at } } }"),
        (
            "add.graphql",
            "mutation Add($note: NoteInput!) { notes { add(note: $note) { done } } }",
        ),
        ("fragments.graphql", "fragment Title on Note { title }"),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

#[test]
fn check_succeeds_if_all_operations_can_be_run() {
    let folder = queries();
    let output = run(&[
        "check",
        "--folder",
        "tests/fixtures/folder",
        "--queries",
        folder.path().to_str().unwrap(),
    ]);
    assert_eq!(
        (code(&output), stdout(&output).as_str()),
        (0, "all 3 operations can be run\n"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn check_lists_operations_that_cannot_be_run_with_the_reason() {
    let folder = queries();
    let schema = folder.path().join("schema.sdl");
    fs::write(
        &schema,
        SCHEMA.replace("  at: Moment\n  id: Int!", "  id: Int!"),
    )
    .unwrap();
    let arguments = [
        "check",
        "--sdl",
        schema.to_str().unwrap(),
        "--queries",
        folder.path().to_str().unwrap(),
    ];
    let output = run(&arguments);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(
        stdout(&output)
            .contains("all.graphql:1:36: error: type `Note` does not have a field `at`\n")
    );
    assert!(
        stdout(&output).ends_with("1 of 3 operations cannot be run\n"),
        "{}",
        stdout(&output)
    );

    let answer: Value =
        serde_json::from_str(&stdout(&run(&[&arguments[..], &["--json"]].concat()))).unwrap();
    assert_eq!(answer["ok"], false);
    let ok = |name: &str| {
        answer["operations"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["name"] == name)
            .unwrap()["ok"]
            .clone()
    };
    assert_eq!([ok("Add"), ok("All"), ok("One")], [true, false, true]);
}

#[test]
fn check_reports_a_fragment_error_for_every_operation_that_uses_it() {
    let folder = queries();
    fs::write(
        folder.path().join("fragments.graphql"),
        "fragment Title on Note { titel }",
    )
    .unwrap();
    let output = run(&[
        "check",
        "--sdl",
        "tests/fixtures/schema.graphql",
        "--queries",
        folder.path().to_str().unwrap(),
    ]);
    assert!(
        stdout(&output).ends_with("2 of 3 operations cannot be run\n"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn check_without_documents_is_an_error() {
    let output = run(&[
        "check",
        "--sdl",
        "tests/fixtures/schema.graphql",
        "--queries",
        "no/such",
    ]);
    assert_eq!(code(&output), 3);
    assert!(
        stderr(&output).contains("`no/such` matches no .graphql file"),
        "{}",
        stderr(&output)
    );
}
