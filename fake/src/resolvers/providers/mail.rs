//! `mail`: its configuration, and tests that go nowhere.

use super::{Arguments, MASK, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Record};
use crate::state::State;
use serde_json::{Value, json};

/// The fields of the configuration.
const FIELDS: [&str; 13] = [
    "senderName",
    "senderEmail",
    "host",
    "port",
    "name",
    "secure",
    "verifySSL",
    "user",
    "pass",
    "useDKIM",
    "dkimDomainName",
    "dkimKeySelector",
    "dkimPrivateKey",
];

/// The shortest address that Wiki.js sends a test to.
const LEAST_ADDRESS: usize = 6;

pub(super) fn config(state: &State) -> Result<Answer, Failure> {
    let mail = &state.providers.mail;
    let Some(password) = mail["pass"].as_str() else {
        let message = "Cannot read properties of undefined (reading 'length')";
        return Err(Failure::type_error(message));
    };
    let mut record = Record::default();
    for field in FIELDS {
        let value = match field {
            "pass" if !password.is_empty() => json!(MASK),
            _ => mail[field].clone(),
        };
        record = record.with(field, leaf(value));
    }
    Ok(record.into())
}

fn leaf(value: Value) -> Answer {
    match value {
        Value::String(text) => text.into(),
        Value::Bool(value) => value.into(),
        Value::Number(number) => number.as_i64().map_or(Answer::NULL, Answer::from),
        _ => Answer::NULL,
    }
}

pub(super) fn mutate(
    state: &mut State,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    if field == "sendTest" {
        return send_test(state, arguments.text("recipientEmail").unwrap_or_default());
    }
    let mut mail = serde_json::Map::new();
    for field in FIELDS {
        let value = arguments.raw(field);
        let value = value.and_then(|value| serde_json::to_value(value).ok());
        mail.insert(field.to_owned(), value.unwrap_or_default());
    }
    if mail["pass"] == MASK {
        mail["pass"] = state.providers.mail["pass"].clone();
    }
    state.providers.mail = Value::Object(mail);
    Ok(outcome::done("Mail configuration updated successfully."))
}

fn send_test(state: &mut State, recipient: &str) -> Result<Record, Failure> {
    if recipient.encode_utf16().count() < LEAST_ADDRESS {
        return Err(Failure::mail_invalid_recipient());
    }
    if !state.providers.sends_mail() {
        return Err(Failure::mail_not_configured());
    }
    state.providers.test_mails.push(recipient.to_owned());
    Ok(outcome::done("Test email sent successfully."))
}
