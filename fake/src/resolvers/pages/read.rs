//! The queries of `pages`.

use super::maintain::tag;
use super::work;
use crate::auth::{Location, Viewer};
use crate::database::{Database, Statement, Violation};
use crate::errors::{Code, Failure, ensure};
use crate::render;
use crate::resolvers::{Call, FieldValue, Object, Resolved, object};
use crate::state::history::trail;
use crate::state::page::StoredPage;
use crate::state::search::{self, Query, SearchEngine};
use crate::state::tag::normalize;
use crate::state::tree::TreeEntry;
use crate::state::{FakePage, FakeVersion, State};

const READ: &[&str] = &["read:pages"];
/// The number of entries of a history, unless the request sets it.
const DEFAULT_HISTORY_LENGTH: i64 = 100;

pub(super) fn single(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    view(state, viewer, state.pages.get(&call.int("id")))
}

pub(super) fn single_by_path(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let stored = state.page_at(call.text("locale"), call.text("path"));
    view(state, viewer, stored)
}

/// Returns a page, for callers who may manage or delete it (known issue K9).
fn view(state: &State, viewer: &Viewer, stored: Option<&StoredPage>) -> Resolved {
    let stored = stored.ok_or(Code::PageNotFound)?;
    let page = &stored.page;
    let may_view = viewer.may(&["manage:pages", "delete:pages"], Location::of(page));
    ensure(may_view, || Code::PageViewForbidden)?;
    Ok(model(state, page)
        .with("tags", page_tags(state, stored))
        .with("editor", &page.editor)
        .with("locale", &page.locale)
        .with("scriptCss", &page.script_css)
        .with("scriptJs", &page.script_js)
        .into())
}

/// Returns the columns of a page under their names in the database. For that reason the responses to `create` and
/// `update` lack `locale`, `editor` and scripts.
pub(super) fn model(state: &State, page: &FakePage) -> Object {
    let name = |id: i64| state.users.get(&id).map(|user| &user.name);
    let email = |id: i64| state.users.get(&id).map(|user| &user.email);
    object! {
        page [id, path, title, description, is_private, is_published, publish_start_date,
            publish_end_date, content, render, content_type, created_at, updated_at, author_id,
            creator_id],
        "hash" => page.hash(),
        "toc" => toc(page),
        "authorName" => name(page.author_id),
        "authorEmail" => email(page.author_id),
        "creatorName" => name(page.creator_id),
        "creatorEmail" => email(page.creator_id),
    }
}

/// Returns the failure of the table of contents, which is a list in the database and a `String` in the schema.
fn toc(page: &FakePage) -> Failure {
    let entries: Vec<String> = page
        .render
        .iter()
        .flat_map(|_| render::headings(&page.content))
        .map(|(title, anchor)| {
            format!("{{ title: \"{title}\", anchor: \"#{anchor}\", children: [] }}")
        })
        .collect();
    Failure::graphql(match entries.as_slice() {
        [] => "String cannot represent value: []".to_owned(),
        entries => format!("String cannot represent value: [{}]", entries.join(", ")),
    })
}

/// Returns the tags of a page as `PageTag`.
pub(super) fn page_tags(state: &State, stored: &StoredPage) -> FieldValue {
    state.tags_of(stored).map(tag).collect()
}

/// Returns whether a page changed since a date. The texts are compared, so that only the server's own format works.
pub(super) fn check_conflicts(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let stored = editable(state, viewer, call, Code::PageUpdateForbidden)?;
    let date = call.some_text("checkoutDate");
    Ok(date
        .is_some_and(|date| stored.page.updated_at.as_str() > date)
        .into())
}

pub(super) fn conflict_latest(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let stored = editable(state, viewer, call, Code::PageViewForbidden)?;
    let page = &stored.page;
    Ok(object! {
        page [id, content, created_at, description, is_published, locale, path, title, updated_at],
        "authorId" => page.author_id.to_string(),
        "authorName" => state.users.get(&page.author_id).map(|user| &user.name),
        "tags" => state.tag_names(stored),
    }
    .into())
}

fn editable<'a>(
    state: &'a State,
    viewer: &Viewer,
    call: Call<'_>,
    forbidden: Code,
) -> Result<&'a StoredPage, Failure> {
    let stored = state.find_page(call.int("id"))?;
    let may_edit = viewer.may(&["write:pages", "manage:pages"], Location::of(&stored.page));
    ensure(may_edit, || forbidden)?;
    Ok(stored)
}

/// Lists pages.
///
/// As in Wiki.js, `limit` counts rows of (page, tag) before permissions are checked: fewer pages are returned, and the
/// last one lacks tags. The filter `tags` returns only the tags of the filter.
pub(super) fn list(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let descending = call.some_text("orderByDirection") == Some("DESC");
    let order = call.some_text("orderBy").unwrap_or("ID");
    let database = state.database();
    let limit = match call.int("limit") {
        0 => usize::MAX,
        number => {
            let negative = Violation::NegativeLimit { number };
            database.rows(number, usize::MAX, work::LIST, negative)?
        }
    };
    let asked = call.texts("tags").filter(|tags| !tags.is_empty());
    let wanted = asked.as_ref().map(|tags| normalize(tags.iter().copied()));
    let is_wanted = filter(call, database);
    let mut pages: Vec<&StoredPage> = state.pages.values().filter(is_wanted).collect();
    sort(&mut pages, order, descending, database);

    let mut rows = 0;
    let mut items = Vec::new();
    for stored in pages {
        let mut tags: Vec<&str> = state.tags_of(stored).map(|tag| tag.tag.as_str()).collect();
        if let Some(wanted) = &wanted {
            tags.retain(|tag| wanted.iter().any(|own| database.is_same(own, tag)));
        }
        if wanted.is_some() && tags.is_empty() {
            continue;
        }
        let room = limit - rows;
        if room == 0 {
            break;
        }
        rows += tags.len().clamp(1, room);
        let tags = &tags[..tags.len().min(room)];
        let readable = viewer.may(READ, Location::of(&stored.page));
        let has_all = asked.iter().flatten().all(|tag| tags.contains(tag));
        if readable && has_all {
            items.push(item(stored, tags));
        }
    }
    Ok(items.into())
}

/// Returns the filter of a list: by locale, and by creator or author, of which one must match. Ids below 1 are ignored.
fn filter(call: Call<'_>, database: Database) -> impl Fn(&&StoredPage) -> bool {
    let locale = call.filled("locale");
    let user = |name| call.some_int(name).filter(|id: &i64| *id > 0);
    let users = (user("creatorId"), user("authorId"));
    move |stored| {
        let page = &stored.page;
        let by_user = users == (None, None)
            || users.0 == Some(page.creator_id)
            || users.1 == Some(page.author_id);
        by_user && locale.is_none_or(|locale| database.is_same(&page.locale, locale))
    }
}

/// Sorts pages. Texts are compared by their bytes, as by PostgreSQL with the collation `C`, or as the database folds
/// them.
fn sort(pages: &mut [&StoredPage], order: &str, descending: bool, database: Database) {
    let text = |a: &str, b: &str| database.fold(a).cmp(&database.fold(b));
    let compare = |a: &&StoredPage, b: &&StoredPage| {
        let (a, b) = (&a.page, &b.page);
        match order {
            "CREATED" => a.created_at.cmp(&b.created_at),
            "PATH" => text(&a.path, &b.path),
            "TITLE" => text(&a.title, &b.title),
            "UPDATED" => a.updated_at.cmp(&b.updated_at),
            _ => a.id.cmp(&b.id),
        }
    };
    // The sort is stable: equal pages stay in the order of their ids.
    if descending {
        pages.sort_by(|a, b| compare(b, a));
    } else {
        pages.sort_by(compare);
    }
}

fn item(stored: &StoredPage, tags: &[&str]) -> Object {
    let page = &stored.page;
    object! {
        page [id, path, locale, title, description, content_type, is_published, is_private,
            created_at, updated_at],
        "tags" => tags.iter().copied().collect::<FieldValue>(),
    }
}

/// Returns one level of the tree: the children of `parent`, or the siblings of `path`.
pub(super) fn tree(state: &mut State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let default_locale = state.settings.default_locale.clone();
    let database = state.database();
    let locale = call.filled("locale").unwrap_or(&default_locale);
    let mode = call.text("mode");
    let entries = state.tree();
    let mut parent = call.some_int("parent").filter(|parent| *parent != 0);
    let mut current: Option<&TreeEntry> = None;
    if let (Some(path), None) = (call.filled("path"), parent) {
        current = entries
            .iter()
            .find(|entry| database.is_same(&entry.path, path) && entry.locale == locale);
        match current {
            Some(entry) => parent = entry.parent,
            None => return Ok(FieldValue::List(Vec::new())),
        }
    }
    let message = "builder.andWhereNotNull is not a function";
    ensure(mode != "PAGES", || Failure::type_error(message))?;
    let parent = parent.filter(|parent| *parent > 0);
    let ancestors = current.filter(|_| parent.is_some() && call.flag("includeAncestors"));
    let ancestors = ancestors.map_or(&[][..], |entry| &entry.ancestors);
    let is_shown = |entry: &&TreeEntry| {
        let is_kind = mode != "FOLDERS" || entry.is_folder;
        let fits = entry.locale == locale && is_kind && entry.parent == parent;
        (fits || ancestors.contains(&entry.id))
            && viewer.may(READ, Location::new(&entry.locale, &entry.path))
    };
    let mut level: Vec<&TreeEntry> = entries.iter().filter(is_shown).collect();
    level.sort_by_key(|entry| (!entry.is_folder, &entry.title));
    let shown = level.into_iter().map(|entry| {
        object! {
            entry [id, path, depth, title, is_private, is_folder, page_id, locale],
            "parent" => entry.parent.unwrap_or_default(),
        }
    });
    Ok(shown.collect())
}

/// Searches pages. `totalHits` counts the hits before permissions are checked.
pub(super) fn search(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let text = call.text("query");
    // Only the engine `db` returns tags, so that TAG rules work only with it.
    let is_db = state.engine() == SearchEngine::Db;
    if is_db {
        let statement = Statement::new(work::SEARCH);
        state.database().check_nul(text, &statement)?;
    }
    let (path, locale) = (call.text("path"), call.text("locale"));
    let query = Query { text, path, locale };
    let hits = search::search(state, query);
    let hits = hits.ok_or_else(|| Failure::property_of("undefined", "results"))?;
    let total = hits.results.len();
    let results = hits.results.into_iter().filter(|(_, stored)| {
        let tags = if is_db {
            state.tag_names(stored)
        } else {
            Vec::new()
        };
        let location = Location::of(&stored.page);
        viewer.may(
            READ,
            Location {
                tags: &tags,
                ..location
            },
        )
    });
    let results = results.map(|(id, stored)| {
        let page = &stored.page;
        object! { page [title, description, path, locale], "id" => id.to_string() }
    });
    let results: FieldValue = results.collect();
    let suggestions = hits.suggestions;
    Ok(object! { "results" => results, "suggestions" => suggestions, "totalHits" => total }.into())
}

/// Returns the links of the pages of a locale.
///
/// Links to pages that the caller may not read are omitted, and so are pages that have only such links. A page without
/// links counts as linking to `null`.
pub(super) fn links(state: &State, viewer: &Viewer, call: Call<'_>) -> FieldValue {
    let locale = call.text("locale");
    let may_read = |place: Location<'_>| viewer.may(READ, place);
    let database = state.database();
    // On MariaDB the query returns each link twice.
    let times = if database == Database::MariaDb { 2 } else { 1 };
    let nowhere = Location::partial(None, Some("null"));
    let is_read = |stored: &&StoredPage| {
        let page = &stored.page;
        database.is_same(&page.locale, locale) && may_read(Location::new(locale, &page.path))
    };
    let shown = state.pages.values().filter(is_read).filter_map(|stored| {
        let links = stored.links.iter();
        let links = links.filter(|(locale, path)| may_read(Location::new(locale, path)));
        let links = links.flat_map(|(locale, path)| vec![format!("{locale}/{path}"); times]);
        let links: Vec<String> = links.collect();
        let is_shown = !links.is_empty() || (stored.links.is_empty() && may_read(nowhere));
        let page = &stored.page;
        let path = format!("{locale}/{}", page.path);
        is_shown.then(|| object! { page [id, title], "path" => path, "links" => links })
    });
    shown.collect()
}

/// Checks that the caller may read the history of a page. For a deleted page Wiki.js fails.
fn check(state: &State, viewer: &Viewer, id: i64) -> Result<(), Failure> {
    let stored = state.pages.get(&id);
    let stored = stored.ok_or_else(|| Failure::property_of("undefined", "path"))?;
    let may_read = viewer.may(&["read:history"], Location::of(&stored.page));
    ensure(may_read, || Code::PageHistoryForbidden)
}

pub(super) fn history(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let id = call.int("id");
    check(state, viewer, id)?;
    let database = state.database();
    let number = call.some_int("offsetSize").filter(|size| *size != 0);
    let number = number.unwrap_or(DEFAULT_HISTORY_LENGTH);
    let negative = Violation::NegativeLimit { number };
    let size = database.rows(number, usize::MAX, work::HISTORY, negative)?;
    let number = call.int("offsetPage");
    let negative = Violation::NegativeOffset { number };
    let page = database.rows(number, 0, work::HISTORY, negative)?;
    let versions = state.versions_of(id);
    let entries = trail(&versions, page, size).into_iter().map(|entry| {
        let author = entry.version.page.author_id;
        let (before, after) = entry.moved.unzip();
        object! {
            "versionId" => entry.version.id,
            "versionDate" => &entry.version.version_date,
            "authorId" => author,
            "authorName" => state.users.get(&author).map(|user| &user.name),
            "actionType" => entry.action_type,
            "valueBefore" => before,
            "valueAfter" => after,
        }
    });
    let entries: FieldValue = entries.collect();
    Ok(object! { "trail" => entries, "total" => versions.len() }.into())
}

pub(super) fn version(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let (id, version) = (call.int("pageId"), call.int("versionId"));
    check(state, viewer, id)?;
    let shown = |version: &FakeVersion| {
        let page = &version.page;
        object! {
            page [content, content_type, description, editor, is_private, is_published, locale, path,
                publish_end_date, publish_start_date, title],
            "action" => &version.action,
            "authorId" => page.author_id.to_string(),
            "authorName" => state.users.get(&page.author_id).map(|user| &user.name),
            "createdAt" => &version.created_at,
            "versionDate" => &version.version_date,
            "pageId" => version.page_id,
            "tags" => FieldValue::List(Vec::new()),
            "versionId" => version.id,
        }
    };
    Ok(state.version(id, version).map(shown).into())
}
