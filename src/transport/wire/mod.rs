//! What goes out, and when.
//!
//! At most so many requests are under way at once. An operation that finds a place free leaves at
//! once. While all places are taken, operations wait; when one is free, the queries among them leave
//! together, as a JSON array, as many as the bounds allow. Wiki.js answers an array in about half the
//! time that the operations take one by one, and a network's latency is paid once. A mutation always
//! travels alone.
//!
//! A request is sent by a task of its own: it must not depend on its caller to be polled, since a
//! place that is held by a caller who waits for another place would never be free again. Only where
//! nothing else is under way its caller sends it, which is faster; the other places remain. A caller who
//! goes away while its operation waits takes it back; a query that is under way ends with its last
//! caller, a mutation that is under way is finished.

mod array;
mod batch;
mod sizes;
mod slots;

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::pin,
    slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use bytes::Bytes;
use futures::future::{Either, select};
use tokio::{runtime::Handle, sync::oneshot};
use tracing::Span;

use self::{batch::Batch, sizes::AnswerSizes, slots::Slots};
use super::{
    Operation, OperationKind,
    failure::Failure,
    lane::Turn,
    send::{Answer, Sender},
};
use crate::{error::TransportErrorKind, telemetry::Exchange};

/// How much goes out at once.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// How many requests may be under way.
    pub(super) requests: Option<usize>,
    pub(super) requests_per_second: Option<f64>,
    /// How many queries may share a request; one if none may.
    pub(super) operations: usize,
    /// The largest body of a request.
    pub(super) request_bytes: usize,
}

/// Sends operations to one wiki.
pub(super) struct Wire {
    sender: Sender,
    bounds: Bounds,
    slots: Option<Slots>,
    state: Mutex<State>,
}

struct State {
    under_way: usize,
    /// Nobody waits while there is a free place.
    waiting: VecDeque<Waiting>,
    sizes: AnswerSizes,
    /// Whether the wiki, and what stands before it, takes arrays.
    takes_arrays: bool,
    /// The largest body of a batch that is not too large for what stands before the wiki.
    batch_bytes: usize,
}

/// An operation on its way out.
struct Waiting {
    parcel: Parcel,
    answer: oneshot::Sender<Result<Answer, Failure>>,
    /// Where its caller runs.
    runtime: Handle,
    /// Ends when its caller, who only wants the place and sends by itself, needs it no more.
    #[cfg(feature = "assets")]
    lent: Option<oneshot::Receiver<()>>,
}

/// A place that was lent to one who sends by itself. It is free again when this is dropped.
#[cfg(feature = "assets")]
pub(super) struct LentPlace {
    _end: oneshot::Sender<()>,
}

/// What is sent for one operation.
#[derive(Clone)]
pub(super) struct Parcel {
    pub(super) operation: Operation,
    /// The operation as a JSON object.
    pub(super) body: Bytes,
    /// It must not share a request.
    pub(super) alone: bool,
    /// A mutation keeps it until it is answered, even if its caller goes away.
    pub(super) turn: Option<Turn>,
    /// In which the operation takes place.
    pub(super) span: Span,
    /// How often it was sent before.
    pub(super) resends: u32,
}

impl Wire {
    pub(super) fn new(sender: Sender, bounds: Bounds) -> Self {
        Self {
            slots: bounds.requests_per_second.map(Slots::new),
            state: Mutex::new(State {
                under_way: 0,
                waiting: VecDeque::new(),
                sizes: AnswerSizes::default(),
                takes_arrays: true,
                batch_bytes: bounds.request_bytes,
            }),
            sender,
            bounds,
        }
    }

    pub(super) fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Sends an operation as soon as there is a place.
    pub(super) async fn send(self: &Arc<Self>, parcel: &Parcel) -> Result<Answer, Failure> {
        if let Some(_place) = self.place_for_its_caller(parcel) {
            // Boxed, as most wait, and need no room for what an exchange needs.
            return Box::pin(self.exchange_for_its_caller(parcel)).await;
        }
        let (sender, answer) = oneshot::channel();
        self.accept(Waiting {
            parcel: parcel.clone(),
            answer: sender,
            runtime: Handle::try_current().map_err(|_| Failure::NoRuntime)?,
            #[cfg(feature = "assets")]
            lent: None,
        });
        // The task that sends is gone only with the runtime that it ran on.
        let interrupted = || Failure::of(TransportErrorKind::Interrupted);
        answer.await.unwrap_or_else(|_| Err(interrupted()))
    }

    /// Waits for a place, and for the moment to begin, for an exchange that is not GraphQL's.
    #[cfg(feature = "assets")]
    pub(super) async fn lend_place(
        self: &Arc<Self>,
        operation: Operation,
    ) -> Result<LentPlace, Failure> {
        let (end, lent) = oneshot::channel();
        let (sender, begun) = oneshot::channel();
        self.accept(Waiting {
            parcel: Parcel {
                operation,
                body: Bytes::new(),
                alone: true,
                turn: None,
                span: Span::none(),
                resends: 0,
            },
            answer: sender,
            runtime: Handle::try_current().map_err(|_| Failure::NoRuntime)?,
            lent: Some(lent),
        });
        let interrupted = || Failure::of(TransportErrorKind::Interrupted);
        begun.await.unwrap_or_else(|_| Err(interrupted()))?;
        Ok(LentPlace { _end: end })
    }

    /// A place that a caller holds who sends by itself, which saves the way to another task and back:
    /// the first one, as long as there are others that no caller holds.
    fn place_for_its_caller(self: &Arc<Self>, parcel: &Parcel) -> Option<CallersPlace> {
        let is_waited_for =
            parcel.operation.kind == OperationKind::Mutation || self.slots.is_some();
        if is_waited_for || !is_within_runtime() {
            return None;
        }
        let Some(most) = self.bounds.requests else {
            return Some(CallersPlace { _counted: None });
        };
        let mut state = self.state();
        (state.under_way == 0 && most > 1).then(|| {
            state.under_way += 1;
            let place = Place(Arc::clone(self));
            CallersPlace {
                _counted: Some(place),
            }
        })
    }

    async fn exchange_for_its_caller(&self, parcel: &Parcel) -> Result<Answer, Failure> {
        let exchange = self.exchange_of(parcel);
        let result = self.sender.send(parcel.body.clone(), exchange).await;
        self.learn(parcel.operation, &result);
        result
    }

    /// Takes note of how large an answer is, where that is asked for.
    fn learn(&self, operation: Operation, result: &Result<Answer, Failure>) {
        if self.bounds.operations > 1
            && let Ok(answer) = result
        {
            self.state().sizes.learn(operation.name, answer.body.len());
        }
    }

    fn accept(self: &Arc<Self>, waiting: Waiting) {
        let mut state = self.state();
        let is_full = |limit| state.under_way >= limit;
        if self.bounds.requests.is_some_and(is_full) {
            state.waiting.push_back(waiting);
            return;
        }
        state.under_way += 1;
        drop(state);
        let runtime = waiting.runtime.clone();
        Place(Arc::clone(self)).go(&runtime, Some(waiting));
    }

    /// The place that was held is for the next one, or free.
    fn pass_on(self: &Arc<Self>) {
        let mut state = self.state();
        while state.waiting.front().is_some_and(Waiting::is_taken_back) {
            state.waiting.pop_front();
        }
        let Some(next) = state.waiting.front() else {
            state.under_way -= 1;
            return;
        };
        let runtime = next.runtime.clone();
        drop(state);
        Place(Arc::clone(self)).go(&runtime, None);
    }

    /// Those who leave together: the first, if there is one already, and those who wait.
    fn gather(&self, first: Option<Waiting>) -> Vec<Waiting> {
        let mut state = self.state();
        let mut batch = Batch::new(self, &state);
        let mut stay = Vec::new();
        if let Some(first) = first.filter(|first| !first.is_taken_back()) {
            batch.add(&state, first);
        }
        while batch.has_room()
            && let Some(next) = state.waiting.pop_front()
        {
            if next.is_taken_back() {
                continue;
            }
            if let Some(stays) = batch.add(&state, next) {
                stay.push(stays);
            }
        }
        for waiting in stay.into_iter().rev() {
            state.waiting.push_front(waiting);
        }
        batch.into_members()
    }

    async fn exchange(self: &Arc<Self>, mut batch: Vec<Waiting>) {
        if batch.len() > 1 {
            self.exchange_array(batch).await;
        } else if let Some(only) = batch.pop() {
            self.exchange_one(only).await;
        }
    }

    async fn exchange_one(&self, mut waiting: Waiting) {
        let operation = waiting.parcel.operation;
        #[cfg(feature = "assets")]
        if let Some(lent) = waiting.lent.take() {
            // No answer, only the word that it may begin.
            let begun = waiting.answer.send(Ok(Answer::default())).is_ok();
            if begun {
                // An error, always: its caller is done.
                let _ = lent.await;
            }
            return;
        }
        if let Some(turn) = &waiting.parcel.turn {
            turn.mark_sent();
        }
        if waiting.is_taken_back() {
            return;
        }
        let exchange = self.exchange_of(&waiting.parcel);
        let exchange = self.sender.send(waiting.parcel.body.clone(), exchange);
        let result = if operation.kind == OperationKind::Mutation {
            exchange.await
        } else {
            match while_wanted(exchange, slice::from_mut(&mut waiting)).await {
                Some(result) => result,
                None => return,
            }
        };
        self.learn(operation, &result);
        waiting.reply(result);
    }

    async fn exchange_array(self: &Arc<Self>, mut batch: Vec<Waiting>) {
        let body = array::join(batch.iter().map(|waiting| &waiting.parcel.body));
        let bytes = body.len();
        tracing::debug!(operations = batch.len(), bytes, "a batch leaves");
        let carried = batch.iter().map(|Waiting { parcel, .. }| parcel);
        let exchange = Exchange::begin_batch(
            self.sender.outgoing(&body),
            carried.map(|parcel| (&parcel.span, parcel.resends)),
        );
        let Some(result) = while_wanted(self.sender.send(body, exchange), &mut batch).await else {
            return;
        };
        let answer = match result {
            Ok(answer) => answer,
            Err(failure) if failure.may_be_one_operations() => return self.send_alone(batch),
            Err(failure) => {
                for waiting in batch {
                    waiting.reply(Err(failure.clone()));
                }
                return;
            }
        };
        if let Some(parts) = array::split(&answer, batch.len()) {
            let mut state = self.state();
            for (waiting, part) in batch.iter().zip(&parts) {
                let name = waiting.parcel.operation.name;
                state.sizes.learn(name, part.body.len());
            }
            drop(state);
            for (waiting, part) in batch.into_iter().zip(parts) {
                waiting.reply(Ok(part));
            }
        } else if answer.status == 413 {
            self.state().batch_bytes = bytes / 2;
            self.send_again(batch);
        } else if matches!(answer.status, 429 | 502..=504) {
            for waiting in batch {
                waiting.reply(Ok(answer.clone()));
            }
        } else {
            self.find_out_about_arrays(batch, &answer).await;
        }
    }

    /// After an answer to an array that is none: is it the array that is refused? One operation is
    /// sent alone, which tells.
    async fn find_out_about_arrays(self: &Arc<Self>, mut batch: Vec<Waiting>, answer: &Answer) {
        let mut refused = false;
        while let Some(mut probe) = batch.pop() {
            self.slot().await;
            probe.parcel.resends += 1;
            let exchange = self.exchange_of(&probe.parcel);
            let exchange = self.sender.send(probe.parcel.body.clone(), exchange);
            // Who goes away meanwhile tells nothing.
            if let Some(result) = while_wanted(exchange, slice::from_mut(&mut probe)).await {
                refused = result.as_ref().is_ok_and(Answer::is_success);
                probe.reply(result);
                break;
            }
        }
        if refused {
            tracing::warn!(
                status = answer.status,
                "arrays of operations are refused: each goes out alone from now on"
            );
            self.state().takes_arrays = false;
            self.send_again(batch);
        } else {
            for waiting in batch {
                waiting.reply(Ok(answer.clone()));
            }
        }
    }

    fn send_alone(self: &Arc<Self>, mut batch: Vec<Waiting>) {
        for waiting in &mut batch {
            waiting.parcel.alone = true;
        }
        self.send_again(batch);
    }

    /// Puts operations before all that wait, and into the places that are free.
    fn send_again(self: &Arc<Self>, batch: Vec<Waiting>) {
        let mut state = self.state();
        for mut waiting in batch.into_iter().rev() {
            waiting.parcel.resends += 1;
            state.waiting.push_front(waiting);
        }
        let most = self.bounds.requests.unwrap_or(usize::MAX);
        let free = (most - state.under_way).min(state.waiting.len());
        state.under_way += free;
        drop(state);
        for _ in 0..free {
            self.pass_on();
        }
    }

    /// An exchange that carries one operation.
    fn exchange_of(&self, parcel: &Parcel) -> Exchange<'_> {
        Exchange::begin(
            self.sender.outgoing(&parcel.body),
            &parcel.span,
            parcel.resends,
        )
    }

    /// Waits until the next request may begin.
    async fn slot(&self) {
        if let Some(slots) = &self.slots {
            slots.next().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the requests that are under way.
struct Place(Arc<Wire>);

impl Place {
    /// Sends an operation, and what can leave with it, or else what waits, by a task.
    fn go(self, runtime: &Handle, first: Option<Waiting>) {
        runtime.spawn(async move {
            let wire = &self.0;
            wire.slot().await;
            wire.exchange(wire.gather(first)).await;
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

/// A place of one who sends by itself; it is counted where their number is bounded.
struct CallersPlace {
    _counted: Option<Place>,
}

/// Whether there is a runtime to send with. A task has one, which is told without touching it.
fn is_within_runtime() -> bool {
    tokio::task::try_id().is_some() || Handle::try_current().is_ok()
}

impl Waiting {
    /// Whether its caller went away.
    fn is_taken_back(&self) -> bool {
        self.answer.is_closed()
    }

    fn reply(self, result: Result<Answer, Failure>) {
        let operation = self.parcel.operation;
        // The turn to write is over before its caller goes on.
        drop(self.parcel);
        if let Err(unheard) = self.answer.send(result)
            && operation.kind == OperationKind::Mutation
        {
            log_unheard(operation, &unheard);
        }
    }
}

/// What an exchange gives, unless all who wait for it go away before.
async fn while_wanted<T>(exchange: impl Future<Output = T>, waiting: &mut [Waiting]) -> Option<T> {
    let all_gone = poll_fn(|context| {
        let mut waiting = waiting.iter_mut();
        if waiting.all(|waiting| waiting.answer.poll_closed(context).is_ready()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    match select(pin!(exchange), all_gone).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}

fn log_unheard(operation: Operation, result: &Result<Answer, Failure>) {
    match result {
        Ok(answer) => tracing::warn!(
            operation = operation.name,
            status = answer.status,
            "a mutation was answered after its caller had gone away"
        ),
        Err(failure) => tracing::warn!(
            operation = operation.name,
            error = %failure.clone().into_error(operation),
            "a mutation failed after its caller had gone away"
        ),
    }
}
