//! Blocking use: these tests are plain functions without a runtime.

use std::{collections::HashSet, error::Error as _, pin::pin, sync::Barrier, thread};

use futures::{StreamExt, future::join_all, poll};
use wikijs_client::{
    Error,
    blocking::{Each, Wait, WaitEach, block_on},
    pages::PageUpdate,
};
use wikijs_fake::FakePage;

use crate::support::Wiki;

fn start() -> Wiki {
    block_on(Wiki::start()).unwrap()
}

fn is_refusal<T>(result: wikijs_client::Result<T>) -> bool {
    matches!(result, Err(Error::Config(error))
        if error.setting == "runtime" && error.remedy.contains("block_on"))
}

#[test]
fn a_page_is_created_read_updated_listed_and_deleted() {
    let wiki = start();
    let pages = wiki.client.pages();
    wiki.client.check().wait().unwrap();

    let made = pages.create(wiki.new_page("a")).wait().unwrap();
    let update = PageUpdate::new().title("Changed");
    let changed = pages.update(made.id, update).wait().unwrap();
    assert_eq!(
        (changed.title.as_str(), changed.content),
        ("Changed", made.content)
    );
    let read = pages.get_by_path(wiki.path("a")).wait().unwrap();
    assert_eq!(read.id, made.id);
    let listed = pages.list().path_prefix(wiki.prefix()).wait().unwrap();
    assert_eq!(listed.len(), 1);
    pages.delete(made.id).wait().unwrap();
    assert!(pages.get_opt(made.id).wait().unwrap().is_none());
    assert!(pages.get(made.id).wait().unwrap_err().is_not_found());
}

#[test]
fn streams_are_iterators() {
    let wiki = start();
    let pages = wiki.client.pages();
    let made: Vec<_> = ["a", "b", "c"]
        .map(|name| pages.create(wiki.new_page(name)).wait().unwrap().id)
        .into();

    let list = || pages.list().path_prefix(wiki.prefix());
    let summaries: Result<Vec<_>, _> = list().stream().wait_each().unwrap().collect();
    let listed: Vec<_> = summaries.unwrap().into_iter().map(|page| page.id).collect();
    assert_eq!(listed, made);
    let sizes: Vec<_> = list()
        .by_page(2)
        .wait_each()
        .unwrap()
        .map(|pages| pages.unwrap().len())
        .collect();
    assert_eq!(sizes, [2, 1]);
    let whole = list().with_content().stream().wait_each().unwrap();
    assert!(
        whole
            .map(Result::unwrap)
            .all(|page| page.content.starts_with('#'))
    );

    let asked = [made[0].get(), i64::from(i32::MAX), made[2].get()];
    let many: Vec<_> = pages.get_many(asked).wait_each().unwrap().collect();
    assert_eq!(
        many.iter().map(|(id, _)| id.get()).collect::<Vec<_>>(),
        asked
    );
    assert!(many[0].1.is_ok() && many[2].1.is_ok());
    assert!(many[1].1.as_ref().unwrap_err().is_not_found());
}

#[test]
fn wait_accepts_any_future() {
    let wiki = start();
    let made = wiki
        .client
        .pages()
        .create(wiki.new_page("a"))
        .wait()
        .unwrap();
    let pages = wiki.client.pages();

    let both = block_on(join_all(
        [made.id, i32::MAX.into()].map(|id| pages.get_opt(id)),
    ))
    .unwrap();
    let there: Vec<_> = both
        .into_iter()
        .map(|page| page.unwrap().is_some())
        .collect();
    assert_eq!(there, [true, false]);
    // Neither 'static nor Send.
    let local = std::rc::Rc::new(made.id);
    let title = block_on(async { pages.get(*local).await.map(|page| page.title) });
    assert_eq!(title.unwrap().unwrap(), made.title);
}

#[test]
fn many_reads_of_an_iterator_share_requests() {
    let wiki = start();
    let Some(fake) = wiki.fake() else { return };
    let ids: Vec<i64> = (0..100)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    wiki.client.check().wait().unwrap();
    fake.clear_requests();

    let hold = fake.hold();
    let mut read = wiki.client.pages().get_many(ids.clone());
    // Some reads are sent, and the others are queued. A stream may do that in several polls.
    let begin = async {
        for _ in 0..100 {
            assert!(poll!(read.next()).is_pending(), "no response yet");
            tokio::task::yield_now().await;
        }
    };
    block_on(begin).unwrap();
    drop(hold);
    let read = read.wait_each().unwrap();
    let read: Vec<i64> = read.map(|(_, page)| page.unwrap().id.get()).collect();
    assert_eq!(read, ids);
    // At most four requests before the wiki responds, and then two batches of at most fifty reads.
    assert!(fake.request_count() <= 4 + 2, "{}", fake.request_count());
}

#[test]
fn threads_share_the_client_and_their_reads_share_requests() {
    const THREADS: usize = 40;
    let wiki = start();
    let Some(fake) = wiki.fake() else { return };
    let id = fake.insert_page(FakePage::new("a", "A"));
    wiki.client.check().wait().unwrap();
    let before = fake.requests().len();

    let hold = fake.hold();
    let all_have_asked = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        let read = || {
            let pages = wiki.client.pages();
            block_on(async {
                let mut read = pin!(pages.get(id));
                // The first poll sends the read or queues it.
                let first = poll!(read.as_mut());
                assert!(first.is_pending(), "the wiki does not respond yet");
                all_have_asked.wait();
                read.await.unwrap().title
            })
        };
        let readers: Vec<_> = (0..THREADS).map(|_| scope.spawn(read)).collect();
        all_have_asked.wait();
        drop(hold);
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap(), "A");
        }
    });
    let requests = fake.requests().len() - before;
    assert!(requests <= 5, "{requests} requests");
}

#[test]
fn writes_of_several_threads_run_one_after_another() {
    let wiki = start();
    let made = wiki
        .client
        .pages()
        .create(wiki.new_page("a"))
        .wait()
        .unwrap();
    thread::scope(|scope| {
        for number in 0..4 {
            let (wiki, id) = (&wiki, made.id);
            scope.spawn(move || {
                let add = |page: &wikijs_client::pages::Page| {
                    PageUpdate::new().content(format!("{} {number}", page.content))
                };
                wiki.client.pages().modify(id, add).wait().unwrap();
            });
        }
    });
    let content = wiki.client.pages().get(made.id).wait().unwrap().content;
    let words: HashSet<&str> = content.split_whitespace().collect();
    for number in ["0", "1", "2", "3"] {
        assert!(words.contains(number), "{number} is not in {content}");
    }
}

#[test]
fn inside_of_a_runtime_wait_is_an_error() {
    let wiki = start();
    let pages = wiki.client.pages();
    let sent = wiki.fake().map(|fake| fake.requests().len());
    for runtime in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let mut builder = runtime;
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            assert!(is_refusal(pages.get(1).wait()));
            assert!(is_refusal(pages.list().wait()));
            assert!(is_refusal(pages.list().stream().wait_each()));
            assert!(is_refusal(block_on(async {})));
            let error = pages.get(1).wait().unwrap_err();
            assert!(error.to_string().contains(".await"), "{error}");
            assert!(error.source().is_none());
            let blocking = pages.clone();
            let on_a_blocking_thread = tokio::task::spawn_blocking(move || {
                assert!(is_refusal(blocking.list().limit(1).wait()));
                // The alternative that the error message suggests works.
                tokio::runtime::Handle::current()
                    .block_on(blocking.list().limit(1).into_future())
                    .unwrap();
            });
            on_a_blocking_thread.await.unwrap();
        });
    }
    if let (Some(fake), Some(sent)) = (wiki.fake(), sent) {
        let reads = fake.requests().split_off(sent);
        assert!(
            reads
                .iter()
                .all(|request| !request.operation_names().contains(&"PagesGet"))
        );
    }
    // Outside of the runtime, the call works.
    pages.list().limit(1).wait().unwrap();
}

#[test]
fn an_iterator_created_outside_of_a_runtime_does_not_panic_inside() {
    let wiki = start();
    let pages = wiki.client.pages();
    let made = pages.create(wiki.new_page("a")).wait().unwrap();
    let mut list = pages
        .list()
        .path_prefix(wiki.prefix())
        .stream()
        .wait_each()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let first = runtime.block_on(async { list.next() });
    assert_eq!(first.unwrap().unwrap().id, made.id);
}

#[test]
fn a_client_is_used_by_tasks_and_threads() {
    let wiki = start();
    let made = wiki
        .client
        .pages()
        .create(wiki.new_page("a"))
        .wait()
        .unwrap();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let awaited = runtime.block_on(wiki.client.pages().get(made.id)).unwrap();
        // The connections of this runtime are closed.
        drop(runtime);
        let waited_for = wiki.client.pages().get(made.id).wait().unwrap();
        assert_eq!(awaited, waited_for);
    }
}

#[test]
fn a_dropped_iterator_sends_no_further_requests() {
    let wiki = start();
    let Some(fake) = wiki.fake() else { return };
    let ids: Vec<i64> = (0..1_000)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    let pages = wiki.client.pages();
    let mut many: Each<_> = pages.get_many(ids).wait_each().unwrap();
    many.next().unwrap().1.unwrap();
    drop(many);
    let asked: usize = fake
        .requests()
        .iter()
        .map(|request| request.operations.len())
        .sum();
    assert!(asked < 500, "{asked} pages were asked for");
    // The permits of the dropped requests are released.
    assert_eq!(pages.list().limit(7).wait().unwrap().len(), 7);
}

#[test]
fn a_custom_stream_can_be_iterated() {
    let wiki = start();
    let pages = wiki.client.pages();
    let made = pages.create(wiki.new_page("a")).wait().unwrap();
    let titles = pages
        .list()
        .path_prefix(wiki.prefix())
        .stream()
        .map(|page| page.map(|page| page.title));
    let titles: Vec<_> = titles.wait_each().unwrap().map(Result::unwrap).collect();
    assert_eq!(titles, [made.title]);
}

#[cfg(feature = "assets")]
#[test]
fn files_are_uploaded_and_downloaded() {
    use wikijs_client::assets::Content;

    let wiki = start();
    let Some(fake) = wiki.fake() else { return };
    let assets = wiki.client.assets();
    let folder = std::env::temp_dir();
    let here = folder.join(format!("{}.bin", wiki.prefix()));
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    std::fs::write(&here, &bytes).unwrap();

    let content = Content::file(&here).wait().unwrap();
    assets.upload("", "a.bin", content).wait().unwrap();
    let back = folder.join(format!("{}.back", wiki.prefix()));
    let written = block_on(async { assets.download("a.bin").await?.to_file(&back).await });
    assert_eq!(written.unwrap().unwrap(), 300_000);
    assert_eq!(std::fs::read(&back).unwrap(), bytes);
    let pieces = assets
        .download("a.bin")
        .wait()
        .unwrap()
        .wait_each()
        .unwrap();
    let length: usize = pieces.map(|piece| piece.unwrap().len()).sum();
    assert_eq!(length, bytes.len());
    assert!(!fake.requests().is_empty());
    let _ = (std::fs::remove_file(here), std::fs::remove_file(back));
}

#[cfg(feature = "live-log")]
#[test]
fn the_log_is_followed() {
    let wiki = start();
    let Some(fake) = wiki.fake() else { return };
    let login = wikijs_client::Client::builder(fake.url())
        .login("admin@example.com", wikijs_fake::FakeWiki::ADMIN_PASSWORD);
    let admin = login.wait().unwrap().done().unwrap();
    let mut log = admin.live_log().wait().unwrap().wait_each().unwrap();
    while fake.log_followers() == 0 {
        thread::yield_now();
    }
    fake.log("info", "a line");
    assert!(log.next().unwrap().unwrap().plain().contains("a line"));
}
