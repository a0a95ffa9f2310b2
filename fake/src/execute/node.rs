//! The bridge to apollo-compiler's resolvers: permissions, dispatch, null checks and positions of errors.

use super::{Answer, Context, Record, parallel};
use crate::auth::guard;
use crate::errors::Failure;
use crate::resolvers::{self, Arguments};
use apollo_compiler::parser::LineColumn;
use apollo_compiler::resolvers::{AsyncObjectValue, AsyncResolvedValue, FieldError, ResolveInfo};
use apollo_compiler::response::JsonMap;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::collections::HashMap;

/// An object that is being resolved.
pub(super) struct Node<'a> {
    context: &'a Context,
    type_name: &'a str,
    kind: Kind,
}

/// Answers that were resolved ahead, by the keys of their fields.
type Ahead = HashMap<String, Result<Answer, Failure>>;

enum Kind {
    /// `Query`, `Mutation` and their domains: each field has a resolver.
    Namespace(Ahead),
    /// Resolved already.
    Record(Record),
}

impl<'a> Node<'a> {
    pub(super) fn root(context: &'a Context, type_name: &'a str) -> Self {
        Self {
            context,
            type_name,
            kind: Kind::Namespace(Ahead::new()),
        }
    }

    async fn resolve<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Result<Answer, Failure> {
        let field = info.field_name();
        let answer = match &self.kind {
            Kind::Namespace(ahead) => {
                match ahead.get(info.field_selections()[0].response_key().as_str()) {
                    Some(answer) => answer.clone()?,
                    None => call(self.context, self.type_name, field, info.arguments()).await?,
                }
            }
            Kind::Record(record) => {
                check_permission(self.context, self.type_name, field)?;
                record.get(field)
            }
        };
        match answer {
            Answer::Fail(failure) => Err(failure),
            answer if answer.is_null() && info.field_definition().ty.is_non_null() => {
                Err(Failure::null_for_non_null(self.type_name, field))
            }
            answer => Ok(answer),
        }
    }

    /// The domain of a mutation. Where several of its fields are selected, they run side by side, and now.
    async fn enter<'b>(&'b self, info: &'b ResolveInfo<'b>, type_name: &'b str) -> Node<'b> {
        let mut ahead = Ahead::new();
        if self.type_name == "Mutation" {
            let fields = parallel::selected(
                info.document(),
                self.context.variables(),
                info.field_selections(),
            );
            if fields.len() > 1 {
                let calls = fields.iter().map(async |chosen| {
                    let answer =
                        call(self.context, type_name, chosen.field, &chosen.arguments).await;
                    (chosen.key.to_owned(), answer)
                });
                ahead.extend(futures::future::join_all(calls).await);
            }
        }
        Node {
            context: self.context,
            type_name,
            kind: Kind::Namespace(ahead),
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
            Answer::Record(record) => AsyncResolvedValue::object(Node {
                context: self.context,
                type_name,
                kind: Kind::Record(record),
            }),
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
            let type_name = info.field_definition().ty.inner_named_type();
            match self.resolve(info).await {
                Ok(_) if resolvers::is_namespace(type_name) => Ok(AsyncResolvedValue::object(
                    self.enter(info, type_name).await,
                )),
                Ok(answer) => self.convert(answer, type_name),
                Err(failure) => Err(FieldError {
                    message: self.context.note(failure, positions(info)),
                }),
            }
        }
        .boxed()
    }
}

/// Resolves a field of a namespace for those who may.
async fn call(
    context: &Context,
    type_name: &str,
    field: &str,
    arguments: &JsonMap,
) -> Result<Answer, Failure> {
    resolvers::count_call(context, type_name, field)?;
    check_permission(context, type_name, field)?;
    resolvers::resolve(context, type_name, field, Arguments::new(arguments)).await
}

fn check_permission(context: &Context, type_name: &str, field: &str) -> Result<(), Failure> {
    let Some(permissions) = guard::required(type_name, field) else {
        return Ok(());
    };
    match &context.viewer {
        None => Err(Failure::error("Unauthorized")),
        Some(viewer) if viewer.has_any(permissions) => Ok(()),
        Some(_) => Err(Failure::error("Forbidden")),
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
