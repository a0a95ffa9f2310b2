//! Which operations leave together.

use super::{Parcel, State, Waiting, Wire};
use crate::transport::OperationKind;

/// The body of a batch's answer that is aimed at, in bytes: large enough to be worth a request, small
/// enough that nobody waits long for the others of the batch.
const ANSWER_BYTES_AIMED_AT: usize = 4 * 1024 * 1024;
/// An operation whose answer is expected to be larger travels alone: it takes the wiki long.
const ANSWER_BYTES_TO_TRAVEL: usize = 512 * 1024;

/// Operations that are to leave together.
pub(super) struct Batch {
    members: Vec<Waiting>,
    most: usize,
    request_bytes: usize,
    answer_bytes: usize,
}

impl Batch {
    pub(super) fn new(wire: &Wire, state: &State) -> Self {
        Self {
            members: Vec::new(),
            most: if state.takes_arrays {
                wire.bounds.operations
            } else {
                1
            },
            // The brackets.
            request_bytes: state.batch_bytes.saturating_sub(2),
            // Half of what may come at the most, since it is a guess.
            answer_bytes: ANSWER_BYTES_AIMED_AT.min(wire.sender.answer_bytes / 2),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.members.len() < self.most
    }

    /// Takes a member in, or gives it back.
    pub(super) fn add(&mut self, state: &State, next: Waiting) -> Option<Waiting> {
        let is_first = self.members.is_empty();
        if !may_travel(state, &next.parcel) {
            if !is_first {
                return Some(next);
            }
            self.most = 1;
        }
        // The comma.
        let request = next.parcel.body.len() + 1;
        let answer = state.sizes.expect(next.parcel.operation.name);
        if !is_first && (request > self.request_bytes || answer > self.answer_bytes) {
            self.most = self.members.len();
            return Some(next);
        }
        self.request_bytes = self.request_bytes.saturating_sub(request);
        self.answer_bytes = self.answer_bytes.saturating_sub(answer);
        self.members.push(next);
        None
    }

    pub(super) fn into_members(self) -> Vec<Waiting> {
        self.members
    }
}

/// Whether an operation may leave with others.
fn may_travel(state: &State, parcel: &Parcel) -> bool {
    parcel.operation.kind == OperationKind::Query
        && !parcel.alone
        && state.sizes.expect(parcel.operation.name) <= ANSWER_BYTES_TO_TRAVEL
}
