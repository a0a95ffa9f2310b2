//! What stands for the figures without the feature `metrics`: nothing.
#![expect(clippy::unused_self, reason = "with the feature, it measures")]

use url::Url;

use super::exchange::Outgoing;

#[derive(Debug)]
pub(super) struct OperationMeter;

impl OperationMeter {
    pub(super) fn begin(_: &'static str, _: &'static str) -> Self {
        Self
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
pub(super) struct ExchangeMeter;

impl ExchangeMeter {
    pub(super) fn begin(_: Outgoing<'_>) -> Self {
        Self
    }

    pub(super) fn end(self, _: Option<u16>, _: Option<u64>, _: Option<&str>) {}
}

pub(super) fn batch(_: usize) {}

#[cfg(feature = "cache")]
pub(crate) fn cache_read(_: &'static str, _: bool) {}

#[cfg(feature = "cache")]
pub(crate) fn cache_eviction(_: &'static str) {}
