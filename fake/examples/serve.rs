//! Runs a fake wiki until a line is entered: `cargo run -p wikijs-fake --example serve`.
//!
//! It prints the URL, a full-access API key and a key that may only read.

#![expect(clippy::print_stdout, reason = "it is for a terminal")]

use wikijs_fake::{FakePage, FakeWiki};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let wiki = FakeWiki::builder()
        .locales(["fr"])
        .production()
        .try_start()
        .await?;
    if std::env::args().any(|argument| argument == "--page") {
        wiki.insert_page(FakePage::new("home", "Home").tags(["start"]));
    }
    let reader = wiki.key_with(["read:pages"]);
    println!("{}\n{}\n{reader}", wiki.url(), wiki.api_key());
    std::io::stdin().read_line(&mut String::new()).map(|_| ())
}
