//! The code of every document of `tests/valid` equals the `.rs` file next to it. These files are compiled here, and
//! decode the sample response in the `.json` file next to them into the values of the snapshot.
//!
//! The code is not an insta snapshot, because this test compiles it. `UPDATE=1 cargo test -p wikijs-codegen --test
//! valid` updates the files; run the test again to compile them.

#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{env, fs, path::Path};

use graphql_client::GraphQLQuery;
use serde_json::Value;

#[expect(missing_docs, reason = "stands in for the client")]
pub mod __codegen {
    pub use graphql_client;
    pub use serde;

    pub use crate::{
        __object as object, __operation as operation,
        generated::{Fields, NoVariables, Object, SingleField, object},
    };
}

#[path = "../../src/generated.rs"]
mod generated;

#[expect(missing_docs, reason = "stands in for the client")]
pub mod api {
    pub use crate::support::argument::Argument;

    pub mod scalars {
        pub type Date = String;
    }
}

fn decode<Q: GraphQLQuery>(answers: &Value, operation: &str) -> String
where
    Q::ResponseData: std::fmt::Debug,
{
    let decoded: Q::ResponseData = serde_json::from_value(answers[operation].clone()).unwrap();
    format!("{decoded:#?}\n")
}

macro_rules! fixtures {
    ($($module:ident: $file:literal [$($operation:ident = $name:literal),*],)*) => {
        $(mod $module {
            include!(concat!("valid/", $file, ".rs"));
        })*

        const FILES: &[&str] = &[$($file),*];

        #[test]
        fn sample_answers_are_decoded() {
            $({
                let answers: Value = serde_json::from_str(include_str!(concat!("valid/", $file, ".json"))).unwrap();
                let decoded = [$(decode::<$module::$operation>(&answers, $name)),*].concat();
                support::snapshot(Path::new(concat!("tests/valid/", $file, ".graphql")), &decoded);
            })*
        }
    };
}

fixtures! {
    fields: "01-fields" [DogFields = "DogFields"],
    variables: "02-variables" [Variables1 = "Variables1"],
    shared_fragment: "03-shared-fragment" [OneDog = "OneDog", ManyDogs = "ManyDogs"],
    overlap_field_and_fragment: "04-overlap-field-and-fragment" [Overlap = "Overlap"],
    overlap_two_fragments: "05-overlap-two-fragments" [Overlap = "Overlap"],
    overlap_below: "06-overlap-below" [Overlap = "Overlap"],
    overlap_same_fragment_twice: "07-overlap-same-fragment-twice" [Twice = "Twice"],
    overlap_nested_fragments: "08-overlap-nested-fragments" [Deep = "Deep"],
    inline_without_type: "09-inline-without-type" [Inline = "Inline"],
    inline_same_type: "10-inline-same-type" [Inline = "Inline"],
    interface_in_object: "11-interface-in-object" [InObject = "InObject"],
    conditions: "12-conditions" [Conditions = "Conditions"],
    condition_on_shared_fragment: "13-condition-on-shared-fragment" [Sure = "Sure", Maybe = "Maybe"],
    field_twice: "14-field-twice" [Twice = "Twice"],
    aliases: "15-aliases" [Aliases = "Aliases"],
    typename: "16-typename" [Typename = "Typename"],
    interface: "17-interface" [Interface = "Interface"],
    interface_unknown_type: "18-interface-unknown-type" [Interface = "Interface"],
    union: "19-union" [Either = "Either"],
    interface_with_fragments: "20-interface-with-fragments" [Interface = "Interface"],
    interface_fragment_alone: "21-interface-fragment-alone" [Alone = "Alone"],
    interface_fragment_among_others: "22-interface-fragment-among-others" [Among = "Among"],
    keywords: "23-keywords" [Keywords = "Keywords"],
    prelude_enum: "24-prelude-enum" [Prelude = "Prelude"],
    input: "25-input" [Adopt = "Adopt"],
    mutation: "26-mutation" [Rename = "Rename"],
    subscription: "27-subscription" [Messages = "Messages"],
    strings: "28-strings" [Strings = "Strings"],
    fragment_named_as_field: "29-fragment-named-as-field" [Owners = "Owners"],
    lower_case_names: "30-lower-case-names" [GetDog = "get_dog"],
    deprecated: "31-deprecated" [Deprecated = "Deprecated"],
    directives: "32-directives" [Directives = "Directives"],
    list_fields: "33-lists" [Lists = "Lists"],
    number_literals: "34-number-literals" [Numbers = "Numbers"],
    default_input: "35-default-input" [DefaultInput = "DefaultInput"],
    no_space: "36-no-space" [NoSpace = "NoSpace"],
    type_named_as_enum: "37-type-named-as-enum" [Dog = "Dog"],
    type_named_as_fragment: "38-type-named-as-fragment" [Find = "Find"],
}

#[test]
fn every_valid_document_is_generated_as_before() {
    let mut seen = Vec::new();
    for path in support::documents("tests/valid") {
        let (code, _) =
            support::compile(&path).unwrap_or_else(|error| panic!("{}:\n{error}", path.display()));
        let expected = path.with_extension("rs");
        if env::var_os("UPDATE").is_some() {
            fs::write(&expected, &code).unwrap();
        }
        assert!(
            fs::read_to_string(&expected).unwrap() == code,
            "{} is generated otherwise",
            expected.display()
        );
        seen.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(seen, FILES, "every document has its place in `fixtures!`");
}
