//! What apollo-compiler says, in the terms of somebody who writes a document: and what to write instead.

use crate::{
    Diagnostic,
    document::{Operation, Span, lexer},
    documents::{Documents, FileId},
    rules::rule,
    schema::{Kind, Schema},
    source::Source,
    suggest::{did_you_mean, did_you_mean_with},
};

/// Whether the rule asks what other files define.
pub(crate) fn is_about_definitions(broken: Option<&str>) -> bool {
    ["UnusedFragment", "UndefinedFragment"]
        .iter()
        .any(|name| broken == Some(rule(name)))
}

/// Two fields under one key are often of two types as well: that they are two fields says it.
pub(crate) fn keep_the_clearest(diagnostics: &mut Vec<Diagnostic>) {
    let place = |it: &Diagnostic| (it.file.clone(), it.line, it.column);
    let other_field = |it: &&Diagnostic| it.message.starts_with("cannot select different fields");
    let clear: Vec<_> = diagnostics.iter().filter(other_field).map(place).collect();
    diagnostics.retain(|it| {
        !it.message
            .starts_with("operation must not select different types")
            || !clear.contains(&place(it))
    });
}

/// The message in the terms of somebody who writes a file, not of a parser.
pub(crate) fn message(message: &str) -> String {
    message.replace(" in this document", "")
}

/// What is between backticks in a message.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// Where an error was found.
pub(crate) struct Context<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) documents: &'a Documents,
    pub(crate) source: &'a Source,
    pub(crate) span: Span,
}

impl Context<'_> {
    /// apollo-compiler drops what it cannot resolve, and then misses it. What is missed for that reason alone is not told.
    pub(crate) fn follows_from_another(&self, name: &str, message: &str) -> bool {
        let quoted = quoted(message);
        let first = quoted.first().copied().unwrap_or_default();
        let second = quoted.get(1).copied().unwrap_or_default();
        match name {
            "MissingSubselection" => self.source.slice(self.span).ends_with('}'),
            "UndefinedFragment" => self.documents.fragment(first).is_some(),
            "UndefinedField" => !self.schema.is_composite(first),
            "UnusedVariable" => self.is_written_elsewhere(first.trim_start_matches('$')),
            "InvalidFragmentSpread" => {
                let condition = if message.starts_with("inline") {
                    first
                } else {
                    second
                };
                !self.schema.is_composite(condition)
            }
            _ => false,
        }
    }

    /// Whether the operation around this place writes the variable anywhere but in its definition.
    fn is_written_elsewhere(&self, variable: &str) -> bool {
        let Some((file, operation)) = enclosing(self.documents, self.source, self.span) else {
            return false;
        };
        let fragments = self.documents.used_fragments(&operation.selections);
        let fragments = fragments
            .iter()
            .filter_map(|name| self.documents.fragment(name));
        let spans = fragments
            .map(|(file, fragment)| (file, fragment.span))
            .chain([(file, operation.span)]);
        let count = |text: &str| {
            let tokens = lexer::lex(text)
                .map(|lexed| lexed.tokens)
                .unwrap_or_default();
            let texts = tokens
                .iter()
                .map(|it| text.get(it.span.start..it.span.end).unwrap_or_default());
            let texts: Vec<&str> = texts.collect();
            texts
                .windows(2)
                .filter(|pair| *pair == ["$", variable])
                .count()
        };
        spans
            .map(|(file, span)| count(self.documents.slice(file, span)))
            .sum::<usize>()
            > 1
    }

    /// What to write instead, where that can be said.
    pub(crate) fn help(&self, name: &str, message: &str) -> Option<String> {
        let Self {
            schema,
            documents,
            source,
            span,
        } = *self;
        let quoted = quoted(message);
        let (first, second) = (
            quoted.first().copied().unwrap_or_default(),
            quoted.get(1).copied().unwrap_or_default(),
        );
        match name {
            "UndefinedField" => field_help(schema, first, second),
            "UndefinedArgument" => argument_help(schema, first, second),
            "RequiredArgument" => Some(format!("write `{}: …`", last_of_coordinate(first))),
            "UndefinedEnumValue" => match schema.get(second).map(|it| &it.kind) {
                Some(Kind::Enum { values }) => {
                    did_you_mean(first, values.iter().map(|it| it.name.as_str()))
                        .or_else(|| Some(one_of(values.iter().map(|it| it.name.as_str()))))
                }
                _ => None,
            },
            "UndefinedInputValue" => match schema.get(second).map(|it| &it.kind) {
                Some(Kind::Input { fields }) => {
                    did_you_mean(first, fields.iter().map(|it| it.name.as_str()))
                        .or_else(|| Some(one_of(fields.iter().map(|it| it.name.as_str()))))
                }
                _ => None,
            },
            "UndefinedFragment" => did_you_mean(
                first,
                documents
                    .fragments()
                    .map(|(_, fragment)| fragment.name.text.as_str()),
            ),
            "UndefinedVariable" => {
                let wrong = first.trim_start_matches('$');
                let operation = enclosing(documents, source, span);
                let names = operation.into_iter().flat_map(|(_, it)| {
                    it.variables
                        .iter()
                        .map(|variable| variable.name.text.as_str())
                });
                did_you_mean_with("$", wrong, names).or_else(|| {
                    Some(format!(
                        "define it: `(${wrong}: …)` after the operation's name"
                    ))
                })
            }
            "UnusedVariable" => Some(format!("use it as an argument, or take `{first}` out")),
            "UnusedFragment" => Some(format!("spread it with `...{first}`, or take it out")),
            "UndefinedDefinition"
            | "UndefinedTypeInNamedFragmentTypeCondition"
            | "UndefinedTypeInInlineFragmentTypeCondition" => {
                did_you_mean(first, schema.types().map(|(name, _)| name))
            }
            "UndefinedDirective" => {
                did_you_mean_with("@", first.trim_start_matches('@'), ["include", "skip"])
            }
            "MissingSubselection" => Some("say in braces which of its fields you want".to_owned()),
            "SubselectionOnScalarType" | "SubselectionOnEnumType" => {
                Some("take the braces out".to_owned())
            }
            "ConflictingFieldType" | "ConflictingFieldName" | "ConflictingFieldArgument" => {
                Some("give one of them another alias: `other: field`".to_owned())
            }
            "VariableInputType" => {
                Some("give the single values that you need as variables".to_owned())
            }
            _ => None,
        }
    }
}

fn field_help(schema: &Schema, on: &str, field: &str) -> Option<String> {
    let fields = schema.fields(on);
    did_you_mean(field, fields.iter().map(|it| it.name.as_str())).or_else(|| {
        // The field may be one level below: `list` is not on `Query`, it is on `pages`.
        let below = fields
            .iter()
            .find(|it| schema.field(it.ty.name(), field).is_some())?;
        Some(format!(
            "`{field}` is a field of `{}`: write `{} {{ {field} … }}`",
            below.ty.name(),
            below.name
        ))
    })
}

fn argument_help(schema: &Schema, argument: &str, coordinate: &str) -> Option<String> {
    let (on, field) = coordinate.split_once('.')?;
    let field = field.split('(').next().unwrap_or(field);
    let arguments = &schema.field(on, field)?.arguments;
    if arguments.is_empty() {
        return Some(format!("`{field}` takes no arguments"));
    }
    let names = || arguments.iter().map(|it| it.name.as_str());
    did_you_mean(argument, names()).or_else(|| Some(one_of(names())))
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    format!("there is {}", names.join(", "))
}

/// `Type.field(argument:)` gives `argument`, `Input.field` gives `field`.
fn last_of_coordinate(coordinate: &str) -> &str {
    coordinate
        .rsplit(['.', '('])
        .next()
        .unwrap_or(coordinate)
        .trim_end_matches([':', ')'])
}

fn enclosing<'a>(
    documents: &'a Documents,
    source: &Source,
    span: Span,
) -> Option<(FileId, &'a Operation)> {
    let here = |file: usize| {
        documents
            .sources
            .get(file)
            .is_some_and(|it| it.path == source.path)
    };
    let mut operations = documents.operations();
    operations.find(|(file, it)| here(*file) && it.span.holds(span))
}
