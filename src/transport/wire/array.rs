//! The JSON array that several operations make, and the one that answers it.

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::value::RawValue;

use crate::transport::send::Answer;

/// Several bodies as one.
pub(super) fn join<'a>(bodies: impl Iterator<Item = &'a Bytes> + Clone) -> Bytes {
    let length: usize = bodies.clone().map(|body| body.len() + 1).sum();
    let mut array = BytesMut::with_capacity(length + 1);
    for (index, body) in bodies.enumerate() {
        array.put_u8(if index == 0 { b'[' } else { b',' });
        array.extend_from_slice(body);
    }
    array.put_u8(b']');
    array.freeze()
}

/// The answers to so many operations, in their order, each a part of the one body. `None` if it is
/// no array of so many.
pub(super) fn split(answer: &Answer, operations: usize) -> Option<Vec<Answer>> {
    let parts: Vec<&RawValue> = serde_json::from_slice(&answer.body).ok()?;
    if parts.len() != operations {
        return None;
    }
    let part = |part: &RawValue| Answer {
        body: answer.body.slice_ref(part.get().as_bytes()),
        ..answer.clone()
    };
    Some(parts.into_iter().map(part).collect())
}
