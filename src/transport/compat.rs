//! Runs operations on wikis that are older than the schema.
//!
//! Wiki.js refuses a document with an unknown field or argument, and executes no part of it. The generated code lists
//! the optional parts of each document: those that some supported releases lack. The client omits the optional parts
//! that the wiki refuses, sends the operation again, and remembers them for later requests. It never omits an argument
//! that the caller set: the operation then fails with [`Error::Unsupported`].

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::RwLock,
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{Body, Request};
use crate::{
    error::{Error, UnknownPart, Unsupported},
    task::{read, write},
};

/// Time after which an omitted part is sent again, since the wiki may have been updated.
const RECHECK_AFTER: Duration = Duration::from_secs(60 * 60);

/// A part that can be omitted from a document: its schema coordinate (such as `Page.tags`), the variables that it uses
/// if it is an argument, and its byte ranges in the document.
type Part = (
    &'static str,
    &'static [&'static str],
    &'static [(usize, usize)],
);

/// The parts that can be omitted, by the text of the document.
pub(crate) type OptionalParts = &'static [(&'static str, &'static [Part])];

/// The optional parts of all documents, and those that the wiki has refused.
pub(crate) struct Compat {
    documents: Vec<OptionalParts>,
    /// The coordinates that the wiki refused, each with the time of the last refusal.
    unknown: RwLock<BTreeMap<&'static str, Instant>>,
}

/// The coordinates of the parts that are omitted from a request.
pub(super) type Omitted = BTreeSet<&'static str>;

impl Compat {
    pub(crate) fn new(documents: Vec<OptionalParts>) -> Self {
        Self {
            documents,
            unknown: RwLock::default(),
        }
    }

    /// Forgets the coordinates that the wiki refused.
    pub(crate) fn forget(&self) {
        write(&self.unknown).clear();
    }

    /// Returns the body to send first, without the parts that the wiki has refused before.
    ///
    /// If the caller set one of these arguments, nothing is omitted. Either the wiki was updated and accepts the
    /// argument now, or its response names the unknown part for the error.
    pub(super) fn first_body(&self, request: &Request) -> (Bytes, Omitted) {
        let complete = || (request.body.clone(), Omitted::default());
        let unknown = read(&self.unknown);
        if unknown.is_empty() {
            return complete();
        }
        let is_lacking = |part: &&Part| {
            let refused = unknown.get(part.0);
            refused.is_some_and(|refused| refused.elapsed() <= RECHECK_AFTER)
        };
        let lacking: Vec<_> = self.parts(request).iter().filter(is_lacking).collect();
        drop(unknown);
        // Arguments that the caller set are never omitted.
        if lacking.is_empty() || lacking.iter().any(|part| is_set(part, request)) {
            return complete();
        }
        let omitted = lacking.iter().map(|part| part.0).collect();
        match self.body_without(request, &omitted) {
            Some(body) => (body, omitted),
            None => complete(),
        }
    }

    /// Returns the body to send after a refusal, without the parts that the wiki does not know.
    ///
    /// # Errors
    ///
    /// The refusal, if a part cannot be omitted. It names only such parts, and the release that introduced them.
    pub(super) fn body_after(
        &self,
        request: &Request,
        omitted: &mut Omitted,
        mut refusal: Box<Unsupported>,
    ) -> Result<Bytes, Error> {
        let parts = self.parts(request);
        let mut needed = Vec::new();
        for unknown in &refusal.parts {
            let coordinate = unknown.coordinate();
            let mut parts = parts.iter();
            let part = parts.find(|part| Some(part.0) == coordinate.as_deref());
            let can_be_omitted = part.is_some_and(|part| {
                write(&self.unknown).insert(part.0, Instant::now());
                !is_set(part, request) && omitted.insert(part.0)
            });
            if !can_be_omitted {
                needed.push(unknown.clone());
            }
        }
        // Wiki.js validates a document before it executes any part of it, so even a mutation may be sent again.
        if needed.is_empty()
            && let Some(body) = self.body_without(request, omitted)
        {
            tracing::debug!(
                operation = request.operation(),
                ?omitted,
                "the wiki is older than the schema; sending the operation again without the unknown parts"
            );
            return Ok(body);
        }
        if !needed.is_empty() {
            refusal.parts = needed;
        }
        refusal.needs = release_with(&refusal.parts);
        Err(Error::Unsupported(refusal))
    }

    fn parts(&self, request: &Request) -> &'static [Part] {
        let text = request.document.text;
        let mut documents = self.documents.iter().copied().flatten();
        let of_document = documents.find(|(known, _)| *known == text);
        of_document.map_or(&[], |(_, parts)| parts)
    }

    /// Encodes a request without the omitted parts. Returns `None` if a selection of the document would be empty.
    fn body_without(&self, request: &Request, omitted: &Omitted) -> Option<Bytes> {
        let parts = self.parts(request).iter();
        let places = parts
            .filter(|part| omitted.contains(part.0))
            .flat_map(|part| part.2.iter().copied());
        let text = without(request.document.text, places.collect())?;
        let query = to_raw_value(&text).ok()?;
        let body = Body {
            variables: variables_of(request).ok()?,
            query: &query,
            operation_name: request.operation(),
        };
        serde_json::to_vec(&body).ok().map(Bytes::from)
    }
}

/// Returns the oldest release that has all of these parts, if it is known for each of them.
fn release_with(parts: &[UnknownPart]) -> Option<String> {
    // The history is ordered, the oldest change first.
    let addition = |part: &UnknownPart| {
        let coordinate = part.coordinate()?;
        let mut changes = wikijs_schema::history().enumerate();
        changes.find(|(_, it)| it.type_before.is_none() && it.coordinate == coordinate)
    };
    let additions: Option<Vec<_>> = parts.iter().map(addition).collect();
    let last = additions?.into_iter().max_by_key(|(position, _)| *position);
    last.map(|(_, change)| change.version.to_owned())
}

/// Returns `true` if the caller set one of the variables of an optional argument.
fn is_set(part: &Part, request: &Request) -> bool {
    let (_, variables, _) = part;
    if variables.is_empty() {
        return false;
    }
    let set = variables_of(request).and_then(|set| serde_json::from_str(set.get()));
    // Unset variables are not serialized, so a variable that is present was set.
    set.map_or(true, |set: HashMap<String, &RawValue>| {
        variables.iter().any(|name| set.contains_key(*name))
    })
}

/// Returns the variables of a request as JSON.
fn variables_of(request: &Request) -> serde_json::Result<&RawValue> {
    #[derive(Deserialize)]
    struct Sent<'a> {
        #[serde(borrow)]
        variables: &'a RawValue,
    }
    serde_json::from_slice(&request.body).map(|sent: Sent<'_>| sent.variables)
}

/// Returns a document without these byte ranges, or `None` if a selection would be empty.
fn without(text: &str, mut places: Vec<(usize, usize)>) -> Option<String> {
    const INSIGNIFICANT: [char; 5] = [' ', '\n', '\r', '\t', ','];
    places.sort_unstable();
    // A part may contain another one.
    let mut end = 0;
    places.retain(|place| {
        let is_outer = place.0 >= end;
        end = end.max(place.1);
        is_outer
    });
    let mut left = text.to_owned();
    // From the end, so that removing one range does not shift those that follow in the loop.
    for (start, end) in places.into_iter().rev() {
        left = [left.get(..start)?, left.get(end..)?].concat();
        let before = left.get(..start)?.trim_end_matches(INSIGNIFICANT).len();
        let after = left.get(start..)?.trim_start_matches(INSIGNIFICANT);
        // GraphQL allows neither an empty selection nor an empty list of arguments. Without arguments, the parentheses
        // can be omitted, too.
        if left.get(..before)?.ends_with('{') && after.starts_with('}') {
            return None;
        }
        if left.get(..before)?.ends_with('(')
            && let Some(after) = after.strip_prefix(')')
        {
            left = [left.get(..before - 1)?, after].concat();
        }
    }
    Some(left)
}
