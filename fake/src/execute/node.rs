//! The bridge to apollo-compiler's resolvers: permissions, dispatch, null checks and positions of errors.

use super::{Answer, Context, Record};
use crate::auth::guard;
use crate::errors::Failure;
use crate::resolvers::{self, Arguments};
use apollo_compiler::parser::LineColumn;
use apollo_compiler::resolvers::{AsyncObjectValue, AsyncResolvedValue, FieldError, ResolveInfo};
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// An object that is being resolved.
pub(super) struct Node<'a> {
    context: &'a Context,
    type_name: &'a str,
    kind: Kind,
}

enum Kind {
    /// `Query`, `Mutation` and their domains: each field has a resolver.
    Namespace,
    /// Resolved already.
    Record(Record),
}

impl<'a> Node<'a> {
    pub(super) fn root(context: &'a Context, type_name: &'a str) -> Self {
        Self {
            context,
            type_name,
            kind: Kind::Namespace,
        }
    }

    async fn resolve<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Result<Answer, Failure> {
        let field = info.field_name();
        if let Some(permissions) = guard::required(self.type_name, field) {
            match &self.context.viewer {
                None => return Err(Failure::error("Unauthorized")),
                Some(viewer) if !viewer.has_any(permissions) => {
                    return Err(Failure::error("Forbidden"));
                }
                Some(_) => {}
            }
        }
        let answer = match &self.kind {
            Kind::Namespace => {
                let arguments = Arguments::new(info.arguments());
                resolvers::resolve(self.context, self.type_name, field, arguments).await?
            }
            Kind::Record(record) => record.get(field),
        };
        match answer {
            Answer::Fail(failure) => Err(failure),
            answer if answer.is_null() && info.field_definition().ty.is_non_null() => {
                Err(Failure::null_for_non_null(self.type_name, field))
            }
            answer => Ok(answer),
        }
    }

    /// Hands an answer to the executor; the schema says of which type an object is.
    fn convert<'b>(
        &'b self,
        answer: Answer,
        type_name: &'b str,
    ) -> Result<AsyncResolvedValue<'b>, FieldError> {
        Ok(match answer {
            Answer::Leaf(value) => AsyncResolvedValue::Leaf(value),
            Answer::Record(record) => {
                let kind = if resolvers::is_namespace(type_name) {
                    Kind::Namespace
                } else {
                    Kind::Record(record)
                };
                AsyncResolvedValue::object(Node {
                    context: self.context,
                    type_name,
                    kind,
                })
            }
            Answer::List(items) => AsyncResolvedValue::List(Box::pin(futures::stream::iter(
                items
                    .into_iter()
                    .map(move |item| self.convert(item, type_name)),
            ))),
            Answer::Fail(failure) => {
                return Err(FieldError {
                    message: self.context.note(failure, Vec::new()),
                });
            }
        })
    }
}

impl AsyncObjectValue for Node<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'b>(
        &'b self,
        info: &'b ResolveInfo<'b>,
    ) -> BoxFuture<'b, Result<AsyncResolvedValue<'b>, FieldError>> {
        async move {
            match self.resolve(info).await {
                Ok(answer) => self.convert(answer, info.field_definition().ty.inner_named_type()),
                Err(failure) => Err(FieldError {
                    message: self.context.note(failure, positions(info)),
                }),
            }
        }
        .boxed()
    }
}

/// Where a field stands in the document. graphql-js counts from the alias, apollo-compiler from the name.
fn positions(info: &ResolveInfo<'_>) -> Vec<LineColumn> {
    info.field_selections()
        .iter()
        .filter_map(|field| field.alias.as_ref().unwrap_or(&field.name).location())
        .filter_map(|span| span.line_column(&info.document().sources))
        .collect()
}
