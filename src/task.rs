//! Work that gets on whether or not its caller polls it.

use std::panic::resume_unwind;

use tokio::{runtime::Handle, task::JoinHandle};
use tracing::Instrument;

use crate::{
    caching::Caching,
    error::{Error, Result, TransportErrorKind},
    transport::Sent,
};

/// Does a piece of work by a task of its own, within the caller's span, and past a cache if its caller
/// reads so. The work ends where its caller goes away; a panic in it is its caller's.
///
/// `operation` and `sent` are for the error of a runtime that is missing, or ends before the work.
pub(crate) async fn by_a_task<T: Send + 'static>(
    operation: &str,
    sent: Sent,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let runtime = Handle::try_current().map_err(|_| Error::no_runtime(operation))?;
    let mut task = EndsWithItsCaller(runtime.spawn(Caching::as_here(work.in_current_span())));
    match (&mut task.0).await {
        Ok(result) => result,
        Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
        Err(_) => {
            let kind = TransportErrorKind::Interrupted;
            Err(Error::no_answer(operation, kind, sent.applied()))
        }
    }
}

struct EndsWithItsCaller<T>(JoinHandle<T>);

impl<T> Drop for EndsWithItsCaller<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, pin::pin, sync::Arc};

    use futures::{FutureExt, poll};

    use super::{Sent, by_a_task};

    #[tokio::test]
    async fn a_panic_is_the_callers() {
        let work = async { panic!("in a task") };
        let work = pin!(by_a_task::<()>("Panic", Sent::default(), work).map(drop));
        let caught = std::panic::AssertUnwindSafe(work).catch_unwind().await;
        assert_eq!(
            caught.unwrap_err().downcast_ref::<&str>(),
            Some(&"in a task")
        );
    }

    #[tokio::test]
    async fn work_ends_with_its_caller() {
        let held = Arc::new(());
        let holds = Arc::clone(&held);
        let work = async move {
            let ends_never = pending().await;
            drop(holds);
            ends_never
        };
        {
            let mut caller = pin!(by_a_task::<()>("Pending", Sent::default(), work));
            assert!(poll!(&mut caller).is_pending());
            tokio::task::yield_now().await;
            assert_eq!(Arc::strong_count(&held), 2);
        }
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
