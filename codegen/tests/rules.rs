//! Each rule of GraphQL, on its own schema: invalid documents are refused with the place, valid ones are
//! generated.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use wikijs_codegen::{Diagnostic, Error};

const SCHEMA: &str = "
type Query {
  list(tags: [String!], key: Key, choice: Choice, id: Int): [Dog!]
  pet: Pet
  animal: Animal
  dog: Dog
}
type Subscription { message: Dog other: Dog }
interface Being { name: String }
interface Pet implements Being { name: String owner: Pet }
type Dog implements Pet & Being { name: String owner: Pet barks: Boolean dog: Dog }
type Cat implements Pet & Being { name: String owner: Pet meows: Boolean }
union Animal = Dog | Cat
input Key { key: String! other: [Key!] more: Int! = 3 }
input Choice @oneOf { a: String b: Int key: Key }
directive @look(by: Key) on FIELD
";

fn errors(name: &str, document: &str) -> Vec<Diagnostic> {
    errors_on(name, SCHEMA, document)
}

fn errors_on(name: &str, schema: &str, document: &str) -> Vec<Diagnostic> {
    match support::generate(name, schema, document, |config| config) {
        Ok(_) => Vec::new(),
        Err(Error::Documents(errors)) => errors,
        Err(other) => panic!("{document}: {other}"),
    }
}

/// Asserts that a document is refused with one error, at this place, with this message and help.
#[track_caller]
fn refused(name: &str, document: &str, place: (usize, usize), message: &str, help: &str) {
    let errors = errors(name, document);
    let [error] = errors.as_slice() else {
        panic!("{document}: {errors:#?}");
    };
    assert_eq!((error.line, error.column), place, "{error}");
    assert!(error.message.contains(message), "{error}");
    let given = error.help.as_deref().unwrap_or_default();
    assert!(given.contains(help), "{error}");
    assert!(error.rule.is_some(), "{error}");
    let beginning = format!(":{}:{}: error: ", error.line, error.column);
    assert!(error.to_string().contains(&beginning), "{error}");
}

#[track_caller]
fn accepted(name: &str, document: &str) {
    let errors = errors(name, document);
    assert!(
        errors.is_empty(),
        "{}: {errors:#?}",
        document.chars().take(300).collect::<String>()
    );
}

#[test]
fn a_variable_fits_its_place_inside_of_lists_and_objects() {
    let name = "variables";
    let wrong = "define it as";
    refused(
        name,
        "query Q($t: String) { list(tags: [$t]) { name } }",
        (1, 35),
        "`$t` is a `String`, but an item of the argument `tags` of `Query.list` is a `String!`",
        wrong,
    );
    refused(
        name,
        "query Q($k: String) { list(key: { key: $k }) { name } }",
        (1, 40),
        "the field `key` of the input `Key` is a `String!`",
        wrong,
    );
    refused(
        name,
        "query Q($k: String!) { list(key: { key: \"a\", other: [{ key: \"b\", other: $k }] }) { name } }",
        (1, 73),
        "`[Key!]`",
        wrong,
    );
    // An object is coerced to a list of one item, and its fields are validated nevertheless.
    refused(
        name,
        "query Q($k: String) { list(key: { key: \"a\", other: { key: $k } }) { name } }",
        (1, 59),
        "`String!`",
        wrong,
    );
    refused(
        name,
        "query Q($k: String) { dog { name @look(by: { key: $k }) } }",
        (1, 51),
        "`String!`",
        wrong,
    );
    refused(
        name,
        "query Q($t: [String]) { list(tags: $t) { name } }",
        (1, 36),
        "`[String!]`",
        wrong,
    );
    accepted(
        name,
        "query Q($t: String!, $m: Int = 3) { list(tags: [$t], key: { key: $t, more: $m }) { name } }",
    );
    accepted(name, "query Q($t: [String!]!) { list(tags: $t) { name } }");
}

#[test]
fn a_one_of_input_requires_exactly_one_field() {
    let name = "one-of";
    let help = "exactly one";
    refused(
        name,
        "query Q { list(choice: { a: null }) { name } }",
        (1, 29),
        "is null",
        help,
    );
    refused(
        name,
        "query Q { list(choice: { a: \"a\", b: 1 }) { name } }",
        (1, 24),
        "given 2 fields",
        help,
    );
    refused(
        name,
        "query Q { list(choice: { }) { name } }",
        (1, 24),
        "given 0 fields",
        help,
    );
    refused(
        name,
        "query Q($a: String) { list(choice: { a: $a }) { name } }",
        (1, 41),
        "cannot be null",
        "`$a: String!`",
    );
    accepted(
        name,
        "query Q($a: String!) { list(choice: { a: $a }) { name } }",
    );
    accepted(name, "query Q($c: Choice!) { list(choice: $c) { name } }");
}

#[test]
fn a_fragment_may_contain_fragments_on_other_objects() {
    let name = "narrowing";
    accepted(
        name,
        "query Q { dog { ...F } } fragment F on Pet { __typename name ... on Cat { meows } }",
    );
    accepted(
        name,
        "query Q { dog { ...F } } fragment F on Animal { __typename ... on Cat { meows } ... on Dog { barks } }",
    );
    accepted(
        name,
        "query Q { animal { __typename ... on Being { name ... on Cat { meows } } } }",
    );
    refused(
        name,
        "query Q { dog { ... on Cat { meows } } }",
        (1, 24),
        "a `Dog` is never a `Cat`",
        "take it out",
    );
}

#[test]
fn a_subscription_may_select_its_field_several_times() {
    let name = "subscription";
    accepted(
        name,
        "subscription S { message { name } message { barks } }",
    );
    accepted(
        name,
        "subscription S { message { name } ...F } fragment F on Subscription { message { barks } }",
    );
    refused(
        name,
        "subscription S { message { name } other { name } }",
        (1, 14),
        "2 root fields",
        "a subscription for each",
    );
    refused(
        name,
        "subscription S { message { name } also: message { name } }",
        (1, 14),
        "2 root fields",
        "a subscription for each",
    );
}

#[test]
fn typename_alone_is_a_selection() {
    let name = "typename";
    accepted(name, "query Q { animal { __typename } }");
    accepted(
        name,
        "query Q { animal { ...F } } fragment F on Animal { __typename }",
    );
    accepted(
        name,
        "query Q { animal { __typename a: __typename b: __typename } other: animal { __typename } }",
    );
    let help = "select `__typename` as well";
    refused(
        name,
        "query Q { animal { a: __typename } }",
        (1, 11),
        "nothing tells which",
        help,
    );
    refused(
        name,
        "query Q { pet { __typename: name owner { __typename } } }",
        (1, 11),
        "`__typename` stands for `name`",
        "another alias",
    );
    accepted(name, "query Q { dog { __typename: name } }");
    let help = "without a condition";
    refused(
        name,
        "query Q($k: Boolean!) { pet { __typename @include(if: $k) name } }",
        (1, 25),
        "may leave `__typename` out",
        help,
    );
    refused(
        name,
        "query Q($k: Boolean!) { pet { ...F @include(if: $k) name } } fragment F on Pet { __typename }",
        (1, 25),
        "may leave `__typename` out",
        help,
    );
    accepted(
        name,
        "query Q($k: Boolean!) { pet { __typename __typename @include(if: $k) name } }",
    );
}

#[test]
fn commas_byte_order_marks_and_escapes_are_accepted() {
    let name = "tokens";
    accepted(
        name,
        "\u{feff},query,Q{dog{...,F,name,,}},fragment F on Dog{barks},,",
    );
    accepted(
        name,
        "query Q { list(tags: [\"\\u{1F600} \\uD83D\\uDE00\"]) { name } }",
    );
    accepted(name, "query Q { # a comment\r dog { name } }\r");
    refused(
        name,
        "query Q {\r dog { nam }\r}",
        (2, 8),
        "`nam`",
        "`name`",
    );
    refused(
        name,
        "query Q {\r\n dog { nam }\r\n}",
        (2, 8),
        "`nam`",
        "`name`",
    );
}

#[test]
fn an_unknown_type_without_a_similar_name_names_the_selected_type() {
    for document in [
        "query Q { list { ...Entry } }\nfragment Entry on PageItem { name }",
        "query Q { list {\n... on Entries { name } } }",
    ] {
        let column = if document.contains("fragment") { 19 } else { 8 };
        let help = "what is selected from there is a `Dog`";
        refused(
            "far-type",
            document,
            (2, column),
            "the schema has no type",
            help,
        );
    }
}

#[test]
fn a_field_on_the_wrong_level_lists_its_places() {
    let help = "write `list { owner … }`, `pet { owner … }` or `dog { owner … }`";
    refused(
        "too-high",
        "query Q { owner { name } }",
        (1, 11),
        "`owner`",
        help,
    );
}

#[test]
fn escapes_are_decoded() {
    let document = |escape: &str| format!("query Q {{ list(tags: \"{escape}\") {{ name }} }}");
    for escape in [
        r"\uD83D",
        r"\uDE00",
        r"\uDE00\uD83D",
        r"\uD83D\uD83D",
        r"\uD83D\n",
        r"\uD83D\u{DE00}",
        r"\uD83D\uDE0",
        r"\uD83",
        r"\u{D83D}",
        r"\u{110000}",
        r"\u{}",
    ] {
        refused(
            "half-escapes",
            &document(escape),
            (1, 23),
            "unknown escape",
            "",
        );
    }
    for escape in [
        r"\uD83D\uDE00",
        r"\uD83D\uDE00\uD83D\uDE00",
        r"\uD7FF",
        r"\uE000",
        r"\u{1F600}",
    ] {
        accepted("whole-escapes", &document(escape));
    }
}

#[test]
fn a_description_in_a_document_is_refused_with_help() {
    for (document, place) in [
        ("\"Dogs.\" query Q { dog { name } }", (1, 1)),
        (
            "query Q { dog { ...F } }\n\"\"\"Name.\"\"\" fragment F on Dog { name }",
            (2, 1),
        ),
        (
            "query Q(\"Number.\" $n: Int) { list(id: $n) { name } }",
            (1, 9),
        ),
    ] {
        refused(
            "descriptions",
            document,
            place,
            "write a comment, `# …`",
            "",
        );
    }
}

#[test]
fn a_schema_may_describe_and_spell_out_everything() {
    let schema = "\"\"\"\nThe \\u{1F600} schema\n\"\"\"\nschema { query: Root }\n\
        \"Extends \\u{1F600}\"\nscalar String\nscalar ID scalar Int scalar Float scalar Boolean\n\
        extend schema @link(url: \"https://example.com\") { mutation: Change }\n\
        directive @link(url: String) repeatable on SCHEMA\n\
        directive @oneOf on INPUT_OBJECT\n\
        type Root { a(by: By): String } type Change { b: Int }\n\
        input By @oneOf { a: Int b: String }";
    let document = "query Q { a(by: { a: 1 }) } mutation M { b }";
    let errors = errors_on("sdl", schema, document);
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn a_quoted_number_is_a_number_of_graphql() {
    let name = "quoted";
    let of = "argument `id` of `Query.list`";
    refused(
        name,
        "query Q { list(id: \"5\") { name } }",
        (1, 20),
        of,
        "write 5",
    );
    for text in ["+5", "5.", "0x5", "5 6"] {
        let document = format!("query Q {{ list(id: \"{text}\") {{ name }} }}");
        let errors = errors(name, &document);
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert_eq!(errors[0].help, None);
    }
}

#[test]
fn a_wrong_value_has_help() {
    let name = "values";
    refused(
        name,
        "query Q { list(id: \"5\") { name } }",
        (1, 20),
        "is a `Int`",
        "write 5",
    );
    refused(
        name,
        "query Q { list(tags: [5]) { name } }",
        (1, 23),
        "is a `String`",
        "write \"5\"",
    );
    refused(
        name,
        "query Q { list(key: { more: 1 }) { name } }",
        (1, 21),
        "needs the field `key`",
        "`key: String!`",
    );
}

#[test]
fn an_unknown_type_is_one_error() {
    let name = "unknown-type";
    refused(
        name,
        "query Q($k: Kye) { list(key: $k) { name } }",
        (1, 13),
        "no type `Kye`",
        "`Key`",
    );
    refused(
        name,
        "query Q { pet { __typename ...F } } fragment F on Pte { name unknown { x } }",
        (1, 51),
        "no type `Pte`",
        "`Pet`",
    );
    refused(
        name,
        "query Q($key: Key) { list(key: $kye) { name } }",
        (1, 32),
        "does not define `$kye`",
        "`$key`",
    );
}

/// `A` defines the variable of the fragment, and two operations do not.
#[test]
fn a_variable_of_a_fragment_is_reported_for_each_operation_that_lacks_it() {
    const DOCUMENT: &str = "query A($key: Key) { ...F } query B { ...F } query C { ...F } \
                            fragment F on Query { list(key: $key) { name } }";
    let mut checked = None;
    let generated = support::generate("each_operation", SCHEMA, DOCUMENT, |config| {
        checked = Some(config.check().unwrap());
        config
    });
    let Err(Error::Documents(errors)) = generated else {
        panic!("it is refused");
    };
    let messages: Vec<_> = errors.iter().map(|error| &*error.message).collect();
    let lacks = |name: &str| format!("the operation `{name}` does not define `$key`");
    assert_eq!(messages, [lacks("B"), lacks("C")]);
    for operation in checked.unwrap().operations {
        let messages: Vec<_> = operation.errors.iter().map(|it| &*it.message).collect();
        match &*operation.name {
            "A" => assert!(messages.is_empty(), "{messages:?}"),
            other => assert_eq!(messages, [lacks(other)]),
        }
    }
}

#[test]
fn a_name_of_one_letter_is_not_taken_for_another() {
    let errors = errors(
        "one_letter",
        "query Q($a: Int) { list(id: $a, key: $b) { name } }",
    );
    let [error] = errors.as_slice() else {
        panic!("{errors:#?}");
    };
    let help = error.help.as_deref().unwrap();
    assert!(help.contains("define it: `($b: Key)`"), "{help}");
}

#[test]
fn a_missing_bracket_is_named_with_its_opening_place() {
    let name = "brackets";
    refused(
        name,
        "query Q {\n  dog {\n    name\n  \n}\nquery R { dog { name } }",
        (6, 1),
        "begins before",
        "the `{` at 1:9",
    );
    refused(
        name,
        "query Q {\n  list(id: 1 {\n    name\n  }\n}",
        (2, 14),
        "a name or `)`",
        "the `(` at 2:7",
    );
    refused(
        name,
        "query Q { dog { name }",
        (1, 23),
        "the end of the file",
        "the `{` at 1:9",
    );
}

#[test]
fn the_help_for_introspection_names_the_schema() {
    refused(
        "introspection",
        "query Q { __schema { types { name } } }",
        (1, 11),
        "`__schema`",
        "schema.graphql",
    );
}

#[test]
fn a_duplicate_name_reports_the_other_place() {
    let name = "twice";
    let operations = "query Q { dog { name } }\nquery Q { pet { __typename } }";
    refused(name, operations, (2, 7), "first at", "rename");
    let fragments =
        "query Q { dog { ...F } }\nfragment F on Dog { name }\nfragment F on Dog { name }";
    refused(name, fragments, (3, 10), "document.graphql:2:10", "rename");
}

#[test]
fn an_error_in_a_very_long_line_shows_a_part_of_it() {
    let aliases: Vec<String> = (0..8000).map(|it| format!("a{it}: name")).collect();
    let document = format!("query Q {{ dog {{ {} nam }} }}", aliases.join(" "));
    let errors = errors("long-line", &document);
    assert_eq!(errors.len(), 1);
    assert!(errors[0].to_string().len() < 1000, "{}", errors[0]);
    assert!(
        errors[0].to_string().contains("a7999: name nam"),
        "{}",
        errors[0]
    );
}

#[test]
fn deep_and_long_documents_take_linear_time() {
    use std::fmt::Write as _;
    let start = std::time::Instant::now();
    let mut chain = String::from("query Q { dog { ...F0 } }\n");
    for index in 0..1000 {
        let _ = writeln!(
            chain,
            "fragment F{index} on Dog {{ name k{index}: barks ...F{} }}",
            index + 1
        );
    }
    chain.push_str("fragment F1000 on Dog { name }\n");
    accepted("chain", &chain);
    // Each fragment spreads the next one twice.
    let mut doubling = String::from("query Q { dog { name ...F0 } }\n");
    for index in 0..200 {
        let next = index + 1;
        let _ = writeln!(
            doubling,
            "fragment F{index} on Dog {{ name ...F{next} ...F{next} ... on Pet {{ ...F{next} }} }}"
        );
    }
    doubling.push_str("fragment F200 on Dog { name }\n");
    accepted("doubling", &doubling);
    let deep = format!(
        "query Q {{ {} name {} }}",
        "dog { ".repeat(200),
        "}".repeat(200)
    );
    accepted("deep", &deep);
    // A linear algorithm takes seconds in a debug build, a quadratic one minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn what_is_valid_is_accepted() {
    let schema = "
scalar Any
directive @again(by: Any, list: [[Int]]) repeatable on FIELD | QUERY | VARIABLE_DEFINITION | FRAGMENT_DEFINITION
type Query { values(any: Any, list: [[Int!]], float: Float, id: ID, kind: Kind! = ONE, in: In): Int node: Node any: U nodes: [Named!]! }
type Mutation { change: Int }
enum Kind { ONE TWO }
input In { self: In, list: [In!], kind: Kind = TWO, float: Float! = 1 }
interface Node { id: ID! }
interface Named implements Node { id: ID! name: String }
type A implements Named & Node { id: ID! name: String! a: Int }
type B implements Node { id: ID! b: Int a: String }
union U = A | B
";
    for (index, document) in [
        "query Q($v: Int, $in: In = { list: { kind: ONE } }) { values(any: { a: [$v, { b: $v }], c: null }, in: $in) }",
        "query Q($l: [Int!], $i: [[Int!]]) { a: values(list: [[1], 2]) b: values(list: 3) c: values(list: [$l]) d: values(list: $i) }",
        "query Q($f: Float = 1, $id: ID = 12345678901234567890) { values(float: $f, id: $id) other: values(float: -1.5e3, id: \"a\") }",
        "query Q($k: Kind, $d: Kind = TWO, $f: Float) { values(kind: $k, in: { kind: $d, float: $f }) b: values(in: { self: null, list: [] }) }",
        "query Q($b: Boolean!) @again @again(by: 1) { values @include(if: $b) @skip(if: false) @again(list: 1) @again(list: [1, [2]]) }",
        "query Q { node { __typename id ... on Named { name ... on A { a } } ...F } } fragment F on B @again { b }",
        "query Q { any { __typename ... on A { x: a } ... on B { x: b } ... on Node { id } } }",
        "query Q { nodes { __typename ... on Node { id } ... @include(if: true) { name } } }",
        "mutation M { __typename change again: change }",
        "query Q { ...F } fragment F on Query { ...G values } fragment G on Query { values }",
        "query Q { node { ... on U { __typename } __typename } }",
        "query on { values } query query { values }",
    ]
    .into_iter()
    .enumerate()
    {
        let result = support::generate(&format!("valid-{index}"), schema, document, |it| it.scalar("Any", "String"));
        if let Err(error) = result {
            panic!("{document}\n{error}");
        }
    }
}
