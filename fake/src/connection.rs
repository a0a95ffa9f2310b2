//! Connections that can be closed from elsewhere.

use crate::lock;
use futures::task::AtomicWaker;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The client's end of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Peer {
    /// Number of the connection, counted from 1.
    pub(crate) number: u64,
    pub(crate) connection: Arc<ConnectionHandle>,
}

/// A connection that its handle can close.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    handle: Arc<ConnectionHandle>,
}

/// Closes a connection from elsewhere: its next read or write fails, and its owner drops it.
#[derive(Debug, Default)]
pub(crate) struct ConnectionHandle {
    status: AtomicU8,
    waker: AtomicWaker,
}

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const RESET: u8 = 2;

impl ConnectionHandle {
    /// Closes the connection, as the end of a process does.
    pub(crate) fn close(&self) {
        self.set(CLOSED);
    }

    /// Resets the connection by a TCP RST.
    pub(crate) fn reset(&self) {
        self.set(RESET);
    }

    fn set(&self, status: u8) {
        self.status.store(status, Ordering::Release);
        self.waker.wake();
    }
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> (Self, Arc<ConnectionHandle>) {
        let handle = Arc::new(ConnectionHandle::default());
        let connection = Self {
            stream,
            handle: handle.clone(),
        };
        (connection, handle)
    }

    /// Fails if the connection was closed, and otherwise registers the task to be woken when it is.
    fn check(&self, context: &Context<'_>) -> io::Result<()> {
        self.handle.waker.register(context.waker());
        match self.handle.status.load(Ordering::Acquire) {
            OPEN => Ok(()),
            status => {
                if status == RESET {
                    // Without lingering the system resets the connection when it is dropped.
                    let _ = self.stream.set_zero_linger();
                }
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
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

/// The handles of the open connections.
#[derive(Debug, Default)]
pub(crate) struct ConnectionHandles(Mutex<Vec<Weak<ConnectionHandle>>>);

impl ConnectionHandles {
    pub(crate) fn add(&self, handle: &Arc<ConnectionHandle>) {
        let mut handles = lock(&self.0);
        handles.retain(|handle| handle.strong_count() > 0);
        handles.push(Arc::downgrade(handle));
    }

    /// Closes every connection.
    pub(crate) fn close_all(&self) {
        let mut handles = lock(&self.0);
        for handle in handles.drain(..).filter_map(|handle| handle.upgrade()) {
            handle.close();
        }
    }
}
