//! The server's thread and its connections.
//!
//! The server runs on its own thread and runtime, as Wiki.js is its own process: a test that blocks its runtime does
//! not stop the wiki.

use crate::connection::{Connection, ConnectionHandles, Peer};
use crate::http;
use crate::shared::Shared;
use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc as blocking};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// Maximum number of attempts to bind the port again after the listener was closed.
const MAX_REBINDS: u32 = 1000;

/// A server that listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    restarts: Option<mpsc::UnboundedSender<Restart>>,
    thread: Option<JoinHandle<()>>,
}

/// An order to stop listening for a while.
struct Restart {
    downtime: Duration,
    /// Receives the result when the server has stopped listening.
    stopped: blocking::Sender<io::Result<()>>,
}

impl Server {
    /// Listens on an address; port 0 picks a free one.
    pub(crate) async fn start(shared: Arc<Shared>, address: SocketAddr) -> io::Result<Self> {
        let (started, bound) = oneshot::channel();
        let (restarts, orders) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("wikijs-fake".to_owned())
            .spawn(move || run(&shared, address, started, orders))?;
        let address = bound
            .await
            .map_err(|_| io::Error::other("the server's thread ended before it listened"))??;
        Ok(Self {
            address,
            restarts: Some(restarts),
            thread: Some(thread),
        })
    }

    /// Returns the address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection and refuses new ones for the downtime. Returns when new connections are refused.
    pub(crate) fn restart(&self, downtime: Duration) -> io::Result<()> {
        let ended = || io::Error::other("the server's thread has ended");
        let (stopped, is_stopped) = blocking::channel();
        let restarts = self.restarts.as_ref().ok_or_else(ended)?;
        let sent = restarts.send(Restart { downtime, stopped });
        sent.map_err(|_| ended())?;
        is_stopped.recv().map_err(|_| ended())?
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing the channel ends the thread.
        self.restarts = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    shared: &Arc<Shared>,
    address: SocketAddr,
    started: oneshot::Sender<io::Result<SocketAddr>>,
    orders: mpsc::UnboundedReceiver<Restart>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    // The executor's futures are not `Send`, so the tasks are local.
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = TcpListener::bind(address).await;
        let listening = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        match listening {
            Ok((address, listener)) => {
                let _ = started.send(Ok(address));
                serve_and_restart(shared, address, listener, orders).await;
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
    // Dropping the tasks ends every request and connection.
    drop(tasks);
    runtime.shutdown_background();
}

/// Serves requests, and restarts on each order, until the channel of orders is closed.
async fn serve_and_restart(
    shared: &Arc<Shared>,
    address: SocketAddr,
    mut listener: TcpListener,
    mut orders: mpsc::UnboundedReceiver<Restart>,
) {
    let handles = Arc::new(ConnectionHandles::default());
    let connections = Arc::default();
    loop {
        let acceptor = Acceptor {
            listener,
            connections: Arc::clone(&connections),
            handles: handles.clone(),
        };
        let order = tokio::select! {
            order = orders.recv() => order,
            () = serve(shared.clone(), acceptor) => None,
        };
        let Some(Restart { downtime, stopped }) = order else {
            return;
        };
        handles.close_all();
        let reserved = reserve(address).await;
        // The tasks of the old connections end before the caller continues.
        tokio::task::yield_now().await;
        let copy = |error: &io::Error| io::Error::new(error.kind(), error.to_string());
        let _ = stopped.send(reserved.as_ref().map(|_| ()).map_err(copy));
        let Ok(reserved) = reserved else {
            return;
        };
        if !wait(downtime, &mut orders).await {
            return;
        }
        shared.faults.start_up();
        shared.state().sessions.restart();
        let Ok(again) = reserved.listen(BACKLOG) else {
            return;
        };
        listener = again;
    }
}

/// Waits for the end of the downtime, or of that of a later order. Returns `false` if the channel is closed.
async fn wait(mut downtime: Duration, orders: &mut mpsc::UnboundedReceiver<Restart>) -> bool {
    loop {
        let order = tokio::select! {
            () = tokio::time::sleep(downtime) => return true,
            order = orders.recv() => order,
        };
        let Some(again) = order else {
            return false;
        };
        let _ = again.stopped.send(Ok(()));
        downtime = again.downtime;
    }
}

/// Binds the port without listening: connections are refused, and no other process gets the port.
async fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let mut left = MAX_REBINDS;
    loop {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // Connections in TIME_WAIT may still occupy the port.
        socket.set_reuseaddr(true)?;
        match socket.bind(address) {
            Err(_) if left > 0 => tokio::time::sleep(Duration::from_millis(1)).await,
            bound => return bound.map(|()| socket),
        }
        left -= 1;
    }
}

async fn serve(shared: Arc<Shared>, acceptor: Acceptor) {
    let (jobs, received) = mpsc::unbounded_channel();
    let sender = http::RequestSender {
        shared: shared.clone(),
        jobs,
    };
    let router = Router::new().fallback(http::handle).with_state(sender);
    let service = router.into_make_service_with_connect_info::<Peer>();
    tokio::select! {
        // Neither branch completes normally: `serve` retries a failed accept.
        _ = axum::serve(acceptor, service) => {}
        () = http::work(shared, received) => {}
    }
}

/// Accepts connections and numbers them.
struct Acceptor {
    listener: TcpListener,
    connections: Arc<AtomicU64>,
    handles: Arc<ConnectionHandles>,
}

impl Listener for Acceptor {
    type Io = Connection;
    type Addr = Peer;

    async fn accept(&mut self) -> (Connection, Peer) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Sends small responses at once. A failure only delays them.
                    let _ = stream.set_nodelay(true);
                    let (connection, handle) = Connection::new(stream);
                    self.handles.add(&handle);
                    let peer = Peer {
                        number: self.connections.fetch_add(1, Ordering::Relaxed) + 1,
                        connection: handle,
                    };
                    return (connection, peer);
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer::default())
    }
}

impl Connected<IncomingStream<'_, Acceptor>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Acceptor>) -> Self {
        stream.remote_addr().clone()
    }
}
