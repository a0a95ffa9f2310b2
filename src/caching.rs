//! What the client does for its [cache], where there is one. Without the feature, nothing.

#[cfg(feature = "cache")]
use std::sync::Arc;

#[cfg(feature = "cache")]
use futures::future::Either;

#[cfg(feature = "cache")]
use crate::cache::{Changes, Checked, Reads, Scope, Store};
use crate::transport::{Companion, Request, Turn};

/// A client's cache, if it has one.
#[derive(Debug, Default)]
pub(crate) struct Caching {
    #[cfg(feature = "cache")]
    store: Option<Arc<Store>>,
}

#[cfg(feature = "cache")]
impl Caching {
    pub(crate) fn new(policy: Option<Checked>) -> Self {
        Self {
            store: policy.map(|policy| Arc::new(Store::new(policy))),
        }
    }

    pub(crate) fn store(&self) -> Option<&Arc<Store>> {
        self.store.as_ref()
    }

    /// Nothing that was read is true any more.
    pub(crate) fn forget_all(&self) {
        if let Some(store) = &self.store {
            store.forget(Scope::All);
        }
    }

    /// What a turn to write takes along to forget what it changed.
    pub(crate) fn changes(&self) -> Option<Companion> {
        let store = self.store.as_ref()?;
        Some(Box::new(Changes::new(Arc::clone(store))))
    }

    /// An operation of this library's own is about to be sent in this turn.
    pub(crate) fn note_own(turn: &Turn, request: &Request) {
        note(turn, || match request.operation() {
            // Of a page that is updated, only its own fields change, and what lists say of it.
            "PagesUpdate" => request.id().map_or(Scope::All, |id| Scope::Page(id.into())),
            _ => Scope::All,
        });
    }

    /// Any mutation is about to be sent in this turn.
    pub(crate) fn note_any(turn: &Turn) {
        note(turn, || Scope::All);
    }

    /// Runs something whose reads are neither to come from a cache nor to be kept in it.
    pub(crate) fn past<Work: Future>(work: Work) -> impl Future<Output = Work::Output> {
        Reads::Past.within(work)
    }

    /// Runs something elsewhere that is to read as what is running here.
    pub(crate) fn as_here<Work: Future>(work: Work) -> impl Future<Output = Work::Output> {
        match Reads::here() {
            Some(reads) => Either::Left(reads.within(work)),
            None => Either::Right(work),
        }
    }
}

#[cfg(feature = "cache")]
fn note(turn: &Turn, scope: impl FnOnce() -> Scope) {
    if let Some(changes) = turn.companion::<Changes>() {
        changes.note(scope());
    }
}

#[cfg(not(feature = "cache"))]
#[expect(clippy::unused_self, reason = "it has a cache with the feature")]
impl Caching {
    pub(crate) fn forget_all(&self) {}

    pub(crate) fn changes(&self) -> Option<Companion> {
        None
    }

    pub(crate) fn note_own(_: &Turn, _: &Request) {}

    pub(crate) fn note_any(_: &Turn) {}

    pub(crate) fn past<Work: Future>(work: Work) -> Work {
        work
    }

    pub(crate) fn as_here<Work: Future>(work: Work) -> Work {
        work
    }
}
