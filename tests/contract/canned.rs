//! A server with responses that the tests write themselves: those of proxies, other servers and faulty wikis.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use serde_json::Value;
use wikijs_client::{Client, ClientBuilder, RetryPolicy};

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: String::new(),
            body: body.into(),
        }
    }

    pub fn json(status: u16, body: impl Into<Value>) -> Self {
        Self::new(status, body.into().to_string()).header("content-type", "application/json")
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }
}

/// Starts a server that responds to each request with the result of a function, and returns its URL.
pub fn serve(respond: impl FnMut(&str) -> Response + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let respond = Arc::new(Mutex::new(respond));
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let respond = Arc::clone(&respond);
            thread::spawn(move || {
                while let Some(request) = read_request(&mut connection) {
                    let mut respond = respond.lock().unwrap_or_else(PoisonError::into_inner);
                    let response = respond(&request);
                    drop(respond);
                    if write_response(&mut connection, &response).is_err() {
                        break;
                    }
                }
            });
        }
    });
    url
}

fn write_response(connection: &mut TcpStream, response: &Response) -> std::io::Result<()> {
    let Response {
        status,
        headers,
        body,
    } = response;
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status} x\r\n{headers}content-length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    connection.write_all(&bytes)
}

/// Returns the next request of a connection, or `None` at its end.
pub fn read_request(connection: &mut impl Read) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = connection.read(&mut buffer).unwrap_or_default();
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let is_whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head
                .to_lowercase()
                .split("content-length:")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
            body.len() >= length.unwrap_or_default()
        });
        if count == 0 || is_whole {
            return Some(text).filter(|text| !text.is_empty());
        }
    }
}

/// Returns the body of a request.
pub fn body_of(request: &str) -> &str {
    request.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// A wiki that sends the same response to each request, until the test sets another one.
pub struct CannedWiki {
    pub client: Client,
    response: Arc<Mutex<Response>>,
}

impl CannedWiki {
    /// Starts a wiki, and creates a client that does not retry.
    pub fn start(configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let response = Arc::new(Mutex::new(Response::new(500, "")));
        let current = Arc::clone(&response);
        let url = serve(move |_| current.lock().unwrap().clone());
        let builder = Client::builder(url).retry(RetryPolicy::none());
        Self {
            client: configure(builder).build().unwrap(),
            response,
        }
    }

    pub fn set(&self, response: Response) {
        *self.response.lock().unwrap() = response;
    }
}
