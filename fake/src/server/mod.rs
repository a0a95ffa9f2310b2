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
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use wire::{Knife, Knives};

/// A server that listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a loopback port; 0 picks a free one.
    pub(crate) async fn start(shared: Arc<Shared>, port: u16) -> io::Result<Self> {
        let (started, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("wikijs-fake".to_owned())
            .spawn(move || run(shared, port, started, stopped))?;
        let address = address
            .await
            .map_err(|_| io::Error::other("the server's thread ended before it listened"))??;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error: it has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    shared: Arc<Shared>,
    port: u16,
    started: oneshot::Sender<io::Result<SocketAddr>>,
    stopped: oneshot::Receiver<()>,
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
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listening = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        match listening {
            Ok((address, listener)) => {
                let _ = started.send(Ok(address));
                tokio::select! {
                    _ = stopped => {}
                    () = serve(shared, Door { listener, connections: 0, knives: Arc::default() }) => {}
                }
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

async fn serve(shared: Arc<Shared>, door: Door) {
    let (jobs, received) = mpsc::unbounded_channel();
    let router = Router::new().fallback(http::handle).with_state(jobs);
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
    connections: u64,
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
                    self.connections += 1;
                    // Small answers leave at once. Where it fails, they merely leave later.
                    let _ = stream.set_nodelay(true);
                    let (wire, knife) = Wire::new(stream);
                    self.knives.add(&knife);
                    let peer = Peer {
                        connection: self.connections,
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
