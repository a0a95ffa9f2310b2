//! Connections that can be cut.

use futures::task::AtomicWaker;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection with its knife.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    knife: Arc<Knife>,
}

/// Cuts a connection from afar: whoever reads or writes it gets an error, and drops it.
#[derive(Debug, Default)]
pub(crate) struct Knife {
    cut: AtomicU8,
    waker: AtomicWaker,
}

const WHOLE: u8 = 0;
const CLOSED: u8 = 1;
const RESET: u8 = 2;

impl Knife {
    /// Closes the connection, as a process does that ends.
    pub(crate) fn close(&self) {
        self.cut(CLOSED);
    }

    /// Resets the connection: the other end gets a TCP RST.
    pub(crate) fn reset(&self) {
        self.cut(RESET);
    }

    fn cut(&self, how: u8) {
        self.cut.store(how, Ordering::Release);
        self.waker.wake();
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> (Self, Arc<Knife>) {
        let knife = Arc::new(Knife::default());
        let wire = Self {
            stream,
            knife: knife.clone(),
        };
        (wire, knife)
    }

    /// Fails where the connection is cut, and otherwise has it noticed when it is.
    fn check(&self, context: &Context<'_>) -> io::Result<()> {
        self.knife.waker.register(context.waker());
        match self.knife.cut.load(Ordering::Acquire) {
            WHOLE => Ok(()),
            how => {
                if how == RESET {
                    // Without lingering the system resets the connection when it is dropped.
                    let _ = self.stream.set_zero_linger();
                }
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The knives of the connections that are open.
#[derive(Debug, Default)]
pub(super) struct Knives(Mutex<Vec<Weak<Knife>>>);

impl Knives {
    pub(super) fn add(&self, knife: &Arc<Knife>) {
        let mut knives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        knives.retain(|knife| knife.strong_count() > 0);
        knives.push(Arc::downgrade(knife));
    }

    /// Closes every connection.
    pub(super) fn close_all(&self) {
        let mut knives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for knife in knives.drain(..).filter_map(|knife| knife.upgrade()) {
            knife.close();
        }
    }
}
