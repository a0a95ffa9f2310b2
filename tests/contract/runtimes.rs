//! A client on runtimes that end, on a runtime that is not driven, and on several runtimes.
//!
//! A test that could abort the process runs in a separate process: see [`in_a_child`].

use std::{
    env,
    net::TcpListener,
    pin::pin,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use futures::{StreamExt, future::join_all, poll};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};
use wikijs_client::{
    Applied, Client, Error,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeUser, FakeWiki};

/// A call that lasts longer hangs. It is far more than any timeout of these tests.
const HANGS: Duration = Duration::from_secs(120);

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread(threads: usize) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(threads).enable_all();
    builder.build().unwrap()
}

/// Starts a fake with twenty pages.
fn with_pages() -> (FakeWiki, Vec<i64>) {
    let fake = current_thread().block_on(FakeWiki::start());
    let page = |number| fake.insert_page(FakePage::new(format!("docs/p{number}"), "A"));
    let ids = (0..20).map(page).collect();
    (fake, ids)
}

fn impatient(fake: &FakeWiki) -> Client {
    let builder = Client::builder(fake.url()).api_key(fake.api_key());
    builder.timeout(Duration::from_millis(500)).build().unwrap()
}

/// Starts a server that accepts connections and never responds.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut held = Vec::new();
        for connection in listener.incoming() {
            held.push(connection);
        }
    });
    url
}

async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(60)).await;
}

/// Returns the result of a call that must not hang.
async fn without_hanging<T>(call: impl Future<Output = T>) -> T {
    let call = tokio::time::timeout(HANGS, call).await;
    call.expect("the call hangs")
}

/// Runs the test of this name in a separate process, and returns its output.
///
/// In that process, [`is_child`] returns `true`.
fn in_a_child(test: &str) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args([&format!("runtimes::{test}"), "--exact", "--nocapture"])
        .env(CHILD, "yes")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    let end: String = errors.chars().take(2_000).collect();
    assert!(output.status.success(), "{}: {end}", output.status);
    assert!(printed.contains("1 passed"), "{printed}");
    printed
}

const CHILD: &str = "WIKIJS_CLIENT_TEST_CHILD";

fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

#[test]
fn a_runtime_ends_while_reads_of_many_tasks_wait() {
    if !is_child() {
        in_a_child("a_runtime_ends_while_reads_of_many_tasks_wait");
        return;
    }
    let wiki = Client::builder(silent()).build().unwrap();
    for round in 0..10 {
        for runtime in [current_thread(), multi_thread(1), multi_thread(4)] {
            runtime.block_on(async {
                for id in 0..if round == 0 { 5 } else { 200 } {
                    let pages = wiki.pages();
                    tokio::spawn(async move { pages.get(id).await });
                }
                a_moment().await;
            });
        }
    }
}

#[test]
fn a_runtime_ends_while_one_task_reads_many_pages() {
    if !is_child() {
        in_a_child("a_runtime_ends_while_one_task_reads_many_pages");
        return;
    }
    for runtime in [current_thread(), multi_thread(2)] {
        runtime.block_on(async {
            let wiki = Client::builder(silent()).build().unwrap();
            let pages = wiki.pages();
            tokio::spawn(async move { pages.get_many(1..=60).collect::<Vec<_>>().await });
            let pages = wiki.pages();
            tokio::spawn(async move { join_all((1..=60).map(|id| pages.get(id))).await });
            a_moment().await;
        });
    }
}

#[test]
fn a_program_shows_the_error_that_ends_it() {
    if !is_child() {
        for _ in 0..3 {
            in_a_child("a_program_shows_the_error_that_ends_it");
        }
        return;
    }
    let (fake, ids) = with_pages();
    let main = async {
        let wiki = impatient(&fake);
        let _hold = fake.hold();
        let mut tasks = JoinSet::new();
        for id in ids.iter().chain(&ids) {
            let (pages, id) = (wiki.pages(), *id);
            tasks.spawn(async move { pages.get(id).await });
        }
        a_moment().await;
        Err::<(), _>("another error, which is to be shown")
    };
    let runtime = multi_thread(2);
    let result = runtime.block_on(main);
    drop(runtime);
    assert!(result.is_err());
}

/// A value that is dropped with the runtime calls the client in its destructor.
#[test]
fn a_call_from_a_destructor_while_a_runtime_ends_is_harmless() {
    struct Calls(Client);
    impl Drop for Calls {
        fn drop(&mut self) {
            let pages = self.0.pages();
            // Polled once and dropped, like a future that is dropped with its task.
            let mut read = pin!(pages.get(1));
            let waker = futures::task::noop_waker();
            let mut context = std::task::Context::from_waker(&waker);
            let _ = read.as_mut().poll(&mut context);
            let runtime = tokio::runtime::Handle::try_current();
            if let Ok(runtime) = runtime {
                let pages = self.0.pages();
                runtime.spawn(async move { pages.get(2).await });
            }
        }
    }
    if !is_child() {
        in_a_child("a_call_from_a_destructor_while_a_runtime_ends_is_harmless");
        return;
    }
    for runtime in [current_thread(), multi_thread(2)] {
        runtime.block_on(async {
            let wiki = Client::builder(silent()).build().unwrap();
            for id in 0..50 {
                let calls = Calls(wiki.clone());
                let pages = wiki.pages();
                tokio::spawn(async move {
                    let result = pages.get(id).await;
                    drop(calls);
                    result
                });
            }
            // Tasks hold the last clones of the client.
            drop(wiki);
            a_moment().await;
        });
    }
}

#[test]
fn ten_thousand_queued_reads_are_dropped_at_once() {
    if !is_child() {
        in_a_child("ten_thousand_queued_reads_are_dropped_at_once");
        return;
    }
    let begin = Instant::now();
    for end_runtime in [false, true] {
        let runtime = multi_thread(2);
        runtime.block_on(async {
            let wiki = Client::builder(silent()).build().unwrap();
            let mut tasks = JoinSet::new();
            for id in 0..10_000 {
                let pages = wiki.pages();
                tasks.spawn(async move { pages.get(id).await });
            }
            let pages = wiki.pages();
            let mut all = pin!(join_all((0..10_000).map(|id| pages.get(id))));
            assert!(poll!(&mut all).is_pending());
            a_moment().await;
            if end_runtime {
                tasks.detach_all();
            }
        });
        drop(runtime);
    }
    assert!(begin.elapsed() < HANGS);
}

#[test]
fn permits_of_an_idle_runtime_time_out_and_those_of_an_ended_one_are_free() {
    let (fake, ids) = with_pages();
    let wiki = impatient(&fake);
    let (idle, other) = (current_thread(), current_thread());
    let hold = fake.hold();
    idle.block_on(async {
        for id in ids.clone() {
            let pages = wiki.pages();
            tokio::spawn(async move { pages.get(id).await });
        }
        a_moment().await;
    });
    drop(hold);
    // The runtime is alive but not driven, as between two calls of `block_on`.
    let read = other.block_on(without_hanging(wiki.pages().get(ids[1])));
    if let Err(error) = read {
        assert!(error.is_timeout(), "{error}");
        assert_eq!(error.applied(), Applied::No);
    }
    drop(idle);
    for id in &ids {
        let page = other
            .block_on(without_hanging(wiki.pages().get(*id)))
            .unwrap();
        assert_eq!(page.id.get(), *id);
    }
}

#[test]
fn a_write_of_an_idle_runtime_blocks_others_until_the_timeout() {
    let (fake, ids) = with_pages();
    let wiki = impatient(&fake);
    let (idle, other) = (current_thread(), current_thread());
    let pages = wiki.pages();
    let update = || pages.update(ids[0], PageUpdate::new().title("Changed"));
    let hold = fake.hold();
    idle.block_on(async {
        let pages = wiki.pages();
        let id = ids[1];
        tokio::spawn(async move { pages.update(id, PageUpdate::new().title("Idle")).await });
        a_moment().await;
    });
    drop(hold);
    let error = other.block_on(without_hanging(update())).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(fake.page(ids[0]).unwrap().title, "A");
    drop(idle);
    other.block_on(without_hanging(update())).unwrap();
    assert_eq!(fake.page(ids[0]).unwrap().title, "Changed");
}

#[test]
fn writes_that_wait_for_slow_ones_do_not_time_out() {
    let other = multi_thread(2);
    let builder = FakeWiki::builder().write_duration(Duration::from_millis(300));
    let fake = other.block_on(builder.start());
    let wiki = impatient(&fake);
    let pages = wiki.pages();
    // Together, these writes take many times the timeout of a request.
    let made =
        other.block_on(without_hanging(join_all((0..12).map(|number| {
            pages.create(NewPage::new(format!("docs/{number}"), "A", "x"))
        }))));
    for page in made {
        page.unwrap();
    }
}

#[test]
fn reads_that_wait_for_many_others_do_not_time_out() {
    let other = multi_thread(2);
    let builder = FakeWiki::builder().network_latency(Duration::from_millis(100));
    let fake = other.block_on(builder.start());
    let id = fake.insert_page(FakePage::new("docs/p", "A"));
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .timeout(Duration::from_millis(500))
        .concurrent_requests(1)
        .batch_queries(false)
        .build()
        .unwrap();
    let pages = wiki.pages();
    let read = other.block_on(without_hanging(join_all((0..40).map(|_| pages.get(id)))));
    for page in read {
        page.unwrap();
    }
}

#[test]
fn the_identity_is_verified_although_an_idle_runtime_verifies_it() {
    let (fake, ids) = with_pages();
    let wiki = impatient(&fake);
    let (idle, other) = (current_thread(), current_thread());
    let hold = fake.hold();
    idle.block_on(async {
        let (pages, id) = (wiki.pages(), ids[0]);
        tokio::spawn(async move { pages.get(id).await });
        a_moment().await;
    });
    drop(hold);
    for _ in 0..3 {
        let read = other.block_on(without_hanging(wiki.pages().get(ids[1])));
        if let Err(error) = read {
            assert!(error.is_timeout(), "{error}");
        }
    }
    other
        .block_on(without_hanging(wiki.pages().get(ids[1])))
        .unwrap();
    drop(idle);
}

#[test]
fn a_login_of_an_idle_runtime_blocks_others_until_the_timeout() {
    let other = current_thread();
    let user = FakeUser::new("Edith", "edith@example.com");
    let user = user.password("secret").groups([1]);
    let fake = other.block_on(FakeWiki::builder().user(user).start());
    let id = fake.insert_page(FakePage::new("docs/p", "A"));
    let login = Client::builder(fake.url()).timeout(Duration::from_millis(500));
    let login = login.login("edith@example.com", "secret");
    let wiki = other.block_on(login.into_future()).unwrap().done().unwrap();
    other.block_on(wiki.pages().get(id)).unwrap();
    fake.void_logins();
    let idle = current_thread();
    let hold = fake.hold();
    idle.block_on(async {
        let pages = wiki.pages();
        tokio::spawn(async move { pages.get(id).await });
        a_moment().await;
    });
    drop(hold);
    let read = other.block_on(without_hanging(wiki.pages().get(id)));
    if let Err(error) = read {
        assert!(error.is_timeout() || error.is_unauthenticated(), "{error}");
    }
    drop(idle);
    other
        .block_on(without_hanging(wiki.pages().get(id)))
        .unwrap();
}

#[cfg(feature = "cache")]
#[test]
fn a_cached_read_of_an_idle_runtime_is_repeated_by_others() {
    let (fake, ids) = with_pages();
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .timeout(Duration::from_millis(500))
        .cache(wikijs_client::cache::CachePolicy::default())
        .build()
        .unwrap();
    let (idle, other) = (current_thread(), current_thread());
    other.block_on(wiki.check()).unwrap();
    let hold = fake.hold();
    idle.block_on(async {
        let (pages, id) = (wiki.pages(), ids[0]);
        tokio::spawn(async move { pages.get(id).await });
        a_moment().await;
    });
    drop(hold);
    let page = other
        .block_on(without_hanging(wiki.pages().get(ids[0])))
        .unwrap();
    assert_eq!(page.id.get(), ids[0]);
    drop(idle);
    other
        .block_on(without_hanging(wiki.pages().get(ids[0])))
        .unwrap();
}

#[test]
fn a_client_outlives_the_runtimes_that_it_was_used_on() {
    let (fake, ids) = with_pages();
    let wiki = impatient(&fake);
    for runtime in [current_thread(), multi_thread(1), current_thread()] {
        let pages = wiki.pages();
        let read = runtime.block_on(without_hanging(join_all(
            ids.iter().map(|id| pages.get(*id)),
        )));
        assert!(read.iter().all(Result::is_ok), "{read:?}");
        let update = pages.update(ids[0], PageUpdate::new().title("B"));
        runtime.block_on(without_hanging(update)).unwrap();
        runtime.shutdown_background();
    }
}

#[test]
fn a_client_is_used_by_several_runtimes_concurrently() {
    let (fake, ids) = with_pages();
    let wiki = impatient(&fake);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (wiki, ids) = (wiki.clone(), ids.clone());
            thread::spawn(move || {
                let runtime = current_thread();
                for round in 0..5 {
                    let pages = wiki.pages();
                    let reads = join_all(ids.iter().map(|id| pages.get(*id)));
                    for read in runtime.block_on(without_hanging(reads)) {
                        read.unwrap();
                    }
                    let update = PageUpdate::new().description(format!("{round}"));
                    runtime
                        .block_on(without_hanging(pages.update(ids[0], update)))
                        .unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn outside_of_a_runtime_a_call_is_refused() {
    let (fake, ids) = with_pages();
    let wiki = impatient(&fake);
    let pages = wiki.pages();
    let update = pages.update(ids[0], PageUpdate::new().title("B"));
    let calls: [futures::future::BoxFuture<'_, Result<(), Error>>; 3] = [
        Box::pin(async { pages.get(ids[0]).await.map(drop) }),
        Box::pin(async { update.await.map(drop) }),
        Box::pin(async { wiki.check().await.map(drop) }),
    ];
    for call in calls {
        let result = futures::FutureExt::now_or_never(call).expect("at once");
        assert!(matches!(result, Err(Error::Config(error)) if error.setting == "runtime"));
    }
}

#[test]
fn calls_run_in_a_local_set_and_on_a_blocking_thread() {
    let (fake, ids) = with_pages();
    let wiki = impatient(&fake);
    let local = tokio::task::LocalSet::new();
    let pages = wiki.pages();
    let reads = local.run_until(async {
        let pages = pages.clone();
        let ids = ids.clone();
        let reads =
            tokio::task::spawn_local(
                async move { join_all(ids.iter().map(|id| pages.get(*id))).await },
            );
        reads.await.unwrap()
    });
    assert!(
        current_thread()
            .block_on(without_hanging(reads))
            .iter()
            .all(Result::is_ok)
    );
    let runtime = multi_thread(1);
    let read = runtime.block_on(without_hanging(async {
        let (pages, id) = (wiki.pages(), ids[0]);
        let task = tokio::spawn(async move {
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async { pages.get(id).await })
            })
        });
        task.await.unwrap()
    }));
    read.unwrap();
}

#[test]
fn extreme_limits_do_not_panic() {
    let (fake, ids) = with_pages();
    let runtime = current_thread();
    let builder = || Client::builder(fake.url()).api_key(fake.api_key());
    let policy = wikijs_client::RetryPolicy::default()
        .max_retries(usize::MAX)
        .min_delay(Duration::MAX)
        .max_delay(Duration::MAX)
        .max_elapsed(Duration::MAX);
    for builder in [
        builder().concurrent_writes(usize::MAX),
        builder().concurrent_requests(usize::MAX),
        builder().max_batch_operations(usize::MAX),
        builder().max_response_bytes(usize::MAX),
        builder().max_request_bytes(usize::MAX),
        builder().timeout(Duration::MAX),
        builder().deadline(Duration::MAX),
        builder().connect_timeout(Duration::MAX),
        builder().requests_per_second(f64::MAX),
        builder().retry(policy),
    ] {
        let wiki = builder.build().unwrap();
        let pages = wiki.pages();
        let reads = join_all(ids.iter().map(|id| pages.get(*id)));
        for read in runtime.block_on(without_hanging(reads)) {
            read.unwrap();
        }
        let update = PageUpdate::new().title("B");
        runtime
            .block_on(without_hanging(pages.update(ids[0], update)))
            .unwrap();
    }
}

#[cfg(feature = "assets")]
#[test]
fn the_stream_of_an_upload_may_read_and_not_write() {
    use std::io;

    use futures::stream;
    use wikijs_client::assets::{AssetFolder, Content};

    let (fake, ids) = with_pages();
    let runtime = multi_thread(2);
    for requests in [1, 4] {
        let wiki = Client::builder(fake.url())
            .api_key(fake.api_key())
            .timeout(Duration::from_secs(30))
            .concurrent_requests(requests)
            .build()
            .unwrap();
        let pages = wiki.pages();
        let all = ids.clone();
        let reads = stream::once(async move {
            let read = join_all(all.iter().map(|id| pages.get(*id))).await;
            let count = read.iter().filter(|page| page.is_ok()).count();
            Ok(bytes::Bytes::from(format!("{count:04}")))
        });
        let name = format!("reads-{requests}.bin");
        let upload = wiki
            .assets()
            .upload(AssetFolder::root(), name, Content::stream(4, reads));
        runtime
            .block_on(without_hanging(upload.into_future()))
            .unwrap();

        let pages = wiki.pages();
        let writes = stream::once(async move {
            let begin = Instant::now();
            let made = pages.create(NewPage::new("docs/inner", "A", "x")).await;
            let error = made.unwrap_err();
            assert!(error.is_invalid_input(), "{error}");
            assert!(
                error.to_string().contains("would wait for itself"),
                "{error}"
            );
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "the call does not wait"
            );
            Err(io::Error::other(error))
        });
        let upload = wiki.assets().upload(
            AssetFolder::root(),
            "writes.bin",
            Content::stream(4, writes),
        );
        let error = runtime
            .block_on(without_hanging(upload.into_future()))
            .unwrap_err();
        assert_eq!(error.applied(), Applied::No);
        assert!(fake.page_by_path("en", "docs/inner").is_none());
    }
}

#[cfg(feature = "assets")]
#[tokio::test]
async fn an_announced_length_allocates_no_memory() {
    use std::io::{Read as _, Write as _};

    use wikijs_client::error::TransportErrorKind;

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut vec![0; 65_536]);
            let _ = connection.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000000000000\r\n\
                  content-type: image/png\r\naccept-ranges: bytes\r\n\r\nabc",
            );
        }
    });
    let wiki = Client::builder(url).build().unwrap();
    let file = wiki
        .assets()
        .download("docs/a.png")
        .max_size(u64::MAX)
        .await;
    let error = file.unwrap().bytes().await.unwrap_err();
    assert!(
        matches!(error, Error::Transport(error) if error.kind == TransportErrorKind::Interrupted)
    );
}
