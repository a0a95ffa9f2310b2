//! The adapter to the resolvers of apollo-compiler: permissions, dispatch, null checks and positions of errors.

use super::Run;
use crate::errors::Failure;
use crate::resolvers::{self, Call, FieldValue, Object};
use apollo_compiler::parser::LineColumn;
use apollo_compiler::resolvers::{AsyncObjectValue, AsyncResolvedValue, FieldError, ResolveInfo};
use apollo_compiler::response::JsonMap;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::collections::HashMap;

/// An object whose fields are resolved.
pub(super) struct Node<'a> {
    run: &'a Run<'a>,
    type_name: &'a str,
    kind: Kind,
}

/// Values of fields that were resolved before the executor requests them, by response key.
type Prefetched = HashMap<String, Result<FieldValue, Failure>>;

enum Kind {
    /// `Query`, `Mutation` or a domain, whose fields have resolvers.
    Namespace(Prefetched),
    /// An object whose fields have values.
    Object(Object),
}

impl<'a> Node<'a> {
    pub(super) fn root(run: &'a Run<'a>, type_name: &'a str) -> Self {
        Self {
            run,
            type_name,
            kind: Kind::Namespace(Prefetched::new()),
        }
    }

    async fn resolve<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Result<FieldValue, Failure> {
        let field = info.field_name();
        let value = match &self.kind {
            Kind::Namespace(prefetched) => {
                match prefetched.get(info.field_selections()[0].response_key().as_str()) {
                    Some(value) => value.clone()?,
                    None => call(self.run, self.type_name, field, info.arguments()).await?,
                }
            }
            Kind::Object(object) => {
                check_permission(self.run, self.type_name, field)?;
                object.get(field)
            }
        };
        match value {
            FieldValue::Fail(failure) => Err(failure),
            value if value.is_null() && info.field_definition().ty.is_non_null() => {
                Err(Failure::null_for_non_null(self.type_name, field))
            }
            value => Ok(value),
        }
    }

    /// Returns the node of a domain. If several mutations are selected in it, they are executed here, concurrently.
    async fn enter<'b>(&'b self, info: &'b ResolveInfo<'b>, type_name: &'b str) -> Node<'b> {
        let mut prefetched = Prefetched::new();
        let key = info.field_selections()[0].response_key();
        let mutations = self.run.mutations.get(key.as_str());
        if let Some(mutations) = mutations.filter(|mutations| mutations.len() > 1) {
            let calls = mutations.iter().map(async |chosen| {
                let value = call(self.run, type_name, &chosen.field, &chosen.arguments).await;
                (chosen.key.clone(), value)
            });
            prefetched.extend(futures::future::join_all(calls).await);
        }
        Node {
            run: self.run,
            type_name,
            kind: Kind::Namespace(prefetched),
        }
    }

    /// Converts a value for the executor. The schema gives the type of an object.
    fn convert<'b>(
        &'b self,
        value: FieldValue,
        type_name: &'b str,
    ) -> Result<AsyncResolvedValue<'b>, FieldError> {
        Ok(match value {
            FieldValue::Leaf(value) => AsyncResolvedValue::Leaf(value),
            FieldValue::Object(object) => AsyncResolvedValue::object(Node {
                run: self.run,
                type_name,
                kind: Kind::Object(object),
            }),
            FieldValue::List(items) => AsyncResolvedValue::List(Box::pin(futures::stream::iter(
                items
                    .into_iter()
                    .map(move |item| self.convert(item, type_name)),
            ))),
            FieldValue::Fail(failure) => {
                return Err(FieldError {
                    message: self.run.note(failure, Vec::new()),
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
                Ok(value) => self.convert(value, type_name),
                Err(failure) => Err(FieldError {
                    message: self.run.note(failure, positions(info)),
                }),
            }
        }
        .boxed()
    }
}

/// Resolves a field of a namespace for a caller who has its permission.
async fn call(
    run: &Run<'_>,
    type_name: &str,
    field: &str,
    arguments: &JsonMap,
) -> Result<FieldValue, Failure> {
    let call = Call {
        context: run.context,
        type_name,
        field,
        arguments,
    };
    call.count()?;
    check_permission(run, type_name, field)?;
    resolvers::resolve(call).await
}

fn check_permission(run: &Run<'_>, type_name: &str, field: &str) -> Result<(), Failure> {
    let Some(permissions) = wikijs_schema::permissions_of(type_name, field) else {
        return Ok(());
    };
    if run.context.viewer()?.has_any(permissions) {
        Ok(())
    } else {
        Err(Failure::error("Forbidden"))
    }
}

/// Returns the positions of a field. graphql-js counts from the alias, apollo-compiler from the name.
fn positions(info: &ResolveInfo<'_>) -> Vec<LineColumn> {
    info.field_selections()
        .iter()
        .filter_map(|field| field.alias.as_ref().unwrap_or(&field.name).location())
        .filter_map(|span| span.line_column(&info.document().sources))
        .collect()
}
