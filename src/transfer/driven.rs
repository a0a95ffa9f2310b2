//! A stream of what a piece of work tells while it goes on.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::{FutureExt, SinkExt, Stream, StreamExt, channel::mpsc, future::BoxFuture};

use crate::{caching::Caching, error::Result};

/// To whom the work tells.
#[derive(Debug)]
pub(super) struct Events<T>(mpsc::Sender<T>);

impl<T> Events<T> {
    /// Tells something, and waits until it is taken.
    pub(super) async fn tell(&mut self, event: T) {
        // Nobody is there any more only if the work is not either.
        let _ = self.0.send(event).await;
    }
}

/// The work, which goes on only while the stream is polled, and ends with it. Its error is the last item.
pub(super) struct Driven<T> {
    work: Option<BoxFuture<'static, Result<()>>>,
    told: mpsc::Receiver<T>,
    error: Option<crate::Error>,
}

impl<T: Send + 'static> Driven<T> {
    pub(super) fn new<Work>(work: impl FnOnce(Events<T>) -> Work) -> Self
    where
        Work: Future<Output = Result<()>> + Send + 'static,
    {
        let (events, told) = mpsc::channel(0);
        Self {
            // What a folder is made of, or compared with, is what the wiki has now.
            work: Some(Caching::past(work(Events(events))).boxed()),
            told,
            error: None,
        }
    }
}

impl<T> Stream for Driven<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(work) = &mut this.work
            && let Poll::Ready(done) = work.poll_unpin(context)
        {
            this.work = None;
            this.error = done.err();
        }
        match this.told.poll_next_unpin(context) {
            Poll::Ready(Some(event)) => Poll::Ready(Some(Ok(event))),
            // With the work, the sender is gone.
            Poll::Ready(None) => Poll::Ready(this.error.take().map(Err)),
            Poll::Pending => Poll::Pending,
        }
    }
}
