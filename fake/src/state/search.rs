//! The two search engines that come with Wiki.js and need nothing else: `db` and `postgres`.

use super::State;
use super::page::StoredPage;
use std::cmp::Reverse;

/// The search engine of the wiki.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchEngine {
    /// "Database - Basic", the default: substrings of title, description and path.
    #[default]
    Db,
    /// "Database - PostgreSQL": words of title, description and content. Its hits carry ids of its own index.
    Postgres,
}

/// What was searched for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) text: &'a str,
    pub(crate) path: &'a str,
    pub(crate) locale: &'a str,
}

/// What was found, before the permissions are looked at.
#[derive(Debug)]
pub(crate) struct Hits<'a> {
    /// Id as shown, and page.
    pub(crate) results: Vec<(i64, &'a StoredPage)>,
    pub(crate) suggestions: Vec<String>,
}

/// Rows of (page, tag) that the `db` engine reads at most.
const DB_ROWS: usize = 100;

/// Hits below which the `postgres` engine suggests words, and how many it suggests.
const FEW: usize = 5;

/// Searches as `engine` does; `None` where its SQL fails.
pub(crate) fn search<'a>(state: &'a State, query: Query<'_>) -> Option<Hits<'a>> {
    match state.settings.search_engine {
        SearchEngine::Db => Some(search_db(state, query)),
        SearchEngine::Postgres => search_postgres(state, query),
    }
}

fn search_db<'a>(state: &'a State, query: Query<'_>) -> Hits<'a> {
    let text = format!("%{}%", query.text);
    let prefix = format!("{}%", query.path);
    let mut rows = 0;
    let results = state
        .pages
        .values()
        .filter(|stored| {
            let page = &stored.page;
            page.is_published
                && (query.locale.is_empty() || page.locale == query.locale)
                && (query.path.is_empty() || like(&page.path, &prefix))
                && [&page.title, &page.description, &page.path]
                    .iter()
                    .any(|field| ilike(field, &text))
        })
        .take_while(|stored| {
            let room = rows < DB_ROWS;
            rows += stored.tag_ids.len().max(1);
            room
        })
        .map(|stored| (stored.page.id, stored))
        .collect();
    Hits {
        results,
        suggestions: Vec::new(),
    }
}

fn search_postgres<'a>(state: &'a State, query: Query<'_>) -> Option<Hits<'a>> {
    if query.text.contains('\\') {
        return None;
    }
    let wanted = words(query.text);
    let text = format!("%{}%", query.text.to_lowercase());
    let suffix = format!("%{}", query.path);
    let mut ranked: Vec<_> = state
        .pages
        .values()
        .filter(|stored| {
            let page = &stored.page;
            stored.index_id > 0
                && (query.locale.is_empty() || page.locale == query.locale)
                && (query.path.is_empty() || ilike(&page.path, &suffix))
        })
        .filter_map(|stored| {
            let found = indexed_words(stored);
            let all = !wanted.is_empty() && wanted.iter().all(|word| found.contains(word));
            let in_title = words(&stored.page.title);
            let rank = wanted.iter().filter(|word| in_title.contains(word)).count();
            (all || ilike(&stored.page.path, &text)).then_some((Reverse(rank), stored))
        })
        .collect();
    ranked.sort_by_key(|(rank, stored)| (*rank, stored.index_id));
    let results: Vec<_> = ranked
        .into_iter()
        .map(|(_, stored)| (stored.index_id, stored))
        .collect();
    let suggestions = if results.len() < FEW {
        suggest(state, query.text)
    } else {
        Vec::new()
    };
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

/// The words of a text in lower case, without the commonest endings of English.
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

/// Words of the wiki that share enough trigrams with `text`, the most similar first.
fn suggest(state: &State, text: &str) -> Vec<String> {
    let wanted = trigrams(text);
    let mut words: Vec<(usize, String)> = state
        .pages
        .values()
        .filter(|stored| stored.index_id > 0)
        .flat_map(|stored| {
            format!(
                "{} {} {}",
                stored.page.title, stored.page.description, stored.page.content
            )
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
        })
        .filter_map(|word| {
            let own = trigrams(&word);
            let shared = own
                .iter()
                .filter(|trigram| wanted.contains(trigram))
                .count();
            let all = own.len() + wanted.len() - shared;
            let percent = shared * 100 / all.max(1);
            (percent > 20).then_some((percent, word))
        })
        .collect();
    words.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    words.dedup();
    words.into_iter().take(FEW).map(|(_, word)| word).collect()
}

/// The trigrams of a word as PostgreSQL's pg_trgm counts them: padded by two blanks before and one after.
fn trigrams(word: &str) -> Vec<String> {
    let padded: Vec<char> = format!("  {} ", word.to_lowercase()).chars().collect();
    let mut trigrams: Vec<String> = padded
        .windows(3)
        .map(|window| window.iter().collect())
        .collect();
    trigrams.sort();
    trigrams.dedup();
    trigrams
}

/// SQL's `LIKE`: `%` is any text, `_` any character, a backslash takes the next character literally.
pub(crate) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut pattern_tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        pattern_tokens.push(match c {
            '%' => Token::Any,
            '_' => Token::One,
            '\\' => Token::Is(chars.next().unwrap_or('\\')),
            c => Token::Is(c),
        });
    }
    matches(&text, &pattern_tokens)
}

/// PostgreSQL's `ILIKE`: `LIKE` that ignores case.
pub(crate) fn ilike(text: &str, pattern: &str) -> bool {
    like(&text.to_lowercase(), &pattern.to_lowercase())
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Any,
    One,
    Is(char),
}

/// Greedy wildcard match with a single point to go back to, in time of text × pattern at worst.
fn matches(text: &[char], pattern: &[Token]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Any) => {
                retry = Some((t, p));
                p += 1;
            }
            Some(Token::One) => {
                t += 1;
                p += 1;
            }
            Some(Token::Is(c)) if *c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => {
                let Some((from, any)) = retry else {
                    return false;
                };
                retry = Some((from + 1, any));
                t = from + 1;
                p = any + 1;
            }
        }
    }
    pattern[p..].iter().all(|token| *token == Token::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_has_two_wildcards_and_an_escape() {
        for (text, pattern, expected) in [
            ("docs/alpha", "docs%", true),
            ("docs/alpha", "%alp%", true),
            ("docs/alpha", "d_cs/alpha", true),
            ("docs/alpha", "d_cs", false),
            ("", "%", true),
            ("", "_", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("aab", "%ab", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} like {pattern}");
        }
        assert!(ilike("C/Upper", "%c/UPPER%"));
    }

    #[test]
    fn words_are_stemmed_a_little() {
        assert_eq!(words("Moved pages, moving"), ["mov", "pag", "mov"]);
        assert_eq!(words("Move page us"), ["mov", "pag", "us"]);
    }
}
