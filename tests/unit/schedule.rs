//! Random tests of the private state machine of the dispatcher, which `src/transport/dispatch/schedule.rs` includes.

#![allow(clippy::cast_possible_truncation, reason = "there are few requests")]

use std::{collections::HashMap, time::Duration};

use fastrand::Rng;

use super::{
    BatchLimits, Entry, MAX_SHARED_RESPONSE, Overdue, PermitId, RequestId, Schedule, Start,
    TARGET_BATCH_RESPONSE,
};

type Runtime = u8;

/// Model for random tests: a schedule, and the state that it should have after the events so far.
struct Model {
    schedule: Schedule<RequestId, Runtime>,
    limits: BatchLimits,
    now: Duration,
    random: Rng,
    /// The requests in the order in which they were first enqueued. The payload of an entry is its index here.
    requests: Vec<Request>,
    caller_sends: bool,
    /// Permits whose tasks were spawned and have not begun.
    spawned: Vec<(PermitId, Runtime)>,
    /// Permits whose tasks have sent requests.
    sending: Vec<(PermitId, Vec<Entry<RequestId, Runtime>>)>,
    ended: [bool; RUNTIMES],
    sent: usize,
}

const RUNTIMES: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Sending,
    Over,
}

#[derive(Debug)]
struct Request {
    stage: Stage,
    id: RequestId,
    runtime: Runtime,
}

impl Model {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let limits = BatchLimits {
            requests: random.bool().then(|| random.usize(1..5)),
            requests_per_second: None,
            operations: random.usize(1..6),
            request_bytes: random.usize(50..400),
            response_bytes: 1 << random.usize(10..28),
        };
        Self {
            schedule: Schedule::new(limits.clone()),
            limits,
            now: Duration::ZERO,
            random,
            requests: Vec::new(),
            caller_sends: false,
            spawned: Vec::new(),
            sending: Vec::new(),
            ended: [false; RUNTIMES],
            sent: 0,
        }
    }

    fn step(&mut self) {
        self.now += Duration::from_millis(self.random.u64(0..2_000));
        match self.random.u8(0..16) {
            0..5 => self.enqueue(),
            5..7 => self.cancel(),
            7..10 => self.begin(),
            10..13 => self.release(),
            13 => self.caller(),
            14 => self.arrays(),
            _ if self.random.u8(0..8) == 0 => self.end_runtime(),
            _ => self.check(),
        }
        self.execute();
        self.assert_invariants();
    }

    fn enqueue(&mut self) {
        const OPERATIONS: [&str; 3] = ["Small", "Medium", "Large"];
        let runtime = self.random.u8(0..3);
        let alone = self.random.u8(0..5) == 0;
        let operation = OPERATIONS[self.random.usize(0..3)];
        let bytes = self.random.usize(1..100);
        let payload = self.requests.len() as RequestId;
        let entry = Entry::new(operation, bytes, alone, runtime, payload);
        let id = self.schedule.enqueue(entry, self.now);
        self.requests.push(Request {
            stage: Stage::Waiting,
            id,
            runtime,
        });
    }

    fn any(&mut self, stage: Stage) -> Option<usize> {
        let of_stage = |index: &usize| self.requests[*index].stage == stage;
        let all: Vec<_> = (0..self.requests.len()).filter(of_stage).collect();
        (!all.is_empty()).then(|| all[self.random.usize(0..all.len())])
    }

    fn cancel(&mut self) {
        let stage = [Stage::Waiting, Stage::Sending][self.random.usize(0..2)];
        if let Some(index) = self.any(stage) {
            let canceled = self.schedule.cancel(self.requests[index].id);
            assert_eq!(canceled.is_some(), stage == Stage::Waiting);
            if stage == Stage::Waiting {
                self.requests[index].stage = Stage::Over;
            }
        }
    }

    fn begin(&mut self) {
        if self.spawned.is_empty() {
            return;
        }
        let index = self.random.usize(0..self.spawned.len());
        let (permit, runtime) = self.spawned.swap_remove(index);
        if self.ended[usize::from(runtime)] {
            self.release_permit(permit);
            return;
        }
        let batch = self.schedule.begin(permit, self.now);
        self.assert_is_sendable(&batch, runtime);
        for entry in &batch {
            self.requests[entry.payload as usize].stage = Stage::Sending;
            self.sent += 1;
        }
        self.sending.push((permit, batch));
    }

    fn assert_is_sendable(&self, batch: &[Entry<RequestId, Runtime>], runtime: Runtime) {
        let request = |entry: &Entry<RequestId, Runtime>| &self.requests[entry.payload as usize];
        for entry in batch {
            assert_eq!(
                request(entry).stage,
                Stage::Waiting,
                "sent once, and not canceled"
            );
            assert_eq!(request(entry).runtime, runtime);
        }
        let companions = batch.get(1..).unwrap_or_default();
        assert!(companions.is_sorted_by_key(|entry| entry.id));
        if companions.is_empty() {
            return;
        }
        assert!(batch.iter().all(|entry| !entry.alone));
        assert!(batch.len() <= self.limits.operations);
        let bytes: usize = batch.iter().map(|entry| entry.bytes + 1).sum();
        assert!(bytes < self.schedule.batch_bytes);
        let expected = |entry: &Entry<_, _>| self.schedule.sizes.expect(entry.operation);
        assert!(
            batch
                .iter()
                .all(|entry| expected(entry) <= MAX_SHARED_RESPONSE)
        );
        let answer: usize = batch.iter().map(expected).sum();
        assert!(answer <= TARGET_BATCH_RESPONSE.min(self.limits.response_bytes / 2));
        // No request that could have joined the batch was skipped in favour of a later one.
        let last = companions.iter().map(|entry| entry.id).max();
        for other in &self.requests {
            let is_passed_over = other.stage == Stage::Waiting
                && other.runtime == runtime
                && Some(other.id) < last
                && batch.iter().all(|entry| entry.id != other.id);
            let waiting = self.schedule.waiting.get(&other.id);
            let could_be_sent = waiting.is_some_and(|entry| self.schedule.may_share(entry));
            assert!(!(is_passed_over && could_be_sent));
        }
    }

    fn release(&mut self) {
        if self.sending.is_empty() {
            return;
        }
        let index = self.random.usize(0..self.sending.len());
        let (permit, batch) = self.sending.swap_remove(index);
        for entry in &batch {
            let bytes = 1 << self.random.usize(4..24);
            self.schedule.sizes.learn(entry.operation, bytes);
        }
        if batch.len() > 1 && self.random.u8(0..4) == 0 {
            // The batch failed, and is sent again before or after its permit is released.
            for entry in &batch {
                self.requests[entry.payload as usize].stage = Stage::Waiting;
            }
            if self.random.bool() {
                self.schedule
                    .batch_too_large(batch.iter().map(|entry| entry.bytes).sum());
            }
            if self.random.bool() {
                self.release_permit(permit);
                self.execute();
                self.schedule.enqueue_again(batch, self.now);
            } else {
                self.schedule.enqueue_again(batch, self.now);
                self.execute();
                self.release_permit(permit);
            }
            return;
        }
        for entry in &batch {
            self.requests[entry.payload as usize].stage = Stage::Over;
        }
        self.release_permit(permit);
    }

    fn caller(&mut self) {
        if self.caller_sends {
            self.caller_sends = false;
            if self.schedule.release_by_caller() {
                self.schedule.pass_on(self.now);
            }
        } else {
            self.caller_sends = self.schedule.grant_to_caller();
        }
    }

    fn arrays(&mut self) {
        match self.random.u8(0..4) {
            0 => self.schedule.arrays.begin_trial(),
            1 => self.schedule.arrays.accepted(),
            _ => {
                let refused = self.random.u8(0..4) == 0;
                self.schedule.arrays.end_trial(refused, self.now);
            }
        }
    }

    fn check(&mut self) {
        let Some(index) = self.any(Stage::Waiting) else {
            return;
        };
        let patience = Duration::from_secs(5);
        let checked = self
            .schedule
            .check(self.requests[index].id, patience, self.now);
        match checked {
            Overdue::No { since } => assert!(since + patience > self.now),
            Overdue::Waiting(entry) => {
                assert_eq!(entry.id, self.requests[index].id);
                self.requests[index].stage = Stage::Over;
            }
            Overdue::InFlight => panic!("the request waits"),
        }
    }

    /// Ends a runtime: its tasks are dropped.
    fn end_runtime(&mut self) {
        let runtime = self.random.u8(0..3);
        self.ended[usize::from(runtime)] = true;
        let is_theirs = |task: &(PermitId, Vec<Entry<RequestId, Runtime>>)| {
            task.1.first().is_some_and(|entry| entry.runtime == runtime)
        };
        while let Some(index) = self.sending.iter().position(is_theirs) {
            let (permit, batch) = self.sending.swap_remove(index);
            for entry in batch {
                self.requests[entry.payload as usize].stage = Stage::Over;
            }
            self.release_permit(permit);
            self.execute();
        }
        while let Some(index) = self.spawned.iter().position(|task| task.1 == runtime) {
            let (permit, _) = self.spawned.swap_remove(index);
            self.release_permit(permit);
            self.execute();
        }
    }

    fn execute(&mut self) {
        while let Some(Start {
            permit, runtime, ..
        }) = self.schedule.next_start()
        {
            if self.ended[usize::from(runtime)] {
                // A runtime that is shutting down drops the task while it is spawned.
                self.release_permit(permit);
            } else {
                self.spawned.push((permit, runtime));
            }
        }
    }

    fn release_permit(&mut self, permit: PermitId) {
        for entry in self.schedule.release(permit, self.now) {
            let request = &mut self.requests[entry.payload as usize];
            assert_eq!(request.stage, Stage::Waiting);
            assert!(self.ended[usize::from(request.runtime)]);
            request.stage = Stage::Over;
        }
    }

    fn assert_invariants(&self) {
        let schedule = &self.schedule;
        // No permit is lost or granted twice.
        let mut permits: HashMap<PermitId, usize> = HashMap::new();
        let spawned = self.spawned.iter().map(|task| task.0);
        for permit in spawned.chain(self.sending.iter().map(|task| task.0)) {
            *permits.entry(permit).or_default() += 1;
        }
        assert!(permits.values().all(|times| *times == 1));
        assert_eq!(permits.len(), schedule.held.len());
        let taken = permits.len() + usize::from(self.caller_sends);
        let most = self.limits.requests.unwrap_or(usize::MAX);
        assert!(taken <= most);
        // While a permit is free, every waiting request has a spawned task that will send it.
        let waiting = schedule.waiting.len() + schedule.leaders.len();
        assert!(taken == most || waiting <= self.spawned.len());
        // No request is lost.
        let waits = self
            .requests
            .iter()
            .filter(|request| request.stage == Stage::Waiting);
        assert_eq!(waits.count(), waiting);
    }

    /// Completes the requests and releases the permits.
    fn finish(&mut self) {
        if self.caller_sends {
            self.caller();
            self.execute();
        }
        while !self.spawned.is_empty() || !self.sending.is_empty() {
            self.begin();
            self.execute();
            self.release();
            self.execute();
            self.assert_invariants();
        }
        assert!(
            self.requests
                .iter()
                .all(|request| request.stage == Stage::Over)
        );
        assert!(self.schedule.held.is_empty());
        assert!(self.schedule.waiting.is_empty() && self.schedule.leaders.is_empty());
    }
}

#[test]
fn no_request_or_permit_is_lost_in_any_order_of_events() {
    let mut sent = 0;
    for seed in 0..100_000 {
        let mut model = Model::new(seed);
        for _ in 0..model.random.usize(5..60) {
            model.step();
        }
        model.finish();
        sent += model.sent;
    }
    assert!(sent > 100_000);
}
