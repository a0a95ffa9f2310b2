//! How large pages and lists are, in bytes.

use std::mem::size_of;

use crate::{
    pages::{Contributor, Editorial, Page, PageSummary},
    types::Tag,
};

/// What an entry takes beside what is in it.
pub(super) const OF_AN_ENTRY: usize = 256;

pub(super) fn of_page(page: &Page) -> usize {
    let optional = [&page.render, &page.script_css, &page.script_js];
    size_of::<Page>()
        + page.path.as_str().len()
        + page.locale.as_str().len()
        + page.title.len()
        + page.description.len()
        + page.content.len()
        + page.content_type.len()
        + page.hash.len()
        + page.created_at.as_str().len()
        + page.updated_at.as_str().len()
        + of_tags(&page.tags)
        + optional
            .into_iter()
            .flatten()
            .map(String::len)
            .sum::<usize>()
        + page.editorial.as_ref().map_or(0, of_editorial)
}

fn of_editorial(editorial: &Editorial) -> usize {
    let of = |person: &Contributor| person.name.len() + person.email.len();
    of(&editorial.author) + of(&editorial.creator)
}

pub(super) fn of_list(pages: &[PageSummary]) -> usize {
    pages.iter().map(of_summary).sum()
}

fn of_summary(page: &PageSummary) -> usize {
    size_of::<PageSummary>()
        + page.path.as_str().len()
        + page.locale.as_str().len()
        + page.title.len()
        + page.description.len()
        + page.content_type.len()
        + page.created_at.as_str().len()
        + page.updated_at.as_str().len()
        + of_tags(&page.tags)
}

fn of_tags(tags: &[Tag]) -> usize {
    tags.iter()
        .map(|tag| size_of::<Tag>() + tag.as_str().len())
        .sum()
}
