//! Streams of events. Polling a stream drives the work that emits its events.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::{FutureExt, SinkExt, Stream, StreamExt, TryStreamExt, future::BoxFuture};
use futures_channel::mpsc;
use wikijs_client::Client;

use crate::error::{Error, Result};

/// The sending end of an event stream.
#[derive(Debug)]
pub(crate) struct Events<T>(mpsc::Sender<T>);

impl<T> Events<T> {
    /// Emits an event, and waits until the stream has received it.
    pub(crate) async fn emit(&mut self, event: T) {
        // The receiver is dropped only together with the work.
        let _ = self.0.send(event).await;
    }
}

/// A stream of events. Polling the stream drives the work, and dropping it drops the work. An error of the work
/// is the last item.
pub(crate) struct EventStream<T> {
    work: Option<BoxFuture<'static, Result<()>>>,
    events: mpsc::Receiver<T>,
    error: Option<Error>,
}

impl<T: Send + 'static> EventStream<T> {
    pub(crate) fn new<Work>(client: &Client, work: impl FnOnce(Events<T>) -> Work) -> Self
    where
        Work: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, events) = mpsc::channel(0);
        let work = work(Events(sender));
        let client = client.clone();
        Self {
            // The cache is bypassed, since a folder is compared with the current state of the wiki.
            work: Some(async move { client.uncached(work).await }.boxed()),
            events,
            error: None,
        }
    }
}

impl<T> Stream for EventStream<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(work) = &mut this.work
            && let Poll::Ready(done) = work.poll_unpin(context)
        {
            this.work = None;
            this.error = done.err();
        }
        match this.events.poll_next_unpin(context) {
            Poll::Ready(Some(event)) => Poll::Ready(Some(Ok(event))),
            // The sender is dropped with the work.
            Poll::Ready(None) => Poll::Ready(this.error.take().map(Err)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Consumes all events and returns the report of the last one.
pub(crate) async fn report<T, R: Default>(
    mut events: impl Stream<Item = Result<T>> + Unpin,
    finished: impl Fn(T) -> Option<R>,
) -> Result<R> {
    let mut report = R::default();
    while let Some(event) = events.try_next().await? {
        if let Some(finished) = finished(event) {
            report = finished;
        }
    }
    Ok(report)
}
