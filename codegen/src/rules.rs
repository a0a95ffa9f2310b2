//! The rules of GraphQL's validation in words, and those of Rust beside them.

/// Why a name can be refused.
pub(crate) const RUST_NAMES: &str =
    "operations, fragments and variables become Rust names, each another one";

/// Why a selection can be refused.
pub(crate) const RUST_FIELDS: &str =
    "selections become Rust fields and types, each with a name of its own";

/// The rule by apollo-compiler's name of its violation.
pub(crate) fn rule(name: &str) -> &'static str {
    match name {
        "UndefinedField" => {
            "a field must be defined on the type that it is selected from (GraphQL 5.3.1)"
        }
        "ConflictingFieldType" | "ConflictingFieldName" | "ConflictingFieldArgument" => {
            "selections under the same key must be the same field with the same arguments (GraphQL 5.3.2)"
        }
        "SubselectionOnScalarType" | "SubselectionOnEnumType" | "MissingSubselection" => {
            "a selection stands exactly on what has fields: objects, interfaces and unions (GraphQL 5.3.3)"
        }
        "UndefinedArgument" => {
            "an argument must be defined on the field or directive (GraphQL 5.4.1)"
        }
        "UniqueArgument" => "an argument is given once (GraphQL 5.4.2)",
        "RequiredArgument" => {
            "an argument that cannot be null and has no default must be given (GraphQL 5.4.2.1)"
        }
        "OperationNameCollision" => "operations have different names (GraphQL 5.2.1.1)",
        "AmbiguousAnonymousOperation" => {
            "an operation without a name stands alone (GraphQL 5.2.2.1)"
        }
        "UndefinedRootOperation" => "the schema must have the kind of operation (GraphQL 3.3.1)",
        "SubscriptionUsesMultipleFields"
        | "SubscriptionUsesIntrospection"
        | "SubscriptionUsesConditionalSelection" => {
            "a subscription selects one root field (GraphQL 5.2.3.1)"
        }
        "TypeSystemDefinition" => {
            "a document to execute holds operations and fragments only (GraphQL 5.1.1)"
        }
        "FragmentNameCollision" => "fragments have different names (GraphQL 5.5.1.1)",
        "UndefinedTypeInNamedFragmentTypeCondition"
        | "UndefinedTypeInInlineFragmentTypeCondition" => {
            "a fragment is on a type that the schema has (GraphQL 5.5.1.2)"
        }
        "InvalidFragmentTarget" => {
            "a fragment is on an object, interface or union (GraphQL 5.5.1.3)"
        }
        "UnusedFragment" => "a fragment must be used (GraphQL 5.5.1.4)",
        "UndefinedFragment" => "a spread names a fragment that is defined (GraphQL 5.5.2.1)",
        "RecursiveFragmentDefinition" => {
            "a fragment does not lead back to itself (GraphQL 5.5.2.2)"
        }
        "InvalidFragmentSpread" => {
            "a fragment is spread where its type is possible (GraphQL 5.5.2.3)"
        }
        "UnsupportedValueType"
        | "UndefinedEnumValue"
        | "IntCoercionError"
        | "FloatCoercionError" => {
            "a value must be of the type that its place asks for (GraphQL 5.6.1)"
        }
        "UndefinedInputValue" => "an input object has only the fields of its type (GraphQL 5.6.2)",
        "UniqueInputValue" => "a field of an input object is given once (GraphQL 5.6.3)",
        "RequiredField" => {
            "a field that cannot be null and has no default must be given (GraphQL 5.6.4)"
        }
        "UndefinedDirective" => "a directive must be defined (GraphQL 5.7.1)",
        "UnsupportedLocation" => {
            "a directive stands where its definition allows it (GraphQL 5.7.2)"
        }
        "UniqueDirective" => "a directive stands once in a place (GraphQL 5.7.3)",
        "UniqueVariable" => "the variables of an operation have different names (GraphQL 5.8.1)",
        "VariableInputType" => {
            "a variable is a scalar, an enum, an input object or a list of them (GraphQL 5.8.2)"
        }
        "UndefinedDefinition" => "a type must be defined in the schema (GraphQL 5.8.2)",
        "UndefinedVariable" => {
            "a variable must be defined by every operation that uses it (GraphQL 5.8.3)"
        }
        "UnusedVariable" => "a variable must be used (GraphQL 5.8.4)",
        "DisallowedVariableUsage" => "a variable fits the place where it stands (GraphQL 5.8.5)",
        "RecursionError" | "RecursionLimitError" | "DeeplyNestedType" => {
            "a document is not nested without end"
        }
        _ => "a document must follow GraphQL's grammar (GraphQL 2)",
    }
}
