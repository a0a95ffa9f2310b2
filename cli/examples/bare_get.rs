//! Prints the content of page 1 with reqwest alone. `benches/start.rs` compares `wikijs page get 1` with it.

#![allow(
    clippy::print_stdout,
    reason = "the program prints a page, as `wikijs page get` does"
)]

use std::error::Error;

use serde_json::{Value, json};

const QUERY: &str = "query PagesGet($id: Int!) { pages { single(id: $id) { \
    id path hash title description isPrivate isPublished privateNS publishStartDate publishEndDate \
    tags { id tag title createdAt updatedAt } content render toc contentType createdAt updatedAt editor locale \
    scriptCss scriptJs authorId authorName authorEmail creatorId creatorName creatorEmail } } }";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (url, key) = (
        std::env::var("WIKIJS_URL")?,
        std::env::var("WIKIJS_API_KEY")?,
    );
    // Feature unification in this workspace builds reqwest without a TLS crypto provider, so one is installed here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let response = reqwest::Client::new()
        .post(format!("{url}/graphql"))
        .bearer_auth(key)
        .json(&json!({ "operationName": "PagesGet", "query": QUERY, "variables": { "id": 1 } }))
        .send()
        .await?
        .error_for_status()?;
    let answer: Value = response.json().await?;
    let content = answer["data"]["pages"]["single"]["content"].as_str();
    println!("{}", content.unwrap_or_default());
    Ok(())
}
