//! `contribute`: the contributors, whom Wiki.js asks a server of its makers for.

use crate::errors::Failure;
use crate::execute::{Answer, Context, record};

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    if field != "contributors" {
        return Err(Failure::not_imitated("ContributeQuery", field));
    }
    if !context.shared.state().settings.is_online {
        // It logs the reason and answers nothing.
        return Ok(Answer::NULL);
    }
    Ok(vec![record! {
        "id" => "5c1a9b7e-0000-4000-8000-000000000001",
        "source" => "OpenCollective",
        "name" => "Ada",
        "joined" => "2019-05-01T00:00:00.000Z",
        "website" => "https://ada.example.com",
        "twitter" => Answer::NULL,
        "avatar" => Answer::NULL,
    }]
    .into())
}
