//! The fields of a shape: what stands under one key, wherever it was selected, becomes one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, FieldShape, Item, Occurrence, Part, Shape, Shapes, TYPENAME};
use crate::{
    document::{Span, Type},
    documents::FileId,
    schema::FieldDefinition,
    suggest::did_you_mean,
};

impl<'a> Shapes<'a> {
    pub(super) fn merge(&self, on: &str, entries: Vec<Entry<'a>>) -> Vec<Item> {
        enum Slot<'a> {
            Field(Vec<Occurrence<'a>>),
            Spread(&'a str),
        }
        let mut slots: Vec<Slot<'a>> = Vec::new();
        let mut by_key: BTreeMap<&'a str, usize> = BTreeMap::new();
        for entry in entries {
            match entry {
                Entry::Spread(name) => slots.push(Slot::Spread(name)),
                Entry::Field(occurrence) => {
                    let index = *by_key
                        .entry(&occurrence.field.key().text)
                        .or_insert(slots.len());
                    match slots.get_mut(index) {
                        Some(Slot::Field(occurrences)) => occurrences.push(occurrence),
                        _ => slots.push(Slot::Field(vec![occurrence])),
                    }
                }
            }
        }
        let item = |slot| match slot {
            Slot::Spread(name) => Some(Item::Spread(name.to_owned())),
            Slot::Field(occurrences) => self.field(on, &occurrences).map(Item::Field),
        };
        slots.into_iter().filter_map(item).collect()
    }

    fn field(&self, on: &str, occurrences: &[Occurrence<'a>]) -> Option<FieldShape> {
        let first = occurrences.first()?;
        let (key, name) = (first.field.key(), &first.field.name);
        if let Some(other) = occurrences
            .iter()
            .find(|it| it.field.name.text != name.text)
        {
            let message = format!(
                "`{}` stands for `{}` here and for `{}` elsewhere",
                key.text, other.field.name.text, name.text
            );
            let help = "give one of them another alias";
            self.tell(
                "ConflictingFieldName",
                self.documents
                    .error(other.file, other.field.key().span, message)
                    .map(|it| it.help(help)),
            );
            return None;
        }
        let ty = if name.text == TYPENAME {
            Type::NonNull(Box::new(Type::Named("String".to_owned())))
        } else {
            self.definition(on, first)?.ty.clone()
        };
        let conditional = occurrences.iter().all(|it| it.conditional);
        Some(FieldShape {
            key: key.text.clone(),
            name: name.text.clone(),
            made_optional: conditional && !ty.is_nullable(),
            children: self.children(&ty, occurrences),
            ty,
            file: first.file,
            span: key.span,
        })
    }

    fn definition(&self, on: &str, occurrence: &Occurrence<'a>) -> Option<&'a FieldDefinition> {
        let (name, file) = (&occurrence.field.name, occurrence.file);
        let definition = self.schema.field(on, &name.text);
        if definition.is_none() && name.text.starts_with("__") {
            let message = format!("`{}` asks for the schema itself", name.text);
            let rule = "the schema is known when a crate is built, and has no Rust types";
            let help = "read `wikijs_schema::SDL`, or send this query by other means";
            self.refuse(self.documents.error(file, name.span, message), rule, help);
        } else if definition.is_none() {
            let names = self
                .schema
                .fields(on)
                .iter()
                .map(|field| field.name.as_str());
            let message = format!("type `{on}` does not have a field `{}`", name.text);
            let mistake = self.documents.error(file, name.span, message);
            self.tell(
                "UndefinedField",
                mistake.map(|it| it.maybe_help(did_you_mean(&name.text, names))),
            );
        }
        definition
    }

    fn children(&self, ty: &Type, occurrences: &[Occurrence<'a>]) -> Option<Shape> {
        let alone = occurrences.len() == 1;
        let parts: Vec<Part<'a>> = occurrences
            .iter()
            .filter(|it| !it.field.selections.is_empty())
            // Where the only occurrence is left out, all is; of several, one may be answered without the other.
            .map(|it| Part {
                selections: &it.field.selections,
                file: it.file,
                conditional: it.conditional && !alone,
            })
            .collect();
        let first = occurrences.first()?;
        let (name, composite) = (&first.field.name, self.schema.is_composite(ty.name()));
        if composite == parts.is_empty() {
            let message = if composite {
                format!(
                    "`{}` is a `{ty}`: say in braces what you want of it",
                    name.text
                )
            } else {
                format!(
                    "`{}` is a `{ty}`, there is nothing in it to select",
                    name.text
                )
            };
            self.tell(
                "MissingSubselection",
                self.documents.error(first.file, name.span, message),
            );
            return None;
        }
        let shape = composite.then(|| self.join(ty.name(), &parts, &BTreeSet::new()))?;
        self.refuse_untagged(&shape, first.file, name.span);
        Some(shape)
    }

    /// Which variant an answer is can be told by `__typename` only.
    pub(super) fn refuse_untagged(&self, shape: &Shape, file: FileId, span: Span) {
        let is_spread = matches!(shape.items.as_slice(), [Item::Spread(_)]);
        if shape.is_tagged && !is_spread && !shape.fields().any(|field| field.key == TYPENAME) {
            let message = format!(
                "`{}` can be of several types, and nothing tells which one is answered",
                shape.on
            );
            let rule = "an interface or union is decoded by its `__typename`";
            self.refuse(
                self.documents.error(file, span, message),
                rule,
                "select `__typename` as well",
            );
        }
    }

    /// What is selected for every variant is not repeated in one of them, or serde could not find it there.
    pub(super) fn take_common(&self, common: &Shape, variant: &mut Shape) {
        variant.items.retain(|item| match item {
            Item::Field(field) if field.key == TYPENAME => false,
            Item::Field(field) if common.fields().any(|it| it.key == field.key) => {
                if field.children.is_some() {
                    let message = format!(
                        "`{}` is selected both for all of `{}` and for `{}`",
                        field.key, common.on, variant.on
                    );
                    let rule = "a key is decoded in one place";
                    let help = "select it in one of the two places, or give one an alias";
                    self.refuse(
                        self.documents.error(field.file, field.span, message),
                        rule,
                        help,
                    );
                }
                false
            }
            Item::Field(_) | Item::Spread(_) => true,
        });
    }
}
