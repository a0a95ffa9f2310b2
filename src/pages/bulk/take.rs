//! Taking steps from the input, and knowing those of earlier runs again.

use std::collections::HashMap;

use super::{
    journal::{Known, Past},
    step::{Action, Key, Step, Subject},
};
use crate::pages::Pages;

/// A step as it was taken from the input.
pub(super) struct Taken {
    pub(super) index: u64,
    pub(super) step: Step,
    pub(super) action: Action,
    pub(super) subject: Subject,
    pub(super) key: Option<Key>,
    /// What the journal knows of it.
    pub(super) known: Option<Known>,
}

/// Numbers the steps and knows those of earlier runs again.
pub(super) struct Taking {
    pages: Pages,
    next: u64,
    journal: Option<Recognition>,
}

struct Recognition {
    known: HashMap<Key, Known>,
    /// How often each was there so far.
    repetitions: HashMap<u128, u32>,
}

impl Taking {
    /// `past` is what earlier runs have written into the journal, if there is one.
    pub(super) fn new(pages: Pages, past: Option<Past>) -> Self {
        Self {
            pages,
            next: 0,
            journal: past.map(|past| Recognition {
                known: past.known,
                repetitions: HashMap::new(),
            }),
        }
    }

    pub(super) fn take(&mut self, step: Step) -> Taken {
        let index = self.next;
        self.next += 1;
        let (action, subject) = (step.action(), step.subject(&self.pages));
        let key = self.journal.as_mut().map(|journal| {
            let content = step.content(&self.pages);
            let repetitions = journal.repetitions.entry(content).or_default();
            let repetition = *repetitions;
            *repetitions += 1;
            Key {
                content,
                repetition,
            }
        });
        let journal = self.journal.as_mut();
        let known = journal
            .zip(key)
            .and_then(|(journal, key)| journal.known.remove(&key));
        Taken {
            index,
            step,
            action,
            subject,
            key,
            known,
        }
    }
}
