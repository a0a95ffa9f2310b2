//! Bulk operations with a journal that are interrupted and resumed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use wikijs_client::RetryPolicy;

use super::*;
use crate::support::{arrived, with_interference};

/// A journal in a folder that is removed at the end of the test.
struct Journal {
    path: PathBuf,
    _folder: TempDir,
}

impl Journal {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            path: folder.path().join("journal.jsonl"),
            _folder: folder,
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Removes this number of lines at the end, as if the program had ended before it wrote them.
    fn forget(&self, lines: usize) {
        let text = fs::read_to_string(&self.path).unwrap();
        let kept: Vec<_> = text.lines().collect();
        let kept = &kept[..kept.len() - lines];
        fs::write(&self.path, kept.join("\n") + "\n").unwrap();
    }
}

#[tokio::test]
async fn completed_steps_are_not_repeated() {
    let wiki = Wiki::start().await;
    let journal = Journal::new();
    let pages = wiki.client.pages();
    let bulk = || {
        let new = ["a", "b", "c", "d"].map(|name| wiki.new_page(name));
        pages.create_many(new).journal(journal.path())
    };
    let mut items = bulk().stream();
    let first = some(&mut items, 2).await;
    drop(items);
    // Writes run one after another: when this one has completed, so have those before it.
    wiki.page("after").await;

    let foreseen = bulk().dry_run().await.unwrap();
    assert_eq!(foreseen.counts.done_before, 2);
    if let Some(fake) = wiki.fake() {
        fake.clear_requests();
    }
    let report = bulk().await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((report.counts.done_before, report.counts.created), (2, 2));
    for (item, before) in report.items.iter().zip(&first) {
        assert_eq!(*item.result.as_ref().unwrap(), Change::DoneBefore);
        assert_eq!(item.id, before.id, "the journal knows the page");
    }
    let there = pages.list().path_prefix(wiki.prefix()).await.unwrap();
    assert_eq!(there.len(), 5);
    if let Some(fake) = wiki.fake() {
        assert!(mutations(fake).len() <= 2);
    }
}

/// Executes the steps, and removes the line with the end of the last one.
async fn interrupted(wiki: &Client, journal: &Journal, steps: Vec<Step>) {
    let report = wiki
        .pages()
        .bulk(steps)
        .journal(journal.path())
        .await
        .unwrap();
    assert!(report.is_complete(), "{report:?}");
    journal.forget(2);
    assert_eq!(journal.lines().last().unwrap()["line"], "begun");
}

async fn again(wiki: &Client, journal: &Journal, steps: Vec<Step>) -> (Vec<String>, Item) {
    let events = wiki.pages().bulk(steps).journal(journal.path()).events();
    let events: Vec<Event> = events.try_collect().await.unwrap();
    let (mut warnings, mut items) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Warning { message, .. } => warnings.push(message),
            Event::Item(item) => items.push(item),
            _ => {}
        }
    }
    (warnings, items.pop().unwrap())
}

#[tokio::test]
async fn a_started_step_that_was_executed_is_not_repeated() {
    let (fake, wiki) = quick().await;
    let ids = seeded(&fake, 1..=4);
    let before = wiki.pages().get(ids[0]).await.unwrap();
    let [update, delete, move_to] = [ids[0], ids[1], ids[2]].map(wikijs_client::PageId::from);
    // Wiki.js replaces a title that equals the last segment of the path.
    let last = PageUpdate::new().title("3");
    wiki.pages().update(move_to, last).await.unwrap();

    for (step, change) in [
        (Step::Create(new_page("new").tags(["tag"])), Change::Created),
        (
            Step::Upsert(new_page("newer").tags(["tag"])),
            Change::Unchanged,
        ),
        (
            Step::Update(
                update,
                PageUpdate::new()
                    .title("New")
                    .if_unmodified(&before.updated_at),
            ),
            Change::Unchanged,
        ),
        (Step::Delete(delete), Change::Deleted),
        (
            Step::Move {
                id: move_to,
                path: "docs/moved".into(),
                locale: None,
            },
            Change::Moved {
                from: "docs/3".into(),
            },
        ),
    ] {
        let journal = Journal::new();
        interrupted(&wiki, &journal, vec![step.clone()]).await;
        let held = fake.pages();
        fake.clear_requests();
        let (warnings, item) = again(&wiki, &journal, vec![step.clone()]).await;
        assert_eq!(item.result.unwrap(), change, "{step:?}");
        assert_eq!(warnings.len(), 1, "the run warns once");
        assert_eq!(fake.pages(), held, "{step:?}");
        assert_eq!(journal.lines().last().unwrap()["line"], "finished");
    }
    let moved = fake.page_by_path("en", "docs/moved").unwrap();
    assert_eq!(moved.title, "3");
}

#[tokio::test]
async fn a_started_update_that_did_not_render_the_page_renders_it() {
    let (fake, wiki) = quick().await;
    let id = unrendered(&fake, &wiki).await;
    let before = wiki.pages().get(id).await.unwrap();
    let update = PageUpdate::new()
        .title("New")
        .if_unmodified(&before.updated_at);
    let steps = || vec![Step::Update(id.into(), update.clone())];
    let journal = Journal::new();
    for _ in 0..10 {
        fake.fail_next_matching("PagesUpdate", Fault::RenderPage);
    }
    let first = wiki.pages().bulk(steps()).journal(journal.path());
    assert_eq!(first.await.unwrap().counts.failed, 1);
    fake.clear_faults();
    let page = fake.page(id).unwrap();
    assert_eq!((&*page.title, page.render), ("New", None));
    let (_, item) = again(&wiki, &journal, steps()).await;
    let rendered = Change::Updated { fields: Vec::new() };
    assert_eq!(item.result.unwrap(), rendered);
    assert!(fake.page(id).unwrap().render.is_some());
}

#[tokio::test]
async fn a_started_step_that_was_not_executed_is_executed() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let steps = || vec![Step::Create(new_page("new"))];
    interrupted(&wiki, &journal, steps()).await;
    let id = fake.page_by_path("en", "docs/new").unwrap().id;
    wiki.pages().delete(id).await.unwrap();
    let (_, item) = again(&wiki, &journal, steps()).await;
    assert_eq!(item.result.unwrap(), Change::Created);
    assert_eq!(fake.pages().len(), 1);
}

#[tokio::test]
async fn a_started_step_on_a_page_of_another_client_is_a_conflict() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let steps = || vec![Step::Create(new_page("new"))];
    interrupted(&wiki, &journal, steps()).await;
    let id = fake.page_by_path("en", "docs/new").unwrap().id;
    let other = PageUpdate::new().content("somebody else's");
    wiki.pages().update(id, other).await.unwrap();
    let (_, item) = again(&wiki, &journal, steps()).await;
    assert!(item.result.unwrap_err().is_conflict());
    assert_eq!(
        fake.page(id).unwrap().content,
        "somebody else's",
        "no page is overwritten"
    );
}

fn move_of(page: i64) -> Step {
    Step::Move {
        id: page.into(),
        path: "docs/moved".into(),
        locale: None,
    }
}

/// Moves a page that has its path's last segment as title, as a run that has ended before the title was restored.
async fn interrupted_move(wiki: &Client, journal: &Journal, page: i64) {
    let last = PageUpdate::new().title("3");
    wiki.pages().update(page, last).await.unwrap();
    interrupted(wiki, journal, vec![move_of(page)]).await;
    let replaced = PageUpdate::new().title("moved");
    wiki.pages().update(page, replaced).await.unwrap();
}

#[tokio::test]
async fn a_move_interrupted_before_its_title_was_restored_is_completed() {
    let (fake, wiki) = quick().await;
    let id = seeded(&fake, [3])[0];
    let journal = Journal::new();
    let steps = || vec![move_of(id)];
    interrupted_move(&wiki, &journal, id).await;
    let (_, item) = again(&wiki, &journal, steps()).await;
    assert!(matches!(item.result, Ok(Change::Moved { .. })));
    assert_eq!(fake.page(id).unwrap().title, "3");
}

/// Returns a step of each kind, and its change after it was executed without a response.
fn each_kind(page: i64) -> [(Step, Change); 5] {
    let update = PageUpdate::new().title("New");
    let from = "docs/1".into();
    [
        (Step::Create(new_page("new").tags(["tag"])), Change::Created),
        (Step::Upsert(new_page("new")), Change::Unchanged),
        (Step::Update(page.into(), update), Change::Unchanged),
        (move_of(page), Change::Moved { from }),
        (Step::Delete(page.into()), Change::Deleted),
    ]
}

#[tokio::test]
async fn a_step_with_an_unknown_outcome_stays_unknown_while_the_wiki_fails() {
    let failures = [Fault::status(502), Fault::status(403), Fault::ResetBefore];
    for (failure, (kind, operation)) in failures.into_iter().flat_map(|failure| {
        let operations = [
            "PagesCreate",
            "PagesCreate",
            "PagesUpdate",
            "PagesMove",
            "PagesDelete",
        ];
        operations
            .into_iter()
            .enumerate()
            .map(move |kind| (failure.clone(), kind))
    }) {
        let always = failure.clone();
        let builder = FakeWiki::builder().write_duration(Duration::ZERO);
        let fake = with_interference(builder, operation, move |fake| {
            for _ in 0..100 {
                fake.fail_next(always.clone());
            }
        })
        .await;
        let page = seeded(&fake, [1])[0];
        let (step, change) = each_kind(page).into_iter().nth(kind).unwrap();
        let wiki = eager(&fake)
            .retry(RetryPolicy::none())
            .confirm_writes_for(Duration::from_millis(50))
            .build()
            .unwrap();
        fake.fail_next_matching(operation, Fault::ResetAfter);
        let journal = Journal::new();
        let bulk = || {
            let bulk = wiki.pages().bulk([step.clone()]).journal(journal.path());
            bulk.recheck_after(Duration::from_millis(1))
        };
        let report = bulk().await.unwrap();
        let error = report.items[0].result.as_ref().unwrap_err();
        assert_eq!(
            error.applied(),
            Applied::Unknown,
            "{failure:?}, {step:?}: {error}"
        );
        assert!(error.object().is_some(), "{error}");
        if matches!(failure, Fault::Status { code: 403, .. }) {
            assert!(error.is_forbidden(), "{error:?}");
        }
        assert_eq!(journal.lines().last().unwrap()["line"], "begun");

        fake.clear_faults();
        let held = fake.pages();
        let report = bulk().await.unwrap();
        assert_eq!(changes(&report), [&change], "{failure:?}, {step:?}");
        assert_eq!(fake.pages(), held);
    }
}

#[tokio::test]
async fn a_started_step_stays_unknown_while_the_wiki_is_unavailable() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let steps = || vec![Step::Create(new_page("new"))];
    interrupted(&wiki, &journal, steps()).await;
    for _ in 0..100 {
        fake.fail_next(Fault::status(503));
    }
    let bulk = wiki.pages().bulk(steps()).journal(journal.path());
    let report = bulk.recheck_after(Duration::from_millis(1)).await.unwrap();
    let error = report.items[0].result.as_ref().unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(error.applied(), Applied::Unknown, "{error}");
    assert_eq!(journal.lines().last().unwrap()["line"], "begun");
    fake.clear_faults();
    let (_, item) = again(&wiki, &journal, steps()).await;
    assert_eq!(item.result.unwrap(), Change::Created);
}

#[tokio::test]
async fn a_move_whose_title_cannot_be_restored_is_partial() {
    let (fake, wiki) = quick().await;
    let id = seeded(&fake, [3])[0];
    let journal = Journal::new();
    let steps = || vec![move_of(id)];
    interrupted_move(&wiki, &journal, id).await;
    fake.fail_next_matching("PagesUpdate", Fault::status(403));
    let (_, item) = again(&wiki, &journal, steps()).await;
    let error = item.result.unwrap_err();
    assert_eq!(error.applied(), Applied::Partially, "{error}");
    let (_, item) = again(&wiki, &journal, steps()).await;
    assert!(matches!(item.result, Ok(Change::Moved { .. })));
    assert_eq!(fake.page(id).unwrap().title, "3");
}

#[tokio::test]
async fn a_create_interrupted_in_flight_creates_one_page() {
    let fake = FakeWiki::builder()
        .write_duration(Duration::from_millis(50))
        .start()
        .await;
    let journal = Journal::new();
    let bulk = |wiki: &Client| {
        let new = (0..3).map(|number| new_page(number).tags(["tag"]));
        wiki.pages().create_many(new).journal(journal.path())
    };
    for _ in 0..3 {
        // Each run has a new client, like a new program, which does not wait for the write permit of the previous one.
        let wiki = eager(&fake).build().unwrap();
        fake.clear_requests();
        let mut run = Box::pin(bulk(&wiki).into_future());
        let sent = async {
            while mutations(&fake).is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            report = &mut run => assert!(report.unwrap().is_complete()),
            () = sent => {}
        }
    }
    let report = bulk(&eager(&fake).build().unwrap()).await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    let held = fake.pages();
    assert_eq!(held.len(), 3, "no page is created twice");
    assert!(held.iter().all(|page| page.tags == ["tag"]));
}

#[tokio::test]
async fn a_changed_input_executes_only_new_steps() {
    let (fake, wiki) = quick().await;
    let id = seeded(&fake, [1])[0];
    let journal = Journal::new();
    let title = |title: &str| Step::Update(id.into(), PageUpdate::new().title(title));
    let mut items = wiki
        .pages()
        .bulk([
            Step::Create(new_page("a")),
            title("A"),
            title("B"),
            title("A"),
        ])
        .journal(journal.path())
        .stream();
    some(&mut items, 3).await;
    drop(items);
    let report = wiki
        .pages()
        .bulk([
            title("A"),
            // Steps in a different order.
            Step::Create(new_page("a")),
            // A new step.
            Step::Create(new_page("b")),
            title("B"),
            // Equal to the first step, but counted as a separate one.
            title("A"),
        ])
        .journal(journal.path())
        .await
        .unwrap();
    assert_eq!(
        changes(&report),
        [
            &Change::DoneBefore,
            &Change::DoneBefore,
            &Change::Created,
            &Change::DoneBefore,
            &fields(&["title"]),
        ]
    );
    assert_eq!(fake.page(id).unwrap().title, "A");
}

#[tokio::test]
async fn a_journal_is_kept_while_a_step_fails_and_restarts_after_completion() {
    let (fake, wiki) = quick().await;
    let there = seeded(&fake, [1])[0];
    let journal = Journal::new();
    let bulk = || {
        let new = (0..3).map(new_page);
        wiki.pages().create_many(new).journal(journal.path())
    };
    let report = bulk().await.unwrap();
    assert_eq!((report.counts.created, report.counts.failed), (2, 1));
    let lines = journal.lines();
    let failed = lines.iter().find(|line| line["line"] == "failed").unwrap();
    assert_eq!(failed["index"], 1);

    wiki.pages().delete(there).await.unwrap();
    let report = bulk().await.unwrap();
    assert_eq!((report.counts.done_before, report.counts.created), (2, 1));
    assert_eq!(journal.lines().last().unwrap()["line"], "finished");

    let report = bulk().await.unwrap();
    assert_eq!(
        report.counts.failed, 3,
        "a new journal repeats the creates, and the pages exist"
    );
    assert_eq!(journal.lines()[0]["line"], "journal");
}

#[tokio::test]
async fn a_file_that_is_not_a_journal_of_this_wiki_is_refused_unchanged() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let bulk = || {
        wiki.pages()
            .create_many([new_page("a")])
            .journal(journal.path())
    };
    let of_another = json!({"line": "journal", "version": 1, "wiki": "https://wiki.example.com/"});
    let of_the_future = json!({"line": "journal", "version": 2, "wiki": wiki.url().as_str()});
    for text in [
        format!("{of_another}\n"),
        format!("{of_the_future}\n"),
        "# A page\n\nof mine\n".to_owned(),
        "precious".to_owned(),
        "{\"some\": \"JSON\"}\n".to_owned(),
        "{\"name\":\"my-precious-config\",\"secret\":42}".to_owned(),
        "{".to_owned() + &of_another.to_string()[1..],
        "{\"line\":\"jour\nnal".to_owned(),
        format!("{of_another}")[..30].to_owned() + "x",
    ] {
        fs::write(journal.path(), &text).unwrap();
        for error in [
            bulk().await.unwrap_err(),
            bulk().dry_run().await.unwrap_err(),
            bulk().stream().next().await.unwrap().unwrap_err(),
        ] {
            assert!(
                matches!(&error, Error::InvalidInput(input) if input.field == "journal"),
                "{error}"
            );
        }
        assert_eq!(fs::read_to_string(journal.path()).unwrap(), text);
    }
    let nowhere = journal.path().join("nowhere");
    let bulk = wiki.pages().create_many([new_page("a")]).journal(nowhere);
    assert!(bulk.await.unwrap_err().is_invalid_input());
    assert!(mutations(&fake).is_empty());
}

#[tokio::test]
async fn a_journal_is_locked_by_one_run() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let bulk = |name: &str| {
        let new: Vec<NewPage> = (0..10).map(|n| new_page(format!("{name}{n}"))).collect();
        wiki.pages().create_many(new).journal(journal.path())
    };
    let hold = fake.hold();
    let mut first = Box::pin(bulk("a").into_future());
    let begun = arrived(&fake, 1);
    tokio::select! {
        _ = &mut first => panic!("the held request has completed"),
        () = begun => {}
    }
    let (report, second) = futures::join!(first, async {
        let second = bulk("b").await;
        drop(hold);
        second
    });
    let error = second.unwrap_err();
    assert!(
        error.is_invalid_input() && error.to_string().contains("another run"),
        "{error}"
    );
    assert!(report.unwrap().is_complete());
    assert_eq!(fake.pages().len(), 10);
    assert!(
        bulk("b").await.unwrap().is_complete(),
        "the journal is unlocked"
    );
    assert_eq!(journal.lines()[0]["line"], "journal");
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_is_a_regular_file() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let made = std::process::Command::new("mkfifo")
        .arg(journal.path())
        .status();
    assert!(made.unwrap().success());
    let bulk = wiki
        .pages()
        .create_many([new_page("a")])
        .journal(journal.path());
    let error = tokio::time::timeout(Duration::from_secs(60), bulk.into_future()).await;
    let error = error.expect("the run hangs").unwrap_err();
    assert!(error.to_string().contains("regular file"), "{error}");
    assert!(mutations(&fake).is_empty());
}

#[tokio::test]
async fn a_truncated_line_is_ignored() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let steps = || (0..2).map(|number| Step::Create(new_page(number)));
    interrupted(&wiki, &journal, steps().collect()).await;
    let text = fs::read_to_string(journal.path()).unwrap();
    fs::write(journal.path(), &text[..text.len() - 20]).unwrap();
    let (warnings, item) = again(&wiki, &journal, steps().collect()).await;
    assert_eq!(
        warnings,
        ["the journal's last line is incomplete and is ignored"]
    );
    // The journal lacks the start of the step, so it is sent again. The wiki refuses it: no page is created twice.
    assert!(item.result.unwrap_err().is_conflict());
    assert_eq!(fake.pages().len(), 2);
    journal.lines();
}

#[tokio::test]
async fn the_start_of_a_step_is_on_disk_before_it_is_sent() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let bulk = wiki
        .pages()
        .create_many([new_page(1)])
        .journal(journal.path());
    fake.fail_next_matching("PagesCreate", Fault::Latency(Duration::from_secs(2)));
    let mut run = Box::pin(bulk.into_future());
    let sent = async {
        while mutations(&fake).is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        journal.lines()
    };
    let lines = tokio::select! {
        _ = &mut run => panic!("the run ended before the request was recorded"),
        lines = sent => lines,
    };
    assert_eq!(lines.last().unwrap()["line"], "begun");
    assert!(run.await.unwrap().is_complete());
}

#[tokio::test]
async fn no_page_is_lost_or_duplicated_by_faults_and_interruptions() {
    const PAGES: usize = 60;
    let (fake, wiki) = quick().await;
    seeded(&fake, (0..PAGES).step_by(3));
    let journal = Journal::new();
    let bulk = || {
        let input = (0..PAGES).map(|number| new_page(number).tags(["night"]));
        let bulk = wiki.pages().upsert_many(input).journal(journal.path());
        bulk.recheck_after(Duration::ZERO)
    };
    let mut runs = 0;
    loop {
        runs += 1;
        assert!(runs < 100, "the runs must end");
        fake.set_faults(wikijs_fake::FaultPlan::random(runs).rate(0.2));
        let mut items = bulk().stream();
        // Some runs are interrupted.
        if runs < 5 {
            some(&mut items, 10 * usize::try_from(runs).unwrap()).await;
            continue;
        }
        let items: Vec<Item> = items.try_collect().await.unwrap();
        if items.len() == PAGES && items.iter().all(|item| item.result.is_ok()) {
            break;
        }
    }
    fake.clear_faults();
    let held = fake.pages();
    assert_eq!(held.len(), PAGES, "after {runs} runs");
    for number in 0..PAGES {
        let page = fake.page_by_path("en", &format!("docs/{number}")).unwrap();
        assert_eq!(page.tags, ["night"]);
        assert!(page.render.is_some());
    }
}

#[tokio::test]
async fn a_step_of_an_earlier_run_is_not_repeated_over_a_later_one_of_the_same_page() {
    let (fake, _) = quick().await;
    let wiki = hurried(&fake);
    let id = seeded(&fake, [1])[0];
    let journal = Journal::new();
    let bulk = || {
        let title = |title: &str| Step::Update(id.into(), PageUpdate::new().title(title));
        let bulk = wiki.pages().bulk([title("First"), title("Second")]);
        bulk.journal(journal.path()).recheck_after(Duration::ZERO)
    };
    fake.fail_next_matching("PagesUpdate", Fault::ResetBefore);
    let _ = bulk().await.unwrap();
    let report = bulk().await.unwrap();
    assert_eq!(fake.page(id).unwrap().title, "Second");
    assert!(report.is_complete(), "{report:?}");
}

#[tokio::test]
async fn a_step_is_executed_again_if_a_later_run_has_changed_its_page() {
    let (fake, wiki) = quick().await;
    seeded(&fake, [1]);
    let journal = Journal::new();
    // The create fails in every run, so that the journal is never finished.
    let run = async |step: Step| {
        let steps = [step, Step::Create(new_page(1))];
        let bulk = wiki.pages().bulk(steps).journal(journal.path());
        let report = bulk.await.unwrap();
        assert_eq!(report.counts.failed, 1, "{report}");
        let stored = fake.page_by_path("en", "docs/a").unwrap();
        let change = report.items[0].result.as_ref().unwrap().clone();
        (change, stored.title, stored.id)
    };
    let upsert = |title: &str| Step::Upsert(NewPage::new("docs/a", title, "# Text"));
    let (_, _, id) = run(upsert("One")).await;
    let update = Step::Update(id.into(), PageUpdate::new().title("Three"));
    for (step, title, change) in [
        (upsert("One"), "One", Change::DoneBefore),
        (upsert("Two"), "Two", fields(&["title"])),
        (upsert("One"), "One", fields(&["title"])),
        (update.clone(), "Three", fields(&["title"])),
        (upsert("One"), "One", fields(&["title"])),
        (upsert("One"), "One", Change::DoneBefore),
        (update, "Three", fields(&["title"])),
    ] {
        let (executed, stored, _) = run(step.clone()).await;
        assert_eq!((executed, &*stored), (change, title), "{step:?}");
    }
}

#[tokio::test]
async fn a_completed_step_is_executed_again_after_a_new_one_of_its_page() {
    let (fake, wiki) = quick().await;
    let id = seeded(&fake, [1])[0];
    let journal = Journal::new();
    let title = |title: &str| Step::Update(id.into(), PageUpdate::new().title(title));
    let mut items = wiki
        .pages()
        .bulk([title("A"), Step::Create(new_page("b"))])
        .journal(journal.path())
        .stream();
    some(&mut items, 1).await;
    drop(items);
    let steps = [title("New"), title("A"), Step::Create(new_page("b"))];
    let again = wiki.pages().bulk(steps).journal(journal.path());
    assert!(again.await.unwrap().is_complete());
    assert_eq!(fake.page(id).unwrap().title, "A");
}

#[tokio::test]
async fn a_completed_journal_of_another_address_is_restarted() {
    let (fake, wiki) = quick().await;
    let journal = Journal::new();
    let of_another = json!({"line": "journal", "version": 1, "wiki": "https://wiki.example.com/"});
    let finished = json!({"line": "finished"});
    fs::write(journal.path(), format!("{of_another}\n{finished}\n")).unwrap();
    let bulk = wiki
        .pages()
        .create_many([new_page("a")])
        .journal(journal.path());
    assert!(bulk.await.unwrap().is_complete());
    assert_eq!(fake.pages().len(), 1);
    assert_eq!(journal.lines()[0]["wiki"], wiki.url().as_str());
}
