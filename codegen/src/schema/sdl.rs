//! Parses the type system: SDL, and files that extend a schema.

use super::{
    DirectiveDefinition, EnumValue, FieldDefinition, InputField, Kind, Schema, TypeDefinition,
};
use crate::document::{
    Directive, Name, Result, Value, ValueKind,
    lexer::{self, string_value},
    parser::Parser,
};

/// Adds everything that the text defines or extends.
pub(super) fn read(text: &str, schema: &mut Schema) -> Result<()> {
    let mut parser = Parser::new(text)?;
    let mut additions = Additions::default();
    while !parser.is_at_end() {
        parser.type_system_definition(schema, &mut additions)?;
    }
    // An extension can stand above the type that it extends, and a mark can name a field that an extension adds.
    for (name, extension) in additions.extensions {
        schema.extend(&name, extension);
    }
    for mark in additions.marks {
        schema.mark(&mark);
    }
    Ok(())
}

/// Additions to types, which may be defined further below.
#[derive(Default)]
struct Additions {
    extensions: Vec<(Name, TypeDefinition)>,
    marks: Vec<Mark>,
}

/// A field that `@semanticNonNullField` names.
struct Mark {
    on: Name,
    field: String,
    levels: Vec<usize>,
}

/// The grammar of the type system, in addition to that of documents.
impl Parser<'_> {
    fn description(&mut self) -> Option<String> {
        (self.peek().kind == lexer::Kind::String).then(|| {
            let token = self.advance();
            string_value(self.text_of(token.span))
        })
    }

    fn type_system_definition(
        &mut self,
        schema: &mut Schema,
        additions: &mut Additions,
    ) -> Result<()> {
        let start = self.peek().span.start;
        let description = self.description();
        // Extensions have no descriptions.
        let extends = description.is_none() && self.eat_keyword("extend");
        if self.eat_keyword("schema") {
            schema.has_definition |= !extends;
            return self.roots(schema);
        }
        if !extends && self.eat_keyword("directive") {
            return self.directive_definition(schema);
        }
        let (name, mut definition) = self.type_definition(additions)?;
        if extends {
            additions.extensions.push((name, definition));
        } else {
            definition.description = description;
            definition.span = self.span_from(start);
            schema.define(name.text, definition);
        }
        Ok(())
    }

    fn roots(&mut self, schema: &mut Schema) -> Result<()> {
        self.directives()?;
        let roots = self.between(("{", "}"), false, |parser| {
            let kind = parser.name("`query`, `mutation` or `subscription`")?;
            parser.expect(":")?;
            Ok((kind.text, parser.name("a type")?.text))
        })?;
        for (kind, name) in roots {
            let kinds = ["query", "mutation", "subscription"];
            let index = kinds.iter().position(|it| *it == kind);
            if let Some(root) = index.and_then(|index| schema.roots.get_mut(index)) {
                *root = Some(name);
            }
        }
        Ok(())
    }

    fn directive_definition(&mut self, schema: &mut Schema) -> Result<()> {
        self.expect("@")?;
        let name = self.name("the directive's name")?;
        let arguments = self.input_fields(("(", ")"))?;
        let is_repeatable = self.eat_keyword("repeatable");
        if !self.eat_keyword("on") {
            return Err(self.unexpected("`on`"));
        }
        let definition = DirectiveDefinition {
            arguments,
            is_repeatable,
            locations: self.names("|")?,
        };
        schema.directives.insert(name.text, definition);
        Ok(())
    }

    fn type_definition(&mut self, additions: &mut Additions) -> Result<(Name, TypeDefinition)> {
        const KEYWORDS: &str = "`schema`, `directive`, `scalar`, `type`, `interface`, `union`, `enum`, `input` or `extend`";
        let kind = match self.text_of(self.peek().span) {
            "scalar" => Kind::Scalar,
            "type" => Kind::Object,
            "interface" => Kind::Interface,
            "union" => Kind::Union,
            "enum" => Kind::Enum,
            "input" => Kind::Input,
            _ => return Err(self.unexpected(KEYWORDS)),
        };
        self.advance();
        let name = self.name("the type's name")?;
        let mut definition = TypeDefinition {
            kind,
            ..TypeDefinition::default()
        };
        if self.eat_keyword("implements") {
            definition.implements = self.names("&")?;
        }
        let directives = self.directives()?;
        definition.is_one_of = find(&directives, "oneOf").next().is_some();
        for mark in find(&directives, "semanticNonNullField") {
            additions
                .marks
                .extend(self.string(mark, "name").map(|field| Mark {
                    on: name.clone(),
                    field,
                    levels: self.levels(mark),
                }));
        }
        match kind {
            Kind::Object | Kind::Interface => definition.fields = self.field_definitions()?,
            Kind::Union if self.eat("=") => definition.members = self.names("|")?,
            Kind::Enum => definition.values = self.enum_values()?,
            Kind::Input => definition.input_fields = self.input_fields(("{", "}"))?,
            Kind::Scalar | Kind::Union => {}
        }
        Ok((name, definition))
    }

    /// Parses names with a sign between them, and optionally before the first.
    fn names(&mut self, sign: &str) -> Result<Vec<String>> {
        self.eat(sign);
        let mut names = vec![self.name("a name")?.text];
        while self.eat(sign) {
            names.push(self.name("a name")?.text);
        }
        Ok(names)
    }

    /// Parses items between brackets, each with a description.
    fn described<T>(
        &mut self,
        brackets: (&str, &str),
        mut item: impl FnMut(&mut Self, Option<String>, String) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.between(brackets, true, |parser| {
            let description = parser.description();
            let name = parser.item_name()?.text;
            item(parser, description, name)
        })
    }

    fn field_definitions(&mut self) -> Result<Vec<FieldDefinition>> {
        self.described(("{", "}"), |parser, description, name| {
            let arguments = parser.input_fields(("(", ")"))?;
            parser.expect(":")?;
            let ty = parser.ty()?;
            let directives = parser.directives()?;
            let mut field = FieldDefinition {
                name,
                description,
                ty,
                arguments,
                deprecated: parser.deprecated(&directives),
            };
            for mark in find(&directives, "semanticNonNull") {
                field.never_null(&parser.levels(mark));
            }
            Ok(field)
        })
    }

    fn input_fields(&mut self, brackets: (&str, &str)) -> Result<Vec<InputField>> {
        self.described(brackets, |parser, description, name| {
            parser.expect(":")?;
            let ty = parser.ty()?;
            let default = parser.eat("=").then(|| parser.value()).transpose()?;
            let on_one_line = |value: Value| {
                // The default is shown in one line of documentation.
                let words = parser.text_of(value.span).split_whitespace();
                words.collect::<Vec<_>>().join(" ")
            };
            let default = default.map(on_one_line);
            let directives = parser.directives()?;
            Ok(InputField {
                name,
                description,
                ty,
                default,
                deprecated: parser.deprecated(&directives),
            })
        })
    }

    fn enum_values(&mut self) -> Result<Vec<EnumValue>> {
        self.described(("{", "}"), |parser, description, name| {
            let directives = parser.directives()?;
            Ok(EnumValue {
                name,
                description,
                deprecated: parser.deprecated(&directives),
            })
        })
    }

    /// Returns the text of a string argument.
    fn string(&self, directive: &Directive, name: &str) -> Option<String> {
        let value = argument(directive, name)?;
        matches!(value.kind, ValueKind::String).then(|| string_value(self.text_of(value.span)))
    }

    fn deprecated(&self, directives: &[Directive]) -> Option<String> {
        let directive = find(directives, "deprecated").next()?;
        let reason = self.string(directive, "reason");
        // The default of `reason` in the specification.
        Some(reason.unwrap_or_else(|| "No longer supported".to_owned()))
    }

    fn levels(&self, mark: &Directive) -> Vec<usize> {
        match argument(mark, "levels").map(|it| &it.kind) {
            Some(ValueKind::List(levels)) => {
                let numbers = levels.iter().map(|it| self.text_of(it.span).parse());
                numbers.filter_map(std::result::Result::ok).collect()
            }
            // The default of `levels` in the specification of semantic nullability.
            _ => vec![0],
        }
    }
}

impl Schema {
    fn extend(&mut self, name: &Name, more: TypeDefinition) {
        let problem = match self.types.get_mut(&name.text) {
            None => "is extended but not defined",
            Some(known) if known.kind != more.kind => "is extended as another kind of type",
            Some(known) => {
                known.is_one_of |= more.is_one_of;
                known.fields.extend(more.fields);
                known.implements.extend(more.implements);
                known.members.extend(more.members);
                known.values.extend(more.values);
                return known.input_fields.extend(more.input_fields);
            }
        };
        let message = format!("`{name}` {problem}");
        self.mistake.get_or_insert((name.span, message));
    }

    fn mark(&mut self, Mark { on, field, levels }: &Mark) {
        let known = self.types.get_mut(&on.text);
        let mut fields = known.into_iter().flat_map(|it| &mut it.fields);
        let known = fields.find(|it| it.name == *field);
        if !known.is_some_and(|it| it.never_null(levels)) {
            let message =
                format!("`@semanticNonNullField`: `{on}` has no field `{field}` with such levels");
            self.mistake.get_or_insert((on.span, message));
        }
    }
}

fn find<'d>(directives: &'d [Directive], name: &str) -> impl Iterator<Item = &'d Directive> {
    directives.iter().filter(move |it| it.name.text == name)
}

fn argument<'d>(directive: &'d Directive, name: &str) -> Option<&'d Value> {
    let mut arguments = directive.arguments.iter();
    Some(&arguments.find(|it| it.name.text == name)?.value)
}
