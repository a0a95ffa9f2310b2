//! A server of prepared responses. It runs in a separate process, so that its time and memory are not measured.
//!
//! It serves `PagesGet` for any id, `PagesList` and `UsersWhoAmI`, alone or in JSON arrays, as fast as it can:
//! with keep-alive connections, on one thread, from prepared bytes. The path selects the wiki:
//! `/plain/2048/100000/graphql` has pages of 2048 bytes of content, and 100,000 of them in the list.
//! `/gzip/…` compresses the responses as Wiki.js does for clients that accept gzip.

mod answers;

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Stdio},
    rc::Rc,
};

use bytes::Bytes;
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::LocalSet,
};

use self::answers::{chunked, gzip, list, page, profile, unknown};
use super::Result;

/// Argument that starts the program as the server.
const SERVE: &str = "--serve-canned-answers";
/// Maximum number of compressed responses in the cache.
const MAX_COMPRESSED: usize = 10_000;

/// A running server. Dropping the value stops it.
#[derive(Debug)]
pub(crate) struct Canned {
    process: Child,
    url: String,
}

impl Canned {
    /// Starts the current program again in a child process, as the server.
    pub(crate) fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(Self {
            process,
            url: line.trim().to_owned(),
        })
    }

    /// Returns the URL of a wiki with `pages` pages, each with `content` bytes of content.
    pub(crate) fn wiki(&self, packed: Packed, content: usize, pages: usize) -> String {
        format!("{}/{}/{content}/{pages}", self.url, packed.name())
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        // The server stops at the end of its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Encoding of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Packed {
    Plain,
    Gzip,
}

impl Packed {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
        }
    }
}

/// Runs the server if the process was started for it. Returns `true` if it was.
pub(crate) fn serve_if_asked() -> Result<bool> {
    if !std::env::args().any(|argument| argument == SERVE) {
        return Ok(false);
    }
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let mut output = std::io::stdout();
        writeln!(output, "http://{}", listener.local_addr()?)?;
        output.flush()?;
        let responses = Rc::new(PreparedResponses::default());
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let responses = Rc::clone(&responses);
            // An error means that the client has closed the connection.
            tokio::task::spawn_local(async move { serve_connection(stream, &responses).await });
        }
    })
}

/// Serves the requests of one connection, one after another.
async fn serve_connection(mut stream: TcpStream, responses: &PreparedResponses) -> Result<()> {
    let mut received = Vec::with_capacity(64 * 1024);
    loop {
        let (head, whole) = loop {
            if let Some(lengths) = lengths(&received) {
                break lengths;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        while received.len() < whole {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        }
        let wiki = Wiki::of(&received).ok_or("the path names no wiki")?;
        let (mut start, body) = responses.answer(wiki, &received[head..whole]);
        received.drain(..whole);
        if body.len() < 64 * 1024 {
            start.extend_from_slice(&body);
            stream.write_all(&start).await?;
        } else {
            stream.write_all(&start).await?;
            stream.write_all(&body).await?;
        }
    }
}

/// Returns the range of a request's body, once its head has arrived.
fn lengths(received: &[u8]) -> Option<(usize, usize)> {
    let head = received.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&received[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    Some((head, head + length.unwrap_or(0)))
}

/// The wiki that a path selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Wiki {
    packed: Packed,
    content: usize,
    pages: usize,
}

impl Wiki {
    fn of(request: &[u8]) -> Option<Self> {
        let line = request.split(|byte| *byte == b'\r').next()?;
        let path = std::str::from_utf8(line).ok()?.split(' ').nth(1)?;
        let mut parts = path.trim_start_matches('/').split('/');
        Some(Self {
            packed: match parts.next()? {
                "gzip" => Packed::Gzip,
                _ => Packed::Plain,
            },
            content: parts.next()?.parse().ok()?,
            pages: parts.next()?.parse().ok()?,
        })
    }
}

/// One operation of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    #[serde(borrow)]
    operation_name: &'a str,
    #[serde(default)]
    variables: Variables,
}

#[derive(Debug, Default, Deserialize)]
struct Variables {
    #[serde(default)]
    id: i64,
}

/// Prepared responses.
#[derive(Debug, Default)]
struct PreparedResponses {
    /// Response with a page, split at the position of its id, by the number of content bytes.
    pages: RefCell<HashMap<usize, Rc<[String; 2]>>>,
    lists: RefCell<HashMap<(Packed, usize), Bytes>>,
    packed: RefCell<HashMap<(usize, i64), Bytes>>,
}

impl PreparedResponses {
    /// Returns the head and the body of a response.
    fn answer(&self, wiki: Wiki, body: &[u8]) -> (Vec<u8>, Bytes) {
        if body.first() == Some(&b'[') {
            let asked: Vec<Asked> = serde_json::from_slice(body).unwrap_or_default();
            let mut all = Vec::with_capacity(asked.len() * (3 * wiki.content + 1024));
            for (index, one) in asked.iter().enumerate() {
                all.push(if index == 0 { b'[' } else { b',' });
                all.extend_from_slice(&self.data(wiki, one));
            }
            all.push(b']');
            return plain_response(all.into());
        }
        let Ok(asked) = serde_json::from_slice::<Asked>(body) else {
            return plain_response(unknown().into());
        };
        match (asked.operation_name, wiki.packed) {
            ("PagesList", Packed::Gzip) => chunked_response(self.list(Packed::Gzip, wiki.pages)),
            ("PagesGet", Packed::Gzip) => chunked_response(self.packed(wiki, &asked)),
            _ => plain_response(self.data(wiki, &asked)),
        }
    }

    fn data(&self, wiki: Wiki, asked: &Asked) -> Bytes {
        match asked.operation_name {
            "PagesGet" => {
                let mut pages = self.pages.borrow_mut();
                let parts = pages
                    .entry(wiki.content)
                    .or_insert_with(|| Rc::new(page(wiki.content)));
                let [before, after] = parts.as_ref();
                let mut answer = String::with_capacity(before.len() + after.len() + 20);
                answer.push_str(before);
                // Writing to a string does not fail.
                let _ = write!(answer, "{}", asked.variables.id);
                answer.push_str(after);
                answer.into()
            }
            "PagesList" => self.list(Packed::Plain, wiki.pages),
            "UsersWhoAmI" => profile().into(),
            _ => unknown().into(),
        }
    }

    fn list(&self, packed: Packed, pages: usize) -> Bytes {
        if let Some(known) = self.lists.borrow().get(&(packed, pages)) {
            return known.clone();
        }
        let made = match packed {
            Packed::Plain => Bytes::from(list(pages)),
            Packed::Gzip => chunked(&gzip(&self.list(Packed::Plain, pages))).into(),
        };
        self.lists
            .borrow_mut()
            .insert((packed, pages), made.clone());
        made
    }

    fn packed(&self, wiki: Wiki, asked: &Asked) -> Bytes {
        let key = (wiki.content, asked.variables.id);
        if let Some(known) = self.packed.borrow().get(&key) {
            return known.clone();
        }
        let made = Bytes::from(chunked(&gzip(&self.data(wiki, asked))));
        let mut packed = self.packed.borrow_mut();
        if packed.len() < MAX_COMPRESSED {
            packed.insert(key, made.clone());
        }
        made
    }
}

/// The headers that Wiki.js sends with each response.
const HEAD: &str = "HTTP/1.1 200 OK\r\nX-Frame-Options: deny\r\nX-XSS-Protection: 1; mode=block\r\n\
    X-Content-Type-Options: nosniff\r\nX-UA-Compatible: IE=edge\r\nReferrer-Policy: same-origin\r\n\
    Content-Type: application/json; charset=utf-8\r\nVary: Accept-Encoding\r\n\
    Date: Sat, 31 Jan 2026 09:30:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n";

fn plain_response(body: Bytes) -> (Vec<u8>, Bytes) {
    let head = format!("{HEAD}Content-Length: {}\r\n\r\n", body.len());
    (head.into_bytes(), body)
}

fn chunked_response(body: Bytes) -> (Vec<u8>, Bytes) {
    let head = format!("{HEAD}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
    (head.into_bytes(), body)
}
