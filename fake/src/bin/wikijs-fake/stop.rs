//! What ends the wiki: Ctrl-C, the signal to terminate, or the end of standard input.

use std::io::{self, Read as _};
use tokio::sync::oneshot;

/// The signals that are waited for.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(not(unix))]
    interrupt: tokio::signal::windows::CtrlC,
    stdin: Option<oneshot::Receiver<()>>,
}

impl Signals {
    /// Listens for them from now on.
    pub(crate) fn listen(to_stdin: bool) -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            #[cfg(not(unix))]
            interrupt: tokio::signal::windows::ctrl_c()?,
            stdin: to_stdin.then(end_of_stdin),
        })
    }

    /// Waits for the first of them.
    pub(crate) async fn wait(mut self) {
        let stdin = async {
            match self.stdin {
                // An error: the thread is gone, and with it whoever would have told.
                Some(end) => drop(end.await),
                None => std::future::pending().await,
            }
        };
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = stdin => {}
        }
        #[cfg(not(unix))]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            () = stdin => {}
        }
    }
}

/// Told when standard input ends, whatever comes before.
fn end_of_stdin() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while io::stdin().read(&mut buffer).is_ok_and(|length| length > 0) {}
        // An error: nobody waits any more.
        let _ = ended.send(());
    });
    end
}
