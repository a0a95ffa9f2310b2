//! An HTTP proxy before a real wiki that fails at random.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use reqwest::header::{self, HeaderName};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Share of the mutations that fail.
const RATE: f64 = 0.25;
/// Maximum duration of a mutation that is repeated: its response must arrive before the client's timeout.
const LONGEST_TO_REPEAT: Duration = Duration::from_secs(3);

/// A fault of the proxy in a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Closes the connection, and forwards nothing.
    DropBefore,
    /// Forwards, and closes the connection without a response.
    DropAfter,
    /// Forwards, and closes the connection in the middle of the response's body.
    CutBody,
    /// Forwards, and responds with status 502.
    BadGateway,
    /// Responds with status 504, and forwards after this delay.
    Late(Duration),
    /// Forwards twice, one after the other, and responds as the wiki did to the second or the first one.
    Twice { second: bool },
}

impl Fault {
    fn random(random: &mut Rng, creates: bool) -> Self {
        match random.u8(..if creates { 5 } else { 6 }) {
            0 => Self::DropBefore,
            1 => Self::DropAfter,
            2 => Self::CutBody,
            3 => Self::BadGateway,
            4 => Self::Late(Duration::from_millis(random.u64(1_000..4_000))),
            _ => Self::Twice {
                second: random.bool(),
            },
        }
    }
}

/// A mutation that passed the proxy.
#[derive(Debug, Clone)]
pub(crate) struct Mutation {
    pub(crate) operation: String,
    /// The variable that identifies it.
    pub(crate) key: String,
    pub(crate) fault: Option<Fault>,
    /// The time of the failure.
    failed: Option<Instant>,
    /// The time of the wiki's last response.
    executed: Option<Instant>,
}

impl Mutation {
    /// Returns how long after the failure the wiki had executed it: zero if it had before.
    pub(crate) fn executed_after(&self) -> Option<Duration> {
        let (executed, failed) = (self.executed?, self.failed?);
        Some(executed.saturating_duration_since(failed))
    }
}

/// A proxy on a free port, which ends with the runtime.
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    http: reqwest::Client,
    random: Mutex<Rng>,
    mutations: Mutex<Vec<Mutation>>,
    /// Number of requests that are not completely handled.
    pending: AtomicUsize,
}

struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

#[derive(Clone)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Proxy {
    pub(crate) async fn start(target: &str, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            target: target.trim_end_matches('/').to_owned(),
            http: reqwest::Client::builder()
                .no_gzip()
                .no_proxy()
                .build()
                .unwrap(),
            random: Mutex::new(Rng::with_seed(seed)),
            mutations: Mutex::default(),
            pending: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        Self { url, shared }
    }

    /// Waits until all requests are handled.
    pub(crate) async fn until_idle(&self) {
        while self.shared.pending.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn mutations(&self) -> Vec<Mutation> {
        self.shared.mutations.lock().unwrap().clone()
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream) {
        let mut buffer = Vec::new();
        while let Ok(Some(request)) = read_request(&mut stream, &mut buffer).await {
            self.pending.fetch_add(1, Ordering::SeqCst);
            let kept = self.handle(&mut stream, &request).await;
            self.pending.fetch_sub(1, Ordering::SeqCst);
            if !kept.unwrap_or(false) {
                return;
            }
        }
    }

    /// Handles a request. Returns `true` if the connection stays open.
    async fn handle(&self, stream: &mut TcpStream, request: &Request) -> io::Result<bool> {
        let Some((operation, key)) = mutation_of(request) else {
            let response = self.forward(request).await;
            return write_response(stream, &response, response.body.len()).await;
        };
        let fault = {
            let mut random = self.random.lock().unwrap();
            let creates = operation == "PagesCreate";
            (random.f64() < RATE).then(|| Fault::random(&mut random, creates))
        };
        let number = {
            let mut mutations = self.mutations.lock().unwrap();
            mutations.push(Mutation {
                operation,
                key,
                fault,
                failed: None,
                executed: None,
            });
            mutations.len() - 1
        };
        let note = |change: fn(&mut Mutation)| change(&mut self.mutations.lock().unwrap()[number]);
        let failed = || note(|mutation| mutation.failed = Some(Instant::now()));
        let execute = async || {
            let response = self.forward(request).await;
            note(|mutation| mutation.executed = Some(Instant::now()));
            response
        };
        match fault {
            Some(Fault::DropBefore) => {
                failed();
                Ok(false)
            }
            Some(Fault::DropAfter) => {
                execute().await;
                failed();
                Ok(false)
            }
            Some(Fault::CutBody) => {
                let response = execute().await;
                failed();
                write_response(stream, &response, response.body.len() / 2).await?;
                Ok(false)
            }
            Some(Fault::BadGateway) => {
                execute().await;
                failed();
                let response = Response::of_the_proxy(502);
                write_response(stream, &response, response.body.len()).await
            }
            Some(Fault::Late(after)) => {
                failed();
                let response = Response::of_the_proxy(504);
                // The request is executed even if the client has disconnected, and before any other request of the
                // connection.
                let _ = write_response(stream, &response, response.body.len()).await;
                stream.shutdown().await?;
                tokio::time::sleep(after).await;
                execute().await;
                Ok(false)
            }
            Some(Fault::Twice { second }) => {
                let begun = Instant::now();
                let mut response = execute().await;
                if begun.elapsed() < LONGEST_TO_REPEAT {
                    let repeated = execute().await;
                    if second {
                        response = repeated;
                    }
                }
                failed();
                write_response(stream, &response, response.body.len()).await
            }
            None => {
                let response = execute().await;
                failed();
                write_response(stream, &response, response.body.len()).await
            }
        }
    }

    async fn forward(&self, request: &Request) -> Response {
        let method = request.method.parse().unwrap();
        let url = format!("{}{}", self.target, request.path);
        let mut forwarded = self.http.request(method, url).body(request.body.clone());
        for (name, value) in &request.headers {
            if !is_of_the_connection(name) {
                forwarded = forwarded.header(name, value);
            }
        }
        let Ok(response) = forwarded.send().await else {
            return Response::of_the_proxy(502);
        };
        let text = |value: &header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = response
            .headers()
            .iter()
            .filter(|(name, _)| !is_of_the_connection(name.as_str()))
            .map(|(name, value): (&HeaderName, _)| (name.to_string(), text(value)));
        let (status, headers) = (response.status().as_u16(), headers.collect());
        match response.bytes().await {
            Ok(body) => Response {
                status,
                headers,
                body: body.to_vec(),
            },
            Err(_) => Response::of_the_proxy(502),
        }
    }
}

impl Response {
    fn of_the_proxy(status: u16) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: format!("<html><h1>{status}</h1></html>").into_bytes(),
        }
    }
}

fn is_of_the_connection(name: &str) -> bool {
    let names = [
        "host",
        "connection",
        "keep-alive",
        "content-length",
        "transfer-encoding",
    ];
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Returns the operation of a mutation and the variable that identifies it.
fn mutation_of(request: &Request) -> Option<(String, String)> {
    if request.method != "POST" || !request.path.ends_with("/graphql") {
        return None;
    }
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let body = match &body {
        Value::Array(operations) if operations.len() == 1 => &operations[0],
        body => body,
    };
    if !body["query"].as_str()?.trim_start().starts_with("mutation") {
        return None;
    }
    let operation = body["operationName"].as_str().unwrap_or_default();
    let key = &body["variables"][match operation {
        "PagesCreate" => "path",
        "PagesUpdate" => "content",
        "PagesMove" => "destinationPath",
        _ => "id",
    }];
    let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    Some((operation.to_owned(), key))
}

/// Reads a request with its body. Returns `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let head_ends = loop {
        let end = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        if let Some(end) = end {
            break end;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_ends]).into_owned();
    let mut lines = head.split("\r\n");
    let mut start = lines.next().unwrap_or_default().split(' ');
    let mut part = || start.next().unwrap_or_default().to_owned();
    let (method, path) = (part(), part());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let body_begins = head_ends + 4;
    while buffer.len() < body_begins + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let rest = buffer.split_off(body_begins + length);
    let body = buffer.split_off(body_begins);
    *buffer = rest;
    Ok(Some(Request {
        method,
        path,
        headers,
        body,
    }))
}

/// Writes a response with the first bytes of its body. Returns `true`: the connection stays open.
async fn write_response(
    stream: &mut TcpStream,
    response: &Response,
    bytes: usize,
) -> io::Result<bool> {
    let mut head = format!("HTTP/1.1 {} -\r\n", response.status);
    for (name, value) in &response.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    let length = response.body.len().to_string();
    head.extend(["content-length: ", &length, "\r\n\r\n"]);
    let mut sent = head.into_bytes();
    sent.extend_from_slice(&response.body[..bytes]);
    stream.write_all(&sent).await?;
    stream.flush().await?;
    Ok(true)
}
