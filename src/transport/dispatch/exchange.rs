//! The HTTP exchanges of the dispatcher: single operations, batches, and the diagnosis of a rejected batch.

use std::{
    future::poll_fn,
    pin::pin,
    slice,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

use bytes::{BufMut, Bytes, BytesMut};
use futures::future::{Either, select};
use serde_json::value::RawValue;
use tracing::Span;

use super::{
    super::{OperationKind, failure::Failure, send::RawResponse},
    Dispatcher, Member, PendingRequest, Permit, QueuedRequest, Reply,
};

type ExchangeResult = Result<RawResponse, Failure>;

impl Dispatcher {
    /// Sends the requests of a permit as one HTTP request, and replies to their callers.
    pub(super) async fn exchange(self: &Arc<Self>, permit: Permit, mut batch: Vec<Member>) {
        if batch.len() > 1 {
            return self.exchange_batch(&permit, batch).await;
        }
        let Some(only) = batch.pop() else {
            return;
        };
        if only.payload.request.body.is_empty() {
            // A download: its response is read by the caller. If the caller was dropped, the permit is released.
            drop(only.payload.caller.send(Reply::Permit(permit)));
            return;
        }
        self.exchange_one(only).await;
    }

    async fn exchange_one(&self, mut member: Member) {
        let QueuedRequest { request, .. } = &member.payload;
        let operation = request.operation;
        if member.payload.is_canceled() {
            return;
        }
        // A caller that canceled the write has reported that the mutation was not sent.
        if let Some(permit) = &request.permit
            && !permit.sent().mark()
        {
            return;
        }
        request.note_activity();
        let exchange = self.post(request);
        let result = if operation.kind == OperationKind::Mutation {
            // Closing the connection would not stop the wiki from executing it.
            exchange.await
        } else {
            match while_wanted(exchange, slice::from_mut(&mut member)).await {
                Some(result) => result,
                None => return,
            }
        };
        if let Some(trial) = &member.payload.trial {
            trial.note(&result);
        }
        member.payload.reply(result);
    }

    async fn exchange_batch(self: &Arc<Self>, permit: &Permit, mut batch: Vec<Member>) {
        let requests = || batch.iter().map(|member| &member.payload.request);
        let body = join(requests().map(|request| &request.body));
        let bytes = body.len();
        tracing::debug!(operations = batch.len(), bytes, "sending a batch");
        requests().for_each(PendingRequest::note_activity);
        let operations = requests().map(PendingRequest::traced);
        let sender = &self.sender;
        let exchange = sender.begin("POST", &sender.endpoint, bytes as u64, operations);
        let Some(result) = while_wanted(sender.send(body, exchange), &mut batch).await else {
            return;
        };
        let response = match result {
            Ok(response) => response,
            // One large or slow operation must not fail the others, so each is sent alone.
            Err(failure) if failure.may_be_caused_by_one_operation() => {
                return self.send_again(batch, |member| member.alone = true);
            }
            Err(failure) => return reply_to_all(batch, &Err(failure)),
        };
        if let Some(parts) = split(&response, batch.len()) {
            return self.reply_to_each(batch, parts);
        }
        match response.status {
            // The limit of a proxy may be smaller than that of the wiki, so smaller batches are sent from now on.
            413 => {
                self.schedule().batch_too_large(bytes);
                self.send_again(batch, |_| ());
            }
            // These statuses do not depend on the array. Each caller retries according to its policy.
            429 | 502..=504 => reply_to_all(batch, &Ok(response)),
            status => {
                let has_failed_before = batch.iter().any(|member| member.payload.array_failed);
                if is_refusal_of_caller(status) || has_failed_before {
                    return self.diagnose(permit, batch, response).await;
                }
                // The failure may be a single incident, so the batch is sent again. A second failure is diagnosed.
                self.send_again(batch, |member| member.payload.array_failed = true);
            }
        }
    }

    fn reply_to_each(&self, batch: Vec<Member>, parts: Vec<RawResponse>) {
        let mut schedule = self.schedule();
        schedule.arrays.accepted();
        for (member, part) in batch.iter().zip(&parts) {
            schedule.sizes.learn(member.operation, part.body.len());
        }
        drop(schedule);
        for (member, part) in batch.into_iter().zip(parts) {
            member.payload.reply(Ok(part));
        }
    }

    /// Determines why the response to an array is not an array: arrays are rejected, one operation makes the array
    /// fail, or every operation is rejected.
    ///
    /// One or two operations are sent alone, as probes. If each probe gets a response with the status of the array's
    /// response, that response is returned to all callers. Otherwise the other operations are sent alone as well. If
    /// all operations succeed, arrays are rejected, and none are sent for some time.
    async fn diagnose(
        self: &Arc<Self>,
        permit: &Permit,
        mut batch: Vec<Member>,
        response: RawResponse,
    ) {
        let trial = Arc::new(Trial::begin(self, batch.len(), response.status));
        // A rejected key is rejected for every operation, so one probe suffices. Any other failure may be caused by
        // the first probe itself, so a second one is needed.
        let mut probes = if is_refusal_of_caller(response.status) {
            1
        } else {
            2
        };
        while let Some(mut probe) = batch.pop() {
            self.rate_limit().await;
            self.update(|schedule, now| schedule.begin_again(permit.id, now));
            probe.payload.request.resends += 1;
            let exchange = self.post(&probe.payload.request);
            // A probe whose caller is dropped is aborted and has no result.
            let Some(result) = while_wanted(exchange, slice::from_mut(&mut probe)).await else {
                continue;
            };
            trial.note(&result);
            let is_refused_alike =
                matches!(&result, Ok(one) if one.status == response.status && !one.is_success());
            probe.payload.reply(result);
            if !is_refused_alike {
                break;
            }
            probes -= 1;
            if probes == 0 {
                return reply_to_all(batch, &Ok(response));
            }
        }
        self.send_again(batch, |member| {
            member.alone = true;
            member.payload.trial = Some(Arc::clone(&trial));
        });
    }

    /// Marks requests, and returns them to their positions in the queue.
    fn send_again(self: &Arc<Self>, mut batch: Vec<Member>, mark: impl Fn(&mut Member)) {
        for member in &mut batch {
            mark(member);
            member.payload.request.resends += 1;
        }
        // Members of a batch in flight are not in the queue, so dropping their callers has not removed them.
        batch.retain(|member| !member.payload.is_canceled());
        self.update(|schedule, now| schedule.enqueue_again(batch, now));
    }

    /// Posts one operation, and records the size of its response, from which the size of later batches is estimated. The
    /// future does not borrow the request.
    pub(super) fn post<'a>(
        &'a self,
        request: &PendingRequest,
    ) -> impl Future<Output = ExchangeResult> + use<'a> {
        let operations = [request.traced()].into_iter();
        let (sender, bytes) = (&self.sender, request.body.len() as u64);
        let exchange = sender.begin("POST", &sender.endpoint, bytes, operations);
        let (operation, body) = (request.operation.name, request.body.clone());
        async move {
            let result = sender.send(body, exchange).await;
            // Without batching the sizes are not used, and the lock is not taken.
            if self.sender.limits.batch.operations > 1
                && let Ok(response) = &result
            {
                let bytes = response.body.len();
                self.schedule().sizes.learn(operation, bytes);
            }
            result
        }
    }
}

/// Results of the operations of a rejected array, each of which is sent alone. If all of them have succeeded when the
/// trial is dropped, arrays are the reason, and none are sent for some time.
pub(super) struct Trial {
    dispatcher: Arc<Dispatcher>,
    operations: usize,
    succeeded: AtomicUsize,
    /// Status of the response to the array.
    status: u16,
}

impl Trial {
    fn begin(dispatcher: &Arc<Dispatcher>, operations: usize, status: u16) -> Self {
        dispatcher.schedule().arrays.begin_trial();
        Self {
            dispatcher: Arc::clone(dispatcher),
            operations,
            succeeded: AtomicUsize::new(0),
            status,
        }
    }

    /// Records the result of one of the operations.
    fn note(&self, result: &ExchangeResult) {
        if result.as_ref().is_ok_and(RawResponse::is_success) {
            self.succeeded.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        let refused = self.succeeded.load(Ordering::Relaxed) == self.operations;
        if refused {
            tracing::warn!(
                status = self.status,
                "arrays of operations are refused; each operation is sent alone for some time"
            );
        }
        self.dispatcher
            .update(|schedule, now| schedule.arrays.end_trial(refused, now));
    }
}

impl PendingRequest {
    /// Records progress of the write that the request is part of.
    pub(in crate::transport) fn note_activity(&self) {
        if let Some(write) = &self.write {
            write.touch();
        }
    }

    /// Returns the span of the operation, and the number of its earlier attempts.
    fn traced(&self) -> (&Span, u32) {
        (&self.span, self.resends)
    }
}

impl QueuedRequest {
    /// Returns `true` if the caller was dropped.
    fn is_canceled(&self) -> bool {
        self.caller.is_closed()
    }

    fn reply(self, result: ExchangeResult) {
        let Self {
            request,
            caller,
            trial,
            ..
        } = self;
        let operation = request.operation;
        request.note_activity();
        // Dropped here, so that the write permit is released and the trial ends before the caller continues.
        drop((request, trial));
        let Err(Reply::Response(undelivered)) = caller.send(Reply::Response(result)) else {
            return;
        };
        if operation.kind == OperationKind::Mutation {
            let status = undelivered.as_ref().ok().map(|response| response.status);
            let error = undelivered
                .err()
                .map(|failure| failure.into_error(operation).to_string());
            tracing::warn!(
                operation = operation.name,
                status,
                error,
                "a mutation ended after its caller was dropped"
            );
        }
    }
}

fn reply_to_all(batch: Vec<Member>, result: &ExchangeResult) {
    for member in batch {
        member.payload.reply(result.clone());
    }
}

/// Returns the result of an exchange, or `None` once the callers of all its requests are dropped.
async fn while_wanted<T>(exchange: impl Future<Output = T>, batch: &mut [Member]) -> Option<T> {
    let all_dropped = poll_fn(|context| {
        let mut callers = batch.iter_mut().map(|member| &mut member.payload.caller);
        if callers.all(|caller| caller.poll_closed(context).is_ready()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    match select(pin!(exchange), all_dropped).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}

/// Returns `true` for a status that rejects the credentials, and so every operation of the caller.
fn is_refusal_of_caller(status: u16) -> bool {
    matches!(status, 401 | 403)
}

/// Joins the bodies of operations into a JSON array.
fn join<'a>(bodies: impl Iterator<Item = &'a Bytes> + Clone) -> Bytes {
    let length: usize = bodies.clone().map(|body| body.len() + 1).sum();
    let mut array = BytesMut::with_capacity(length + 1);
    for (index, body) in bodies.enumerate() {
        array.put_u8(if index == 0 { b'[' } else { b',' });
        array.extend_from_slice(body);
    }
    array.put_u8(b']');
    array.freeze()
}

/// Splits the response to an array into the responses to its operations, without copying the body.
///
/// Returns `None` unless the body is an array with one element for each operation.
fn split(response: &RawResponse, operations: usize) -> Option<Vec<RawResponse>> {
    let parts: Vec<&RawValue> = serde_json::from_slice(&response.body).ok()?;
    if parts.len() != operations {
        return None;
    }
    let part = |part: &RawValue| RawResponse {
        body: response.body.slice_ref(part.get().as_bytes()),
        ..response.clone()
    };
    Some(parts.into_iter().map(part).collect())
}
