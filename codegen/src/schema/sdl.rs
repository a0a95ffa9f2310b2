//! Parses the type system: SDL, and files that extend a schema.

use super::{
    DirectiveDefinition, EnumValue, FieldDefinition, InputField, Kind, Schema, TypeDefinition,
};
use crate::document::{
    Directive, Name, Value, ValueKind,
    lexer::{self, string_value},
    parser::{Parser, Result},
};

/// Adds everything that the text defines or extends.
pub(super) fn read(text: &str, schema: &mut Schema) -> Result<()> {
    let mut sdl = Sdl {
        parser: Parser::new(text)?,
        schema,
        extensions: Vec::new(),
    };
    while !sdl.parser.is_at_end() {
        sdl.definition()?;
    }
    for extension in sdl.extensions {
        extension.apply(schema);
    }
    Ok(())
}

struct Sdl<'a> {
    parser: Parser<'a>,
    schema: &'a mut Schema,
    extensions: Vec<Extension>,
}

/// An addition to a type, which may be defined further below.
struct Extension {
    name: Name,
    /// `None` if it only marks fields of the definition.
    kind: Option<Kind>,
    never_null: Vec<(String, Vec<usize>)>,
}

impl Sdl<'_> {
    fn description(&mut self) -> Option<String> {
        (self.parser.peek().kind == lexer::Kind::String).then(|| {
            let token = self.parser.advance();
            string_value(self.parser.text_of(token.span))
        })
    }

    fn definition(&mut self) -> Result<()> {
        let start = self.parser.peek().span.start;
        let description = self.description();
        if description.is_none() && self.parser.eat_keyword("extend") {
            return self.extension();
        }
        match self.parser.text_of(self.parser.peek().span) {
            "schema" => {
                self.parser.advance();
                self.schema.has_definition = true;
                self.roots()
            }
            "directive" => self.directive_definition(),
            _ => {
                let (name, kind, directives) = self.ty()?;
                let span = self.parser.span_from(start);
                let definition = TypeDefinition {
                    description,
                    kind,
                    is_one_of: has(&directives, "oneOf"),
                    span,
                };
                self.extensions.push(Extension {
                    name: name.clone(),
                    kind: None,
                    never_null: self.marked_fields(&directives),
                });
                self.schema.define(name.text, definition);
                Ok(())
            }
        }
    }

    fn extension(&mut self) -> Result<()> {
        if self.parser.eat_keyword("schema") {
            return self.roots();
        }
        let (name, kind, directives) = self.ty()?;
        let never_null = self.marked_fields(&directives);
        self.extensions.push(Extension {
            name,
            kind: Some(kind),
            never_null,
        });
        Ok(())
    }

    fn roots(&mut self) -> Result<()> {
        self.parser.directives()?;
        let roots = self.parser.between(("{", "}"), false, |parser| {
            let kind = parser.name("`query`, `mutation` or `subscription`")?;
            parser.expect(":")?;
            Ok((kind.text, parser.name("a type")?.text))
        })?;
        for (kind, name) in roots {
            let index = ["query", "mutation", "subscription"]
                .iter()
                .position(|it| *it == kind);
            if let Some(root) = index.and_then(|index| self.schema.roots.get_mut(index)) {
                *root = Some(name);
            }
        }
        Ok(())
    }

    fn directive_definition(&mut self) -> Result<()> {
        self.parser.advance();
        self.parser.expect("@")?;
        let name = self.parser.name("the directive's name")?;
        let arguments = self.input_fields(("(", ")"))?;
        let is_repeatable = self.parser.eat_keyword("repeatable");
        if !self.parser.eat_keyword("on") {
            return Err(self.parser.unexpected("`on`"));
        }
        let locations = self.names("|")?;
        self.schema.directives.insert(
            name.text,
            DirectiveDefinition {
                arguments,
                is_repeatable,
                locations,
            },
        );
        Ok(())
    }

    /// Parses the name, the kind and the directives of a type.
    fn ty(&mut self) -> Result<(Name, Kind, Vec<Directive>)> {
        const KEYWORDS: &str = "`schema`, `directive`, `scalar`, `type`, `interface`, `union`, `enum`, `input` or `extend`";
        let keyword = self.parser.text_of(self.parser.peek().span);
        if !matches!(
            keyword,
            "scalar" | "type" | "interface" | "union" | "enum" | "input"
        ) {
            return Err(self.parser.unexpected(KEYWORDS));
        }
        self.parser.advance();
        let name = self.parser.name("the type's name")?;
        let has_interfaces = self.parser.eat_keyword("implements");
        let implements = self.names_if(has_interfaces, "&")?;
        let directives = self.parser.directives()?;
        let kind = match keyword {
            "type" => Kind::Object {
                fields: self.fields()?,
                implements,
            },
            "interface" => Kind::Interface {
                fields: self.fields()?,
            },
            "union" => {
                let has_members = self.parser.eat("=");
                let members = self.names_if(has_members, "|")?;
                Kind::Union { members }
            }
            "enum" => Kind::Enum {
                values: self.enum_values()?,
            },
            "input" => Kind::Input {
                fields: self.input_fields(("{", "}"))?,
            },
            _ => Kind::Scalar,
        };
        Ok((name, kind, directives))
    }

    fn names_if(&mut self, is: bool, sign: &str) -> Result<Vec<String>> {
        if is { self.names(sign) } else { Ok(Vec::new()) }
    }

    /// Parses names with a sign between them, and optionally before the first.
    fn names(&mut self, sign: &str) -> Result<Vec<String>> {
        self.parser.eat(sign);
        let mut names = vec![self.parser.name("a name")?.text];
        while self.parser.eat(sign) {
            names.push(self.parser.name("a name")?.text);
        }
        Ok(names)
    }

    /// Parses items between brackets, each with a description.
    fn described<T>(
        &mut self,
        brackets: (&str, &str),
        mut item: impl FnMut(&mut Self, Option<String>, String) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut items = Vec::new();
        if !self.parser.eat(brackets.0) {
            return Ok(items);
        }
        while !self.parser.eat(brackets.1) {
            let description = self.description();
            let name = self.parser.name("a name")?.text;
            items.push(item(self, description, name)?);
        }
        Ok(items)
    }

    fn fields(&mut self) -> Result<Vec<FieldDefinition>> {
        self.described(("{", "}"), |sdl, description, name| {
            let arguments = sdl.input_fields(("(", ")"))?;
            sdl.parser.expect(":")?;
            let ty = sdl.parser.ty()?;
            let directives = sdl.parser.directives()?;
            let mut field = FieldDefinition {
                name,
                description,
                ty,
                arguments,
                deprecated: sdl.deprecated(&directives),
            };
            if let Some(mark) = directives
                .iter()
                .find(|it| it.name.text == "semanticNonNull")
            {
                field.never_null(&sdl.levels(mark));
            }
            Ok(field)
        })
    }

    fn input_fields(&mut self, brackets: (&str, &str)) -> Result<Vec<InputField>> {
        self.described(brackets, |sdl, description, name| {
            sdl.parser.expect(":")?;
            let ty = sdl.parser.ty()?;
            let default = if sdl.parser.eat("=") {
                let span = sdl.parser.value()?.span;
                let words = sdl.parser.text_of(span).split_whitespace();
                Some(words.collect::<Vec<_>>().join(" "))
            } else {
                None
            };
            let directives = sdl.parser.directives()?;
            Ok(InputField {
                name,
                description,
                ty,
                default,
                deprecated: sdl.deprecated(&directives),
            })
        })
    }

    fn enum_values(&mut self) -> Result<Vec<EnumValue>> {
        self.described(("{", "}"), |sdl, description, name| {
            let directives = sdl.parser.directives()?;
            Ok(EnumValue {
                name,
                description,
                deprecated: sdl.deprecated(&directives),
            })
        })
    }

    /// Returns the text of a string argument.
    fn string(&self, directive: &Directive, argument: &str) -> Option<String> {
        let value = self.argument(directive, argument)?;
        matches!(value.kind, ValueKind::String)
            .then(|| string_value(self.parser.text_of(value.span)))
    }

    #[expect(clippy::unused_self, reason = "reads beside `string`")]
    fn argument<'d>(&self, directive: &'d Directive, argument: &str) -> Option<&'d Value> {
        let mut arguments = directive.arguments.iter();
        Some(&arguments.find(|it| it.name.text == argument)?.value)
    }

    fn deprecated(&self, directives: &[Directive]) -> Option<String> {
        let directive = directives.iter().find(|it| it.name.text == "deprecated")?;
        let reason = self.string(directive, "reason");
        Some(reason.unwrap_or_else(|| "No longer supported".to_owned()))
    }

    /// Returns the fields that `@semanticNonNullField` names, with their levels.
    fn marked_fields(&self, directives: &[Directive]) -> Vec<(String, Vec<usize>)> {
        let marks = directives
            .iter()
            .filter(|it| it.name.text == "semanticNonNullField");
        marks
            .filter_map(|it| Some((self.string(it, "name")?, self.levels(it))))
            .collect()
    }

    fn levels(&self, mark: &Directive) -> Vec<usize> {
        match self.argument(mark, "levels").map(|it| &it.kind) {
            Some(ValueKind::List(levels)) => {
                let numbers = levels.iter().map(|it| self.parser.text_of(it.span).parse());
                numbers.filter_map(std::result::Result::ok).collect()
            }
            _ => vec![0],
        }
    }
}

impl Extension {
    fn apply(self, schema: &mut Schema) {
        let span = self.name.span;
        let Some(known) = schema.types.get_mut(&self.name.text) else {
            let unknown = format!("`{}` is extended but not defined", self.name.text);
            return schema.mistakes.push((span, unknown));
        };
        match (&mut known.kind, self.kind) {
            (
                Kind::Object { fields, implements },
                Some(Kind::Object {
                    fields: more,
                    implements: others,
                }),
            ) => {
                fields.extend(more);
                implements.extend(others);
            }
            (Kind::Interface { fields }, Some(Kind::Interface { fields: more })) => {
                fields.extend(more);
            }
            (Kind::Union { members }, Some(Kind::Union { members: more })) => members.extend(more),
            (Kind::Enum { values }, Some(Kind::Enum { values: more })) => values.extend(more),
            (Kind::Input { fields }, Some(Kind::Input { fields: more })) => fields.extend(more),
            (_, None) | (Kind::Scalar, Some(Kind::Scalar)) => {}
            (_, Some(_)) => {
                let other = format!("`{}` is extended as another kind of type", self.name.text);
                schema.mistakes.push((span, other));
            }
        }
        for (field, levels) in self.never_null {
            let of_type = match &mut known.kind {
                Kind::Object { fields, .. } | Kind::Interface { fields } => fields.as_mut_slice(),
                _ => &mut [],
            };
            let fits = of_type
                .iter_mut()
                .find(|it| it.name == field)
                .is_some_and(|it| it.never_null(&levels));
            if !fits {
                let unknown = format!(
                    "`@semanticNonNullField`: `{}` has no field `{field}` with such levels",
                    self.name.text
                );
                schema.mistakes.push((span, unknown));
            }
        }
    }
}

fn has(directives: &[Directive], name: &str) -> bool {
    directives.iter().any(|it| it.name.text == name)
}

/// Directives that a schema may use without their definitions.
#[cfg(feature = "check")]
const KNOWN_DIRECTIVES: [(&str, &str); 3] = [
    ("oneOf", "\ndirective @oneOf on INPUT_OBJECT"),
    (
        "semanticNonNull",
        "\ndirective @semanticNonNull(levels: [Int!] = [0]) on FIELD_DEFINITION",
    ),
    (
        "semanticNonNullField",
        "\ndirective @semanticNonNullField(name: String!, levels: [Int!] = [0]) repeatable on OBJECT | INTERFACE",
    ),
];

/// Returns the text without parts that apollo-compiler 1.33 refuses though they are valid: definitions of built-in
/// scalars, `\u{…}`, a comma after `...`. All other bytes keep their places. A schema gets definitions of the known
/// directives.
#[cfg(feature = "check")]
pub(crate) fn for_apollo(text: &str, schema: Option<&Schema>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut blank = |start: usize, end: usize, with: u8| {
        if let Some(place) = bytes.get_mut(start..end) {
            place.fill(with);
        }
    };
    let lexed = lexer::lex(text).unwrap_or_default();
    let mut end = 0;
    for token in lexed.tokens {
        let between = text.get(end..token.span.start).unwrap_or_default();
        for (at, _) in between.match_indices([',', '\u{feff}']) {
            let length = if between[at..].starts_with(',') { 1 } else { 3 };
            blank(end + at, end + at + length, b' ');
        }
        let escapes = text
            .get(token.span.start..token.span.end)
            .unwrap_or_default();
        if token.kind == lexer::Kind::String
            && escapes.contains("\\u")
            && !escapes.starts_with("\"\"\"")
        {
            blank(token.span.start + 1, token.span.end - 1, b'x');
        }
        end = token.span.end;
    }
    for comment in lexed.comments {
        blank(comment.start, comment.end, b' ');
    }
    for span in schema.map_or(&[][..], |it| &it.redefined_built_ins) {
        blank(span.start, span.end, b' ');
    }
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    for (name, definition) in KNOWN_DIRECTIVES {
        if schema.is_some_and(|it| !it.directives.contains_key(name)) {
            text.push_str(definition);
        }
    }
    text
}
