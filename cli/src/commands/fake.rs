//! `wikijs fake`: a wiki in memory.

use std::net::{IpAddr, Ipv4Addr};

use clap::Args;
use serde_json::json;
use wikijs_fake::FakeWiki;

use crate::{
    context::Context,
    failure::{Failure, Result},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs fake --pages 50\n  wikijs fake --port 0 --json\n\n\
Nothing is stored: the wiki is gone with Ctrl-C. For faults, other databases and older versions there is the\n\
command `wikijs-fake`: cargo install wikijs-fake."
)]
pub(crate) struct Fake {
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Address to listen on; everyone who can reach it can use the wiki
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// Number of generated pages
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pages: usize,
    /// Seed of the generated pages
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

impl Fake {
    pub(crate) async fn run(self, context: &Context) -> Result {
        context.follow();
        let wiki = FakeWiki::builder()
            .sample(self.pages)
            .sample_seed(self.seed)
            .port(self.port)
            .address(self.address)
            .try_start()
            .await
            .map_err(|error| {
                Failure::failed(format!("port {}: {error}", self.port))
                    .hint("choose another one with --port, or --port 0")
            })?;
        let row = json!({
            "url": wiki.url(),
            "api_key": wiki.api_key(),
            "email": FakeWiki::ADMIN_EMAIL,
            "password": FakeWiki::ADMIN_PASSWORD,
            "pages": wiki.pages().len(),
            "version": wiki.version(),
        });
        if context.output.json {
            context.output.event(&row, &[])?;
        } else {
            context.output.record(
                &row,
                &["url", "version", "pages", "email", "password", "api_key"],
            )?;
            context.output.message(format!(
                "\nin another terminal:\n  export WIKIJS_URL={} WIKIJS_API_KEY={}\n  wikijs page list\n\nCtrl-C ends it",
                wiki.url(),
                wiki.api_key()
            ));
        }
        std::future::pending().await
    }
}
