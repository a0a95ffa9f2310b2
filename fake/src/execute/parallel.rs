//! Mutations that run concurrently.
//!
//! GraphQL executes the root fields of a mutation one after another, but Wiki.js has its mutations one level below,
//! where fields run concurrently: two creates in one `pages { … }` race. The executor of apollo-compiler resolves one
//! field after another, so these fields are recorded by an execution without effect, and resolved before it requests
//! them.

use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonMap;
use std::cell::RefCell;
use std::collections::HashMap;

/// A selected mutation, with its response key and its coerced arguments.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) key: String,
    pub(super) field: String,
    pub(super) arguments: JsonMap,
}

/// The selected mutations of each domain, by the response key of the domain.
pub(super) type Mutations = HashMap<String, Vec<Chosen>>;

/// Returns the mutations that an operation selects.
pub(super) fn selected(execution: &Execution<'_>) -> Mutations {
    let found = RefCell::default();
    let recorder = Recorder {
        type_name: "Mutation",
        domain: None,
        found: &found,
    };
    // Errors occur again in the real execution.
    let _ = execution.execute_sync(&recorder);
    found.into_inner()
}

/// An object whose fields are recorded instead of resolved.
struct Recorder<'a> {
    type_name: &'a str,
    /// Response key of the domain; `None` for the root.
    domain: Option<&'a str>,
    found: &'a RefCell<Mutations>,
}

impl ObjectValue for Recorder<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let key = info.field_selections()[0].response_key().as_str();
        let Some(domain) = self.domain else {
            let type_name = info.field_definition().ty.inner_named_type();
            let (domain, found) = (Some(key), self.found);
            return Ok(ResolvedValue::object(Recorder {
                type_name,
                domain,
                found,
            }));
        };
        let mut found = self.found.borrow_mut();
        found.entry(domain.to_owned()).or_default().push(Chosen {
            key: key.to_owned(),
            field: info.field_name().to_owned(),
            arguments: info.arguments().clone(),
        });
        Ok(ResolvedValue::null())
    }
}
