//! The two search engines of Wiki.js that need no other server: `db` and `postgres`.

use super::page::StoredPage;
use super::{FakePage, State};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The search engine of a wiki.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchEngine {
    /// "Database - Basic", the default: finds substrings of title, description and path.
    #[default]
    Db,
    /// "Database - PostgreSQL": finds words of title, description and content. Its hits have the ids of its own index.
    Postgres,
}

impl SearchEngine {
    /// Returns its key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::Postgres => "postgres",
        }
    }
}

/// A search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) text: &'a str,
    pub(crate) path: &'a str,
    pub(crate) locale: &'a str,
}

/// The hits of a search, before permissions are checked.
#[derive(Debug)]
pub(crate) struct Hits<'a> {
    /// Id in the response, and page.
    pub(crate) results: Vec<(i64, &'a StoredPage)>,
    pub(crate) suggestions: Vec<String>,
}

/// The maximum number of rows of (page, tag) that the engine `db` reads.
const DB_ROWS: usize = 100;

/// The number of hits below which the engine `postgres` suggests words, and the maximum number of suggestions.
const MAX_SUGGESTIONS: usize = 5;

/// Searches with the engine of the wiki. Returns `None` if its SQL fails.
pub(crate) fn search<'a>(state: &'a State, query: Query<'_>) -> Option<Hits<'a>> {
    match state.engine() {
        SearchEngine::Db => Some(search_db(state, query)),
        SearchEngine::Postgres => search_postgres(state, query),
    }
}

fn search_db<'a>(state: &'a State, query: Query<'_>) -> Hits<'a> {
    let database = state.database();
    let text = database.ilike(&format!("%{}%", query.text));
    let prefix = database.like(&format!("{}%", query.path));
    let is_found = |stored: &&StoredPage| {
        let page = &stored.page;
        let mut fields = [&page.title, &page.description, &page.path].into_iter();
        page.is_published
            && (query.locale.is_empty() || database.is_same(&page.locale, query.locale))
            && (query.path.is_empty() || prefix.matches(&page.path))
            && fields.any(|field| text.matches(field))
    };
    let mut rows = 0;
    let has_room = |stored: &&StoredPage| {
        let room = rows < DB_ROWS;
        rows += stored.tag_ids.len().max(1);
        room
    };
    let found = state.pages.values().filter(is_found).take_while(has_room);
    let results = found.map(|stored| (stored.page.id, stored)).collect();
    let suggestions = Vec::new();
    Hits {
        results,
        suggestions,
    }
}

fn search_postgres<'a>(state: &'a State, query: Query<'_>) -> Option<Hits<'a>> {
    if query.text.contains('\\') {
        return None;
    }
    let wanted = words(query.text);
    let database = state.database();
    let text = database.ilike(&format!("%{}%", query.text));
    let suffix = database.ilike(&format!("%{}", query.path));
    let mut ranked: Vec<_> = state
        .pages
        .values()
        .filter(|stored| {
            let page = &stored.page;
            stored.index_id > 0
                && (query.locale.is_empty() || page.locale == query.locale)
                && (query.path.is_empty() || suffix.matches(&page.path))
        })
        .filter_map(|stored| {
            let found = indexed_words(stored);
            let all = !wanted.is_empty() && wanted.iter().all(|word| found.contains(word));
            let in_title = words(&stored.page.title);
            let rank = wanted.iter().filter(|word| in_title.contains(word)).count();
            (all || text.matches(&stored.page.path)).then_some((Reverse(rank), stored))
        })
        .collect();
    ranked.sort_by_key(|(rank, stored)| (*rank, stored.index_id));
    let results = ranked
        .into_iter()
        .map(|(_, stored)| (stored.index_id, stored));
    let results: Vec<_> = results.collect();
    let has_few = results.len() < MAX_SUGGESTIONS;
    let suggestions = has_few.then(|| suggest(state, query.text));
    let suggestions = suggestions.unwrap_or_default();
    Some(Hits {
        results,
        suggestions,
    })
}

fn indexed_words(stored: &StoredPage) -> Vec<String> {
    let page = &stored.page;
    let text = crate::render::text(page.render.as_deref().unwrap_or_default());
    words(&format!("{} {} {text}", page.title, page.description))
}

/// Returns the words of a text in lower case, without the commonest endings of English.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let word = word.to_lowercase();
            let stem = ["ing", "ed", "es", "s", "e"]
                .iter()
                .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() > 2));
            stem.unwrap_or(&word).to_owned()
        })
        .collect()
}

/// Returns words of the wiki that share enough trigrams with a text, the most similar first.
fn suggest(state: &State, text: &str) -> Vec<String> {
    let wanted = trigrams(text);
    let mut words = BTreeSet::new();
    for stored in state.pages.values().filter(|stored| stored.index_id > 0) {
        let FakePage {
            title,
            description,
            content,
            ..
        } = &stored.page;
        let text = format!("{title} {description} {content}").to_lowercase();
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let own = trigrams(word);
            let shared = own.intersection(&wanted).count();
            let percent = shared * 100 / own.union(&wanted).count().max(1);
            if percent > 20 {
                words.insert((Reverse(percent), word.to_owned()));
            }
        }
    }
    words
        .into_iter()
        .take(MAX_SUGGESTIONS)
        .map(|(_, word)| word)
        .collect()
}

/// Returns the trigrams of a word as PostgreSQL's pg_trgm counts them: padded by two blanks before and one after.
fn trigrams(word: &str) -> BTreeSet<String> {
    let padded: Vec<char> = format!("  {} ", word.to_lowercase()).chars().collect();
    padded
        .windows(3)
        .map(|window| window.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_endings_of_words_are_removed() {
        assert_eq!(words("Moved pages, moving"), ["mov", "pag", "mov"]);
        assert_eq!(words("Move page us"), ["mov", "pag", "us"]);
    }
}
