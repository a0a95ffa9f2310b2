//! Polls without an end.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures::{FutureExt, Stream, future::BoxFuture};
use tokio::time::Sleep;

use super::{
    PageChange,
    cursor::ChangesCursor,
    poll::{Polled, Position, Scope},
};
use crate::error::{Error, Result};

/// The changes of a wiki, one after another; see [`WatchChanges::stream`](super::WatchChanges::stream).
///
/// It may be dropped at any time: nothing is changed by it.
#[must_use = "a stream does nothing until it is polled"]
pub struct ChangeStream {
    scope: Scope,
    position: Position,
    every: Duration,
    pending: VecDeque<PageChange>,
    state: State,
}

enum State {
    Asking(BoxFuture<'static, Result<Polled>>),
    Waiting(Pin<Box<Sleep>>),
    /// The next poll may begin.
    Ready,
    Ended,
}

impl ChangeStream {
    pub(super) fn new(scope: Scope, position: Position, every: Duration) -> Self {
        Self {
            scope,
            position,
            every,
            pending: VecDeque::new(),
            state: State::Ready,
        }
    }

    /// Up to where the stream has reported changes: behind the last one that it gave. `None` before the
    /// first poll, where it begins [now](super::ChangesSince::now).
    ///
    /// Keep it when a change is dealt with, and a later stream goes on with the next one.
    pub fn cursor(&self) -> Option<&ChangesCursor> {
        match &self.position {
            Position::At(cursor) => Some(cursor),
            Position::Now { .. } => None,
        }
    }
}

impl Stream for ChangeStream {
    type Item = Result<PageChange>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(change) = this.pending.pop_front() {
                if let Position::At(cursor) = &mut this.position {
                    cursor.note(&change);
                }
                return Poll::Ready(Some(Ok(change)));
            }
            match &mut this.state {
                State::Ended => return Poll::Ready(None),
                State::Ready => {
                    let (scope, position) = (this.scope.clone(), this.position.clone());
                    this.state = State::Asking(async move { scope.poll(position).await }.boxed());
                }
                State::Waiting(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    this.state = State::Ready;
                }
                State::Asking(poll) => {
                    let polled = ready!(poll.as_mut().poll(context));
                    let sleep = tokio::time::sleep(this.every);
                    this.state = State::Waiting(Box::pin(sleep));
                    match polled {
                        Ok(Polled { changes, cursor }) => {
                            this.position = Position::At(cursor);
                            this.pending = changes.into();
                        }
                        Err(error) => {
                            if stays(&error) {
                                this.state = State::Ended;
                            }
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                }
            }
        }
    }
}

/// Whether the next poll would fail in the same way.
fn stays(error: &Error) -> bool {
    error.is_unauthenticated()
        || error.is_forbidden()
        || error.is_unsupported()
        || error.is_invalid_input()
}

impl fmt::Debug for ChangeStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeStream")
            .field("scope", &self.scope)
            .field("every", &self.every)
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}
