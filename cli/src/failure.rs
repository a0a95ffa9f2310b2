//! Failures of commands and their exit codes.

use std::{error::Error as _, fmt, io, path::Path};

use wikijs_client::{Applied, Error};

/// The result of a command.
pub(crate) type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Exit codes. The table is part of `wikijs --help` and docs/cli.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Success = 0,
    No = 1,
    Usage = 2,
    Failed = 3,
    NotFound = 4,
    Refused = 5,
    Conflict = 6,
    Partial = 7,
    Unknown = 8,
}

/// Description of the exit codes for users.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  no: the search found nothing, the texts differ, the check failed
  2  the command line or its input is wrong; nothing was done
  3  failure: the wiki cannot be reached or reports an error
  4  not found
  5  refused by the wiki (permissions, credentials), or not confirmed
  6  conflict: it exists already, or somebody else changed it
  7  partly done; the messages list the failures
  8  the outcome of a write is unknown; look at the wiki before you repeat it";

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: Option<String>,
    causes: Vec<String>,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: Some(message.into()),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Creates a failure without a message, for a negative result that the output already shows.
    pub(crate) fn no() -> Self {
        Self::silent(Exit::No)
    }

    pub(crate) fn silent(exit: Exit) -> Self {
        Self {
            exit,
            message: None,
            causes: Vec::new(),
            hint: None,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message)
    }

    /// Creates the failure for an update without any change.
    pub(crate) fn nothing_to_change(command: &str) -> Self {
        Self::usage("there is nothing to change")
            .hint(format!("`wikijs {command} --help` lists the fields"))
    }

    /// Combines the failures of a command on `total` objects into one. Returns `None` if there are none.
    pub(crate) fn of_several(failures: &[Self], total: usize, objects: &str) -> Option<Self> {
        let exit = match failures.first()? {
            first if failures.len() == total => first.exit,
            _ => Exit::Partial,
        };
        let text = format!("{} of {total} {objects} failed", failures.len());
        Some(Self::new(exit, text))
    }

    /// Adds a hint about the next step.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Prefixes the message with the object, for errors of layers that do not know the object.
    pub(crate) fn about(mut self, object: impl fmt::Display) -> Self {
        if let Some(message) = self.message.as_mut() {
            *message = format!("{object}: {message}");
        }
        self
    }

    /// Returns a function that creates a failure from an error of the file system.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| {
            let exit = match error.kind() {
                io::ErrorKind::NotFound => Exit::Usage,
                _ => Exit::Failed,
            };
            Self::new(exit, format!("{}: {error}", path.display()))
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(message) = &self.message else {
            return Ok(());
        };
        write!(f, "error: {message}")?;
        for cause in &self.causes {
            write!(f, "\n  because {cause}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl Failure {
    pub(crate) fn has_message(&self) -> bool {
        self.message.is_some()
    }
}

/// Returns the exit code of an error of the wiki.
fn exit_of(error: &Error) -> Exit {
    match error.applied() {
        Applied::Unknown => return Exit::Unknown,
        Applied::Partially | Applied::Yes => return Exit::Partial,
        _ => {}
    }
    if error.is_not_found() {
        Exit::NotFound
    } else if error.is_conflict() {
        Exit::Conflict
    } else if error.is_unauthenticated() || error.is_forbidden() {
        Exit::Refused
    } else if matches!(error, Error::InvalidInput(_) | Error::Config(_)) {
        Exit::Usage
    } else if error.is_invalid_input() {
        Exit::Refused
    } else {
        Exit::Failed
    }
}

/// Returns a hint about the next step.
fn hint_of(error: &Error, exit: Exit) -> Option<&'static str> {
    Some(match exit {
        Exit::Unknown => "look at the wiki before you run the command again",
        Exit::Refused if error.is_unauthenticated() => {
            "the credentials are not accepted; `wikijs login` stores new ones"
        }
        Exit::Refused if error.is_forbidden() => {
            "`wikijs whoami` shows the user that the wiki recognizes"
        }
        _ if error.is_connect() => "check the address, and `wikijs check`",
        _ if error.is_rate_limited() => "wait a little and run the command again",
        _ => return None,
    })
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let exit = exit_of(error);
        let message = error.to_string();
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let text = inner.to_string();
            // Many error messages already contain the messages of their causes.
            if !message.contains(&text) {
                causes.push(text);
            }
            cause = inner.source();
        }
        Self {
            exit,
            message: Some(message),
            causes,
            hint: hint_of(error, exit).map(str::to_owned),
        }
    }
}

impl From<wikijs_transfer::Error> for Failure {
    fn from(error: wikijs_transfer::Error) -> Self {
        if let Some(wiki) = error.as_wiki() {
            return wiki.into();
        }
        let exit = if error.is_invalid_input() {
            Exit::Usage
        } else if error.is_conflict() {
            Exit::Conflict
        } else {
            Exit::Failed
        };
        Self::new(exit, error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The reader of the output, such as `head`, has exited.
            io::ErrorKind::BrokenPipe => Self::silent(Exit::Success),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(format!("JSON: {error}"))
    }
}
