//! What the wiki is, said once it listens.

use crate::options::{EDITORS, Options, READERS};
use serde_json::json;
use std::io::{self, Write};
use wikijs_fake::FakeWiki;

/// Says it for people, or in one line of JSON for programs.
pub(crate) fn tell(out: &mut impl Write, options: &Options, wiki: &FakeWiki) -> io::Result<()> {
    let (url, pages) = (wiki.url(), wiki.pages().len());
    let (editor, reader) = (wiki.key_for(EDITORS), wiki.key_for(READERS));
    let version = wiki.version();
    if options.json {
        let line = json!({
            "url": url,
            "graphql": format!("{url}/graphql"),
            "port": wiki.address().port(),
            "api_key": wiki.api_key(),
            "editor_key": editor,
            "reader_key": reader,
            "administrator": {"email": FakeWiki::ADMIN_EMAIL, "password": FakeWiki::ADMIN_PASSWORD},
            "version": version,
            "pages": pages,
        });
        writeln!(out, "{line}")?;
    } else {
        writeln!(
            out,
            "A Wiki.js {version} in memory with {pages} pages; Ctrl-C ends it.\n\n\
             URL:            {url}\n\
             GraphQL:        {url}/graphql\n\
             administrator:  {}, password {}\n\n\
             API key with full access:\n{}\n\n\
             API key of an editor:\n{editor}\n\n\
             API key of a reader:\n{reader}",
            FakeWiki::ADMIN_EMAIL,
            FakeWiki::ADMIN_PASSWORD,
            wiki.api_key(),
        )?;
    }
    out.flush()
}
