//! The server's thread and its connections.
//!
//! It runs on a thread and a runtime of its own, as Wiki.js is a process of its own: a test that blocks its
//! runtime does not stop the wiki, and one that ends takes it down.

mod wire;

pub(crate) use wire::Wire;

use crate::http;
use crate::wiki::Shared;
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
use wire::{Knife, Knives};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How often the port is asked for again after the listener left it.
const REBINDS: u32 = 1000;

/// A server that listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    restarts: Option<mpsc::UnboundedSender<Restart>>,
    thread: Option<JoinHandle<()>>,
}

/// An order to go away and come back.
struct Restart {
    downtime: Duration,
    /// Told when the wiki is away.
    away: blocking::Sender<io::Result<()>>,
}

impl Server {
    /// Listens there; port 0 picks a free one.
    pub(crate) async fn start(shared: Arc<Shared>, place: SocketAddr) -> io::Result<Self> {
        let (started, address) = oneshot::channel();
        let (restarts, ordered) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("wikijs-fake".to_owned())
            .spawn(move || run(&shared, place, started, ordered))?;
        let address = address
            .await
            .map_err(|_| io::Error::other("the server's thread ended before it listened"))??;
        Ok(Self {
            address,
            restarts: Some(restarts),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection and refuses new ones for a while. Returns when it does.
    pub(crate) fn restart(&self, downtime: Duration) -> io::Result<()> {
        let gone = || io::Error::other("the server's thread has ended");
        let (away, is_away) = blocking::channel();
        let restarts = self.restarts.as_ref().ok_or_else(gone)?;
        restarts
            .send(Restart { downtime, away })
            .map_err(|_| gone())?;
        is_away.recv().map_err(|_| gone())?
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody can order a restart any more: that ends the thread.
        self.restarts = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    shared: &Arc<Shared>,
    place: SocketAddr,
    started: oneshot::Sender<io::Result<SocketAddr>>,
    ordered: mpsc::UnboundedReceiver<Restart>,
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
    // The executor's futures stay on their thread, so the tasks are local ones.
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = TcpListener::bind(place).await;
        let listening = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        match listening {
            Ok((address, listener)) => {
                let _ = started.send(Ok(address));
                live(shared, address, listener, ordered).await;
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
    // Ends every request and every connection, whatever they are doing.
    drop(tasks);
    runtime.shutdown_background();
}

/// Serves, and restarts when it is told to, until nobody can tell it to any more.
async fn live(
    shared: &Arc<Shared>,
    address: SocketAddr,
    listener: TcpListener,
    mut ordered: mpsc::UnboundedReceiver<Restart>,
) {
    let knives = Arc::new(Knives::default());
    let mut door = Door {
        listener,
        connections: Arc::default(),
        knives: knives.clone(),
    };
    loop {
        let connections = door.connections.clone();
        let order = tokio::select! {
            order = ordered.recv() => order,
            () = serve(shared.clone(), door) => None,
        };
        let Some(Restart { downtime, away }) = order else {
            return;
        };
        knives.close_all();
        let reserved = reserve(address).await;
        // What is left of the old connections ends before anybody is told.
        tokio::task::yield_now().await;
        let is_away = reserved
            .as_ref()
            .map(|_| ())
            .map_err(|error| io::Error::new(error.kind(), error.to_string()));
        let _ = away.send(is_away);
        let Ok(reserved) = reserved else {
            return;
        };
        if !pass(downtime, &mut ordered).await {
            return;
        }
        shared.faults().start_up();
        shared.state().sessions.restart();
        let Ok(listener) = reserved.listen(BACKLOG) else {
            return;
        };
        door = Door {
            listener,
            connections,
            knives: knives.clone(),
        };
    }
}

/// Lets the downtime pass, and that of every restart that is ordered meanwhile; whether the wiki is to come back.
async fn pass(mut downtime: Duration, ordered: &mut mpsc::UnboundedReceiver<Restart>) -> bool {
    loop {
        let order = tokio::select! {
            () = tokio::time::sleep(downtime) => return true,
            order = ordered.recv() => order,
        };
        let Some(again) = order else {
            return false;
        };
        let _ = again.away.send(Ok(()));
        downtime = again.downtime;
    }
}

/// Takes the port without listening there: connections are refused, and nobody else gets it.
async fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let mut left = REBINDS;
    loop {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // Connections of old may linger there.
        socket.set_reuseaddr(true)?;
        match socket.bind(address) {
            Err(_) if left > 0 => tokio::time::sleep(Duration::from_millis(1)).await,
            bound => return bound.map(|()| socket),
        }
        left -= 1;
    }
}

async fn serve(shared: Arc<Shared>, door: Door) {
    let (jobs, received) = mpsc::unbounded_channel();
    let entrance = http::Entrance {
        latency: shared.timing().network_latency,
        shared: shared.clone(),
        jobs,
    };
    let router = Router::new().fallback(http::handle).with_state(entrance);
    let service = router.into_make_service_with_connect_info::<Peer>();
    tokio::select! {
        // Neither ends by itself: a failed accept is tried again.
        _ = axum::serve(door, service) => {}
        () = http::work(shared, received) => {}
    }
}

/// Accepts connections and numbers them.
struct Door {
    listener: TcpListener,
    connections: Arc<AtomicU64>,
    knives: Arc<Knives>,
}

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Counts from 1.
    pub(crate) connection: u64,
    /// Cuts it.
    pub(crate) knife: Arc<Knife>,
}

impl Listener for Door {
    type Io = Wire;
    type Addr = Peer;

    async fn accept(&mut self) -> (Wire, Peer) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Small answers leave at once. Where it fails, they merely leave later.
                    let _ = stream.set_nodelay(true);
                    let (wire, knife) = Wire::new(stream);
                    self.knives.add(&knife);
                    let peer = Peer {
                        connection: self.connections.fetch_add(1, Ordering::Relaxed) + 1,
                        knife,
                    };
                    return (wire, peer);
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer {
            connection: 0,
            knife: Arc::default(),
        })
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.remote_addr().clone()
    }
}
