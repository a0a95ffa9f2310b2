//! The resolvers, by domain. Each gives an [`Answer`]; the executor takes the selected fields from it.

mod arguments;
mod authentication;
mod groups;
mod localization;
mod outcome;
mod pages;
mod site;
mod system;
mod users;

pub(crate) use arguments::Arguments;

use crate::errors::Failure;
use crate::execute::{Answer, Context, Record};

/// Whether a type only groups the operations of a domain.
pub(crate) fn is_namespace(type_name: &str) -> bool {
    type_name.ends_with("Query") || type_name.ends_with("Mutation")
}

/// Resolves a field of a namespace.
pub(crate) async fn resolve(
    context: &Context,
    type_name: &str,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    match type_name {
        "Query" | "Mutation" => Ok(Record::default().into()),
        "PageQuery" => pages::query(context, field, arguments),
        "PageMutation" => pages::mutate(context, field, arguments).await,
        "UserQuery" => users::query(context, field),
        "GroupQuery" => groups::query(context, field, arguments),
        "SystemQuery" => system::query(context, field),
        "SiteQuery" => site::query(context, field),
        "LocalizationQuery" => localization::query(context, field),
        "AuthenticationQuery" => authentication::query(context, field),
        "AuthenticationMutation" => authentication::mutate(context, field, arguments),
        _ => Err(Failure::not_imitated(type_name, field)),
    }
}
