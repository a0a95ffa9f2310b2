//! Progress, for a terminal or a page of the web.

use serde::Serialize;

use super::{
    report::{Counts, Item},
    step::{Action, Subject},
};

/// What happens while a bulk is done. Serialized it is an object with a field `event`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The first one.
    #[non_exhaustive]
    Started {
        /// How many steps there are, where the input says so.
        total: Option<u64>,
        /// Whether nothing is written.
        dry_run: bool,
    },
    /// A step that has to be written is begun. There is none for a step that needs no write.
    #[non_exhaustive]
    Begun {
        /// As in [`Item`].
        index: u64,
        /// As in [`Item`].
        action: Action,
        /// As in [`Item`].
        subject: Subject,
    },
    /// Something that whoever watches should know, and that is no step's result.
    #[non_exhaustive]
    Warning {
        /// The step that it is about, if it is about one.
        index: Option<u64>,
        /// What there is to know.
        message: String,
    },
    /// A step is over. Each step that was tried has one.
    Item(Item),
    /// The last one.
    #[non_exhaustive]
    Finished {
        /// How many steps came to what.
        counts: Counts,
        /// How many steps there are, where that is known: always, if the bulk came to its end.
        total: Option<u64>,
        /// The step whose error stopped the bulk, if one did.
        stopped_at: Option<u64>,
    },
}
