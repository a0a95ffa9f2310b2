//! No-op replacements of `meter.rs` for builds without the feature `metrics`.
#![expect(clippy::unused_self, reason = "the feature `metrics` needs it")]

use std::marker::PhantomData;

use url::Url;

use super::exchange::Outgoing;

#[derive(Debug)]
pub(crate) struct OperationKey;

impl OperationKey {
    pub(crate) fn new(_: &'static str, _: &'static str) -> Self {
        Self
    }
}

#[derive(Debug)]
pub(super) struct OperationMeter<'a>(PhantomData<&'a OperationKey>);

impl<'a> OperationMeter<'a> {
    pub(super) fn begin(_: &'a OperationKey) -> Self {
        Self(PhantomData)
    }

    pub(super) fn end(self, _: u32, _: Option<&'static str>) {}
}

#[derive(Debug)]
pub(crate) struct Server;

impl Server {
    pub(crate) fn new(_: &Url) -> Self {
        Self
    }
}

#[derive(Debug)]
pub(super) struct ExchangeMeter<'a>(PhantomData<&'a Server>);

impl<'a> ExchangeMeter<'a> {
    pub(super) fn begin(outgoing: Outgoing<'a>) -> Self {
        let Server = outgoing.server;
        Self(PhantomData)
    }

    pub(super) fn end(self, _: Option<u16>, _: Option<u64>, _: Option<&str>) {}
}

pub(super) fn batch(_: usize) {}

#[cfg(feature = "cache")]
pub(crate) fn cache_read(_: &'static str, _: bool) {}

#[cfg(feature = "cache")]
pub(crate) fn cache_eviction(_: &'static str) {}
