//! The context of a command: the wiki, the output, and the prompts for confirmations and secrets.

use std::{
    cell::{Cell, OnceCell, RefCell},
    fs,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
};

use secrecy::{ExposeSecret as _, SecretString};
use wikijs_client::Client;

use crate::{
    arguments::Global,
    config::{self, Wiki},
    credentials::{self, Credential},
    failure::{Exit, Failure, Result},
    output::Output,
};

/// The state of one run of the command.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) output: Output,
    wiki: OnceCell<Wiki>,
    client: OnceCell<Client>,
    /// Progress that is reported after Ctrl-C.
    progress: RefCell<Option<String>>,
    /// Set if the command runs until Ctrl-C.
    follows: Cell<bool>,
    /// Set if the command reads one page. Its content is the same for all callers who may read it, so the identity
    /// of the caller is not verified.
    reads_one_page: Cell<bool>,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let output = Output::new(&global);
        Self {
            global,
            output,
            wiki: OnceCell::new(),
            client: OnceCell::new(),
            progress: RefCell::default(),
            follows: Cell::default(),
            reads_one_page: Cell::default(),
        }
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.global.dry_run
    }

    /// Returns the wiki that the command works on.
    pub(crate) fn wiki(&self) -> Result<&Wiki> {
        if let Some(wiki) = self.wiki.get() {
            return Ok(wiki);
        }
        let wiki = Wiki::choose(self.global.url.as_deref(), self.global.wiki.as_deref())?;
        Ok(self.wiki.get_or_init(|| wiki))
    }

    /// Returns the client, which the first call builds.
    pub(crate) fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let wiki = self.wiki()?;
        let builder = builder(&wiki.profile)?;
        let builder = match &wiki.credential {
            Credential::ApiKey(key) => builder.api_key(key.clone()),
            Credential::Session(token) => builder.session_token(token.clone()),
            Credential::Guest => builder.anonymous(),
        };
        let builder = if self.reads_one_page.get() {
            builder.skip_identity_check()
        } else {
            builder
        };
        let client = builder.build()?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Waits for requests in flight, and stores a session token that the wiki renewed.
    pub(crate) async fn close(&self) -> Result {
        let Some(client) = self.client.get() else {
            return Ok(());
        };
        client.close().await;
        if let Some(wiki) = self.wiki.get()
            && let (Some(name), Credential::Session(before)) = (&wiki.name, &wiki.credential)
            && let Some(now) = client.session_token()
            && now.expose_secret() != before.expose_secret()
        {
            credentials::renew(name, &Credential::Session(now))?;
        }
        Ok(())
    }

    /// Records the progress for the message after Ctrl-C.
    pub(crate) fn note_progress(&self, done: impl Into<String>) {
        *self.progress.borrow_mut() = Some(done.into());
    }

    /// Records that the command runs until Ctrl-C.
    pub(crate) fn follow(&self) {
        self.follows.set(true);
    }

    /// Records that the command reads one page, which takes a single request.
    pub(crate) fn read_one_page(&self) {
        self.reads_one_page.set(true);
    }

    pub(crate) fn is_following(&self) -> bool {
        self.follows.get()
    }

    /// Returns the result of the command after Ctrl-C.
    pub(crate) fn interrupted(&self) -> Failure {
        if self.follows.get() {
            return Failure::silent(Exit::Success);
        }
        match self.progress.borrow().as_deref() {
            Some(done) => Failure::new(
                Exit::Partial,
                format!("interrupted; {done}, and requests in flight were finished"),
            )
            .hint("run the same command again to continue"),
            None => Failure::new(Exit::Failed, "interrupted"),
        }
    }

    /// Asks for a confirmation of a destructive action. Without a terminal, `--yes` is required.
    pub(crate) fn confirm(&self, what: &str) -> Result {
        if self.global.yes || self.is_dry_run() {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(
                Failure::refused(format!("not confirmed: {}", what.trim_end())).hint(
                    "add --yes to do it without a question, or --dry-run to see what it does",
                ),
            );
        }
        let question = match what.strip_suffix('\n') {
            // A list of objects ends with a line break.
            Some(list) => format!("{list}\ngo on? [y/N] "),
            None => format!("{what}? [y/N] "),
        };
        let answer = ask(&question)?;
        if matches!(answer.trim(), "y" | "Y" | "yes") {
            Ok(())
        } else {
            Err(Failure::refused("not confirmed; nothing was done"))
        }
    }

    /// Asks for a confirmation. Returns `false` in a dry run, after printing the action.
    pub(crate) fn is_confirmed(&self, what: &str) -> Result<bool> {
        self.confirm(what)?;
        Ok(!self.report_dry_run(what))
    }

    /// Prints the action in a dry run. Returns `true` in a dry run.
    pub(crate) fn report_dry_run(&self, what: impl AsRef<str>) -> bool {
        if self.is_dry_run() {
            self.output
                .message(format!("dry run: would {}", what.as_ref()));
        }
        self.is_dry_run()
    }
}

/// Creates the builder of a client from a profile.
pub(crate) fn builder(profile: &config::Profile) -> Result<wikijs_client::ClientBuilder> {
    let mut builder = Client::builder(profile.url.clone())
        .allow_plain_http(profile.allow_plain_http)
        .user_agent(concat!("wikijs-cli/", env!("CARGO_PKG_VERSION")));
    if let Some(locale) = &profile.locale {
        builder = builder.default_locale(locale.as_str());
    }
    if let Some(path) = &profile.root_certificate {
        let pem = fs::read(path).map_err(Failure::file(path))?;
        builder = builder.root_certificate_pem(pem);
    }
    Ok(builder)
}

/// Asks a question on the terminal.
pub(crate) fn ask(question: &str) -> Result<String> {
    let mut err = io::stderr();
    write!(err, "{question}")?;
    err.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

/// Reads a secret: from the environment, from the terminal without an echo, or from standard input.
pub(crate) fn secret(question: &str, variable: &str) -> Result<SecretString> {
    if let Some(secret) = config::variable(variable) {
        return Ok(secret.into());
    }
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password(question)?
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        line
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Failure::usage(format!(
            "{} is empty",
            question.trim_end_matches([' ', ':'])
        ))
        .hint(format!(
            "type it, write it to standard input, or set {variable}"
        )));
    }
    Ok(text.to_owned().into())
}
