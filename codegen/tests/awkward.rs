//! Names that conflict with Rust or with each other: the generated code compiles, or the error has a correction.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use support::generate;
use wikijs_codegen::{Config, Deprecations, Error};

const SCHEMA: &str = "
scalar Moment
type Query {
  thing(by: type): Thing
  any: Any
  enums: Enums
  thingUnknown: Unknown
}
\"\"\"
A \rcarriage return, a \u{202e}bidirectional control, and

    an indented example
```
another_one();
\"\"\"
interface Thing { type: String on: Thing }
type match implements Thing { type: String on: Thing other: Int }
type self implements Thing { type: String on: Thing }
type type_ implements Thing { type: String on: Thing }
type Unknown implements Thing { \"A \u{202e}description \u{7}\" type: String on: Thing }
type foo_bar { a: Int }
type FooBar { b: Int }
union Any = match | Unknown | foo_bar | FooBar
enum ResponseData { _ Other Self Value value }
enum Self { self Self A }
enum Argument { A @deprecated(reason: \"a \u{202e}reason \\u000d\") }
enum Ok { Err None }
type Enums { data: ResponseData me: Self argument: Argument! ok: [Ok!] moment: Moment }
input type { self: String _: Int typename_: Boolean type: type list: [Variables!] crate: Vec }
input Variables { super: Variables next: Chain }
input Chain { back: Variables again: [Chain] }
input Vec { String: String string_: String }
";

const DOCUMENT: &str = "
# The comment \u{202e}of \r# somebody.
query String1($by: type, $self: String, $type: Int! = 3, $Flag: Boolean = true) {
  thing(by: $by) { __typename type on { ...Variables } ... on match { other @include(if: $Flag) } ... on self { self: type } ... on Unknown { a: type } }
  any { __typename ... on foo_bar { a } ... on FooBar { b } ... on Unknown { type } ...ResponseData }
  unknown: thingUnknown @look(self: $self, type: $type) { type }
}
fragment Variables on Thing { __typename type }
fragment ResponseData on Any { __typename ... on FooBar { b } }
fragment Boolean on Enums { data me ...Float }
fragment Float on Enums { argument ...Int }
fragment Int on Enums { ok ...ID }
fragment ID on Enums { moment }
query Box1 { enums { ...Boolean } }
query Dynamic { enums { ok: argument on: data } \u{feff}}
";

fn settings(config: Config) -> Config {
    config.scalar("Moment", "::std::string::String")
}

fn schema() -> String {
    format!("{SCHEMA}\ndirective @look(self: String, type: Int) on FIELD\n")
}

#[test]
fn awkward_names_compile_for_the_client_and_for_graphql_client_alone() {
    let client = generate("awkward", &schema(), DOCUMENT, settings).unwrap();
    let alone = generate("awkward", &schema(), DOCUMENT, |config| {
        settings(config)
            .runtime("graphql_client")
            .module("inner")
            .derive_responses("Eq, Hash")
            .derive_inputs("Eq")
            .attribute("Chain", "#[must_use]")
            .rename_type("type", "Kind")
            .rename_type("Box1Enums", "AllEnums")
            .rename_type("Float", "Floating")
            .deprecations(Deprecations::Allow)
    })
    .unwrap();
    for expected in [
        "pub struct Kind",
        "pub type AllEnums",
        "pub struct Floating",
        "pub mod inner {",
    ] {
        assert!(alone.contains(expected), "{expected}\n{alone}");
    }
    assert!(!alone.contains("__codegen"), "{alone}");
    let again = generate("awkward", &schema(), DOCUMENT, |config| {
        settings(config).runtime("::graphql_client")
    })
    .unwrap();
    let modules = format!(
        "/// For the client.\npub mod client {{\n{client}\n}}\n/// Alone.\npub mod alone {{\n{alone}\n}}\n\
        /// Several in one crate.\npub mod again {{\n{again}\n}}\n"
    );
    let main = r##"
use awkward::{alone::inner::{self, enums}, client};
fn main() {
    let variables = inner::string1::Variables::new();
    assert_eq!(serde_json::to_string(&variables).unwrap(), "{}");
    let answer = r#"{ "thing": { "__typename": "self", "type": "a", "on": null, "self": "b" },
        "any": { "__typename": "Elephant" }, "unknown": { "type": null } }"#;
    let data: inner::string1::ResponseData = serde_json::from_str(answer).unwrap();
    assert!(matches!(data.thing.as_ref().unwrap().on_, inner::string1::String1ThingOn_::Self_(_)), "{data:?}");
    assert_eq!(serde_json::from_str::<inner::string1::ResponseData>(&serde_json::to_string(&data).unwrap()).unwrap().thing, data.thing);
    let answer = r#"{ "enums": { "data": "_", "me": "self", "argument": "A", "ok": ["Err", "New"], "moment": "now" } }"#;
    let data: client::box1::ResponseData = serde_json::from_str(answer).unwrap();
    let enums = data.enums.unwrap();
    assert_eq!(enums.data, Some(client::enums::ResponseData::Underscore));
    assert_eq!(enums.float.int.ok.unwrap()[1].as_str(), "New");
    let _ = enums::Ok_::Err;
}
"##;
    support::krate::run("awkward", &modules, main);
}

const LEADING_UNDERSCORES: &str = "
directive @note(text: String) on FIELD
type Query { _service: _Service entity(pick: _Pick, by: [[_1!]]): _Entity nobody: Nobody response: Response1 }
type Mutation { set(in: Required!): _1 }
type Subscription { _changed_: Service }
interface Nobody { id: ID }
union _Entity = _Service | Service | _2
type _Service { sdl: String, fields: Int, index: Int, error: Int, key: [Int] }
type Service { a: Int @deprecated(reason: \"\"\"`b`
*/ */ \\\\ # \"\"\") }
type _2 { data: Response1 }
type Response1 { data: Int }
enum _1 { _1 _1_ a A _a Default }
\"\"\"One of these. <b> [link] `code \u{feff}\u{2028}\u{0}\"\"\"
input _Pick @oneOf { id: ID, name: _1, pick: _Pick }
input Required { _1: _1! _1_: Int! = 3 serializer: Boolean! text: String = \"*/ ` {\" new: [Required!] more: More! }
input More { back: Required list: [More!]! float: Float! = 1e3 }
";

const LEADING_UNDERSCORES_DOCUMENT: &str = "
query Response($pick: _Pick, $_by: [[_1!]], $text: String! = \"\"\"a \\\"\"\" ` */\"\"\") {
  __typename
  other: __typename @note(text: $text)
  _service { sdl fields index error key }
  entity(pick: $pick, by: $_by) { ...Whole }
  second: entity(pick: { id: 5 }) { __typename ... on Service { a } ... on _2 { data { data } } }
  nobody { __typename id }
  more: nobody { kind: __typename __typename }
}
fragment Whole on _Entity { __typename ... on _Service { ...Variables1 } ... on Service { a } }
fragment Variables1 on _Service { sdl }
mutation Set($in: Required!) { set(in: $in) }
subscription Changed { _changed_ { a } }
query OnlyTypename { __typename }
";

#[test]
fn names_with_leading_underscores_and_empty_interfaces_compile() {
    let code = |settings: fn(Config) -> Config| {
        let (schema, document) = (LEADING_UNDERSCORES, LEADING_UNDERSCORES_DOCUMENT);
        generate("underscores", schema, document, settings)
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let client = code(|it| it.optional_parts(true));
    // Derives that the types already have, and duplicates.
    let alone = code(|it| {
        it.runtime("graphql_client")
            .derive_responses("Clone, Eq, Hash, ::std::fmt::Debug, Eq")
            .derive_inputs("Clone")
            .rename_type("Required", "NewThing")
            .rename_type("_1", "Number")
    });
    let with_default = code(|it| it.derive_inputs("Default"));
    let twice = |line: &str| line.matches("Default").count() > 1;
    assert!(
        !with_default
            .lines()
            .any(|line| line.contains("derive(") && twice(line))
    );
    let modules = format!(
        "/// For the client.\npub mod client {{\n{client}\n}}\n/// Alone.\npub mod alone {{\n{alone}\n}}\n"
    );
    let main = r##"
use underscores::{alone, client};
fn main() {
    let answer = r#"{ "__typename": "Query", "other": "Query", "_service": { "key": [1], "error": 2, "sdl": "s" },
        "entity": { "__typename": "_Service", "sdl": "t" }, "second": { "__typename": "_2", "data": { "data": 4 } },
        "nobody": { "__typename": "New", "id": "1" }, "more": { "__typename": "New", "kind": "New" } }"#;
    let data: client::response::ResponseData = serde_json::from_str(answer).unwrap();
    assert_eq!(data.service.unwrap().key, Some(vec![Some(1)]));
    let data: alone::response::ResponseData = serde_json::from_str(answer).unwrap();
    assert_eq!(serde_json::to_value(&data).unwrap()["second"]["data"]["data"], 4);
    let pick = client::inputs::Pick { id: "5".to_owned().into(), ..client::inputs::Pick::new() };
    assert_eq!(serde_json::to_string(&pick).unwrap(), r#"{"id":"5"}"#);
}
"##;
    support::krate::run("underscores", &modules, main);
}

fn error(
    name: &str,
    schema: &str,
    document: &str,
    settings: impl FnOnce(Config) -> Config,
) -> String {
    match generate(name, schema, document, settings) {
        Ok(code) => panic!("{code}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn names_that_coincide_in_rust_are_refused_with_both_names_and_can_be_renamed() {
    let schema = "type Query { a: FooBar b: foo_bar c: STRING d: int }\n\
        enum FooBar { A } enum foo_bar { B } enum STRING { C } enum int { D } enum DATE { E } scalar Date";
    let document = "query Q { a b }";
    let text = error("same", schema, document, |config| config);
    for expected in ["`FooBar`", "`foo_bar`", ".rename_type(\"foo_bar\""] {
        assert!(text.contains(expected), "{text}");
    }
    let code = generate("same", schema, document, |config| {
        config.rename_type("foo_bar", "Other")
    })
    .unwrap();
    assert!(
        code.contains("pub b: Option<super::enums::Other>"),
        "{code}"
    );
    let code = generate("same", schema, "query Q { c d }", |config| config).unwrap();
    assert!(
        code.contains("pub c: Option<super::enums::String_>"),
        "{code}"
    );
    assert!(code.contains("pub d: Option<super::enums::Int>"), "{code}");
}

#[test]
fn a_scalar_without_a_type_says_which_setting_is_missing() {
    let schema =
        "type Query { at: Moment by(in: In): Int }\nscalar Moment input In { at: [Moment] }";
    for document in [
        "query Q { at }",
        "query Q($in: In) { by(in: $in) }",
        "query Q($in: [Moment]) { by(in: { at: $in }) }",
    ] {
        let text = error("scalar", schema, document, |config| config);
        assert!(text.contains(".scalar(\"Moment\", \"…\")"), "{text}");
    }
}

#[test]
fn an_error_of_a_setting_names_the_setting() {
    let (schema, document) = ("type Query { a: Int }", "query Q { a }");
    for (expected, settings) in [
        (
            "`rename_type(…)`: there is no type or fragment `Nothing`",
            (|it: Config| it.rename_type("Nothing", "B")) as fn(Config) -> Config,
        ),
        ("`attribute(…)`: no type named `Nothing`", |it| {
            it.attribute("Nothing", "#[must_use]")
        }),
        ("`attribute(…)`: `must_use` is not an attribute", |it| {
            it.attribute("Q", "must_use")
        }),
        ("`scalar(…)`: `a b!` is not a path", |it| {
            it.scalar("Int", "a b!")
        }),
        ("`crate_path(…)`: `` is not a path", |it| {
            it.crate_path("")
        }),
        ("`module(…)`: `mod` is not a path", |it| it.module("mod")),
        ("`module(…)`: `a::b` is not a name", |it| {
            it.module("a::b")
        }),
        ("`module(…)`: `1a` is not a name", |it| it.module("1a")),
        ("`rename_type(…)`: `Vec<A>` is not a name", |it| {
            it.rename_type("Query", "Vec<A>")
        }),
        ("`rename_type(…)`: `Self` is not a name", |it| {
            it.rename_type("Query", "Self")
        }),
        (
            "`rename_type(…)`: `Option` is a name of Rust itself",
            |it| it.rename_type("Query", "Option"),
        ),
    ] {
        let text = error("settings", schema, document, settings);
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn fragments_that_are_renamed_alike_are_refused_and_others_no_longer() {
    let schema = "type Query { a: A b: A } type A { x: Int y: Int }";
    let document = "query Q { a { ...Left } b { ...Right } } fragment Left on A { x } fragment Right on A { y }";
    let text = error("renamed", schema, document, |it| {
        it.rename_type("Left", "Right")
    });
    assert!(
        text.contains("`Right` and `Left` have the same Rust name"),
        "{text}"
    );
    let document = document.replace("Left", "right");
    let code = generate("renamed", schema, &document, |it| {
        it.rename_type("right", "Left")
    })
    .unwrap();
    assert!(code.contains("pub struct Left "), "{code}");
}

#[test]
fn an_extension_can_add_fields_types_and_built_in_scalars() {
    let schema = "\"\"\"The root of everything, which has fields.\"\"\" type Query { a: Kind }\nenum Kind { A }";
    let extension = support::krate::file(
        "added/extension.graphql",
        "scalar Int scalar Moment\n\
        extend schema @link(url: \"https://specs.apollo.dev/nullability/v0.4\", import: [\"@semanticNonNullField\"])\n\
        extend type Query @semanticNonNullField(name: \"b\") { b(kind: Kind = B): New }\n\
        extend enum Kind { B }\ntype New { at: Moment }",
    );
    let document = "query Q { a b(kind: B) { at } }";
    let code = generate("added", schema, document, |it| {
        it.extend_schema(&extension).scalar("Moment", "String")
    })
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(code.contains("pub b: QB,"), "{code}");
}

#[test]
fn code_in_descriptions_is_not_an_example_for_rustdoc() {
    for (description, line) in [
        ("Quoted:\n> ```\n> panic!()\n> ```", " > panic!()"),
        ("- ```\n  panic!()\n  ```\n\nMore.", "   panic!()"),
        ("Quoted:\n\n>     panic!()", " >     panic!()"),
        ("1.  ~~~rust\n    panic!()\n    ~~~", "     panic!()"),
        ("```rust\npanic!()\n```", " panic!()"),
    ] {
        let schema = format!("type Query {{ \"\"\"\n{description}\n\"\"\" a: Int }}");
        let code = generate("examples", &schema, "query Q { a }", |it| it).unwrap();
        let docs = code
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("///"));
        let mut before = docs.take_while(|it| *it != line);
        let is_text = before.any(|it| it.trim_start().trim_start_matches('`') == "text");
        assert!(is_text, "{description}\n{code}");
    }
    let schema = "type Query { \"\"\"\nText:\n\n    panic!()\n\"\"\" a: Int }";
    let code = generate("examples", schema, "query Q { a }", |it| it).unwrap();
    assert!(code.contains("/// panic!()\n"), "{code}");
}

#[test]
fn deprecations_are_errors_warnings_or_ignored() {
    let (schema, document) = (
        "type Query { a: Int @deprecated(reason: \"Use b.\") b: Int }",
        "query Q { a }",
    );
    let text = error("deprecations", schema, document, |it| {
        it.deprecations(Deprecations::Deny)
    });
    assert!(
        text.contains(":1:11: error: `Query.a` is deprecated: Use b."),
        "{text}"
    );
    let code = |deprecations| {
        generate("deprecations", schema, document, |it| {
            it.deprecations(deprecations)
        })
        .unwrap()
    };
    assert!(code(Deprecations::Warn).contains("#[deprecated(note = \"Use b.\")]"));
    assert!(!code(Deprecations::Allow).contains("#[deprecated"));
}

#[test]
fn fields_that_are_never_null_are_not_options() {
    let schema = "type Query { list: [Item] @semanticNonNull(levels: [0, 1]) item: Item }\ntype Item { id: Int tags: [[String]] }";
    let marks = support::krate::file(
        "never-null/marks.graphql",
        "extend schema @link(url: \"https://specs.apollo.dev/nullability/v0.4\")\n\
        extend type Item @semanticNonNullField(name: \"id\") @semanticNonNullField(name: \"tags\", levels: [1, 2])",
    );
    let document = "query Q { list { id tags } item { id } }";
    let code = generate("never-null", schema, document, |it| {
        it.extend_schema(&marks)
    })
    .unwrap();
    for expected in [
        "pub list: Vec<QList>",
        "pub id: i64",
        "pub tags: Option<Vec<Vec<String>>>",
        "pub item: Option<QItem>",
    ] {
        assert!(code.contains(expected), "{expected}\n{code}");
    }
    let text = |marks: &str| {
        let marks = support::krate::file("never-null/wrong.graphql", marks);
        error("never-null", schema, document, |it| it.extend_schema(marks))
    };
    assert!(
        text("extend type Item @semanticNonNullField(name: \"ids\")").contains(
            "wrong.graphql:1:13: error: `@semanticNonNullField`: `Item` has no field `ids`"
        )
    );
    assert!(
        text("extend type Itme @semanticNonNullField(name: \"id\")")
            .contains("`Itme` is extended but not defined")
    );
    assert!(
        text("extend type Item @semanticNonNullField(name: \"id\", levels: [1])").contains("`id`")
    );
}

#[test]
fn validation_errors_have_the_variant_documents() {
    let result = generate(
        "documents",
        "type Query { a: Int }",
        "query Q { b }",
        |it| it,
    );
    assert!(matches!(result, Err(Error::Documents(_))));
}

#[test]
fn every_optional_part_can_be_left_out_of_the_document() {
    let schema = "type Query { list(limit: Int, tag: String, all: Boolean!): [Item]! at(id: Int!): Item }\n\
        type Item { id: Int! title: String tags(first: Int): [String] next: Item }";
    let document = "query Q($limit: Int, $tag: String = \"a\", $all: Boolean!, $id: Int!, $first: Int) {\n  \
        list(limit: $limit, tag: $tag, all: $all) { id title ...F }\n  \
        other: at(id: $id) { id title tags(first: $first) }\n}\n\
        fragment F on Item { id next { id tags(first: $first) } }";
    let generate =
        |document: &str| generate("optional", schema, document, |it| it.optional_parts(true));
    let code = generate(document).unwrap();
    let constant = code
        .split("OPTIONAL_PARTS: &[(&str, &[&str], &[(usize, usize)])] = &[")
        .nth(1)
        .unwrap();
    let entries: Vec<&str> = constant
        .split("];")
        .next()
        .unwrap()
        .lines()
        .map(str::trim)
        .filter(|it| it.starts_with('('))
        .collect();
    // `id` and `all` are not optional.
    let names: Vec<&str> = entries
        .iter()
        .map(|it| it.split('"').nth(1).unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Item.next",
            "Item.tags",
            "Item.tags(first:)",
            "Item.title",
            "Query.at",
            "Query.list(limit:)",
            "Query.list(tag:)"
        ]
    );
    let query = code
        .split("pub const QUERY: &str = \"")
        .nth(1)
        .unwrap()
        .split("\";")
        .next()
        .unwrap();
    let query = query.replace("\\n", "\n").replace("\\\"", "\"");
    for entry in entries {
        let (name, numbers) = (
            entry.split('"').nth(1).unwrap(),
            entry.split("&[").nth(2).unwrap(),
        );
        let numbers: Vec<usize> = numbers
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|it| it.parse().ok())
            .collect();
        let mut text = query.clone();
        for place in numbers.chunks(2) {
            text.replace_range(place[0]..place[1], &" ".repeat(place[1] - place[0]));
        }
        let text = text.replace(&format!("({})", " ".repeat(13)), "");
        let text = text.replace("next {     ", "next { id");
        generate(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    }
}

#[test]
fn serde_decodes_a_struct_that_has_an_attribute_of_serde() {
    let code = |attribute: &str| {
        let schema = "type Query { dog: Dog } type Dog { name: String tags: [String!]! }";
        let document = "query Q { dog { name tags } }";
        support::generate("serde-attribute", schema, document, |it| {
            it.attribute("QDog", attribute)
        })
        .unwrap()
    };
    let derived = code("#[serde(deny_unknown_fields)]");
    assert_eq!(derived.matches("serde::Deserialize").count(), 1);
    assert!(!derived.contains("object! { QDog"));
    let own = code("#[must_use]");
    assert!(!own.contains("serde::Deserialize"));
    assert!(own.contains("object! { QDog 0 \"name\" name value, 1 \"tags\" tags list, }"));
}
