//! The command line, and the wiki that it describes.

use clap::{Parser, ValueEnum};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use wikijs_fake::{
    CostModel, Database, Exchange, FakeGroup, FakeUser, FakeWiki, FakeWikiBuilder, FaultPlan,
    SearchEngine,
};

const EXAMPLES: &str = "\
Examples:
  wikijs-fake --port 3000 --pages 1000
      a wiki with a thousand pages on port 3000
  wikijs-fake --port 0 --json --until-stdin-closes
      for a test in any language: read one line of JSON, end the wiki by closing its standard input
  wikijs-fake --api-key secret --reader ann@example.com:Passw0rd --private
      a known key, and a user who may only read; guests may not even do that
  wikijs-fake --pages 200 --fault-rate 0.1 --seed 7 --log
      every tenth request fails, always the same ones; each request is logged on standard error
  wikijs-fake --cost --latency 20
      as slow as a real Wiki.js behind a network of 20 ms";

/// Permissions of a reader.
const READER: &str = "read:pages read:source read:history read:assets read:comments";
/// Permissions that an editor has in addition.
const EDITOR: &str =
    "write:pages manage:pages delete:pages write:assets manage:assets write:comments";
/// The ids of the groups. The builder adds its own groups after the administrators (1) and the guests (2).
pub(crate) const EDITORS: i64 = 3;
pub(crate) const READERS: i64 = 4;
const ADMINISTRATORS: i64 = 1;

/// A Wiki.js 2.x in memory, for tests and for trying things out. Nothing is stored.
#[derive(Debug, Parser)]
#[command(name = "wikijs-fake", version, after_help = EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent option"
)]
pub(crate) struct Options {
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Address to listen on; everybody who reaches it can use the wiki
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// Number of generated pages, with a tenth as many files
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "0",
        help_heading = "Contents"
    )]
    pages: usize,
    /// Seed of the generated pages and of the faults
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "0",
        help_heading = "Contents"
    )]
    seed: u64,
    /// Locale to install besides en; may be repeated; the first one is the default locale [default: en]
    #[arg(long, value_name = "CODE", help_heading = "Contents")]
    locale: Vec<String>,

    /// The full-access API key [default: a generated key, which is printed]
    #[arg(long, value_name = "KEY", help_heading = "Access")]
    api_key: Option<String>,
    /// User who may do everything; may be repeated
    #[arg(long, value_name = "MAIL:PASSWORD", value_parser = account, help_heading = "Access")]
    user: Vec<Account>,
    /// User who may read and write pages, files and comments
    #[arg(long, value_name = "MAIL:PASSWORD", value_parser = account, help_heading = "Access")]
    editor: Vec<Account>,
    /// User who may only read
    #[arg(long, value_name = "MAIL:PASSWORD", value_parser = account, help_heading = "Access")]
    reader: Vec<Account>,
    /// Hides everything from guests
    #[arg(long, help_heading = "Access")]
    private: bool,

    /// The search engine
    #[arg(long, value_enum, default_value_t = Engine::Db, help_heading = "Behaviour")]
    search: Engine,
    /// The database, which decides how texts are compared, what is enforced and what errors say
    #[arg(long, value_enum, default_value_t = Base::Postgresql, help_heading = "Behaviour")]
    database: Base,
    /// Processes requests one after another, each as slowly as a real Wiki.js; or in the given milliseconds for each
    /// request and for each operation in it
    #[arg(long, value_name = "MS,MS", value_parser = cost, num_args = 0..=1, default_missing_value = "1,1.1", help_heading = "Behaviour")]
    cost: Option<CostModel>,
    /// Delays each request like a network, there and back
    #[arg(long, value_name = "MS", value_parser = milliseconds, default_value = "0", help_heading = "Behaviour")]
    latency: Duration,
    /// Duration of a write; overlapping writes disturb each other
    #[arg(long, value_name = "MS", value_parser = milliseconds, default_value = "2", help_heading = "Behaviour")]
    write_duration: Duration,
    /// Share of the requests that fail, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share, default_value_t = 0.0, help_heading = "Behaviour")]
    fault_rate: f64,
    /// Refuses arrays of operations with HTTP 403, as a firewall may
    #[arg(long, help_heading = "Behaviour")]
    refuse_batches: bool,
    /// Removes a field from the schema, such as PageQuery.links
    #[arg(long, value_name = "TYPE.FIELD", value_parser = field, help_heading = "Behaviour")]
    without: Vec<Field>,
    /// The version of Wiki.js, with its schema, such as 2.5.201 [default: that of the bundled schema]
    #[arg(long, value_name = "VERSION", help_heading = "Behaviour")]
    wiki_version: Option<String>,
    /// Behaves as with NODE_ENV=production: no introspection, no stack traces
    #[arg(long, help_heading = "Behaviour")]
    production: bool,

    /// Prints address and keys as one line of JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Logs each request on standard error
    #[arg(long, help_heading = "Output")]
    log: bool,
    /// Ends with its standard input, so that it does not outlive the process that started it
    #[arg(long, help_heading = "Output")]
    pub(crate) until_stdin_closes: bool,
}

/// The values of `--search`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Engine {
    Db,
    Postgres,
}

/// The values of `--database`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Base {
    Postgresql,
    Mariadb,
    Sqlite,
}

/// A mail address and a password.
type Account = (String, String);
/// A type of the schema and a field.
type Field = (String, String);

fn account(text: &str) -> Result<Account, &'static str> {
    let parts = text.split_once(':');
    let parts = parts.filter(|(email, password)| email.contains('@') && !password.is_empty());
    let (email, password) = parts.ok_or("write a mail address, a colon and a password")?;
    // Wiki.js compares addresses in lower case.
    Ok((email.to_lowercase(), password.to_owned()))
}

fn field(text: &str) -> Result<Field, &'static str> {
    let parts = text.split_once('.');
    let (of, name) = parts.ok_or("write a type of the schema, a dot and a field")?;
    Ok((of.to_owned(), name.to_owned()))
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "write a number of milliseconds")?;
    Duration::try_from_secs_f64(number / 1000.0).map_err(|error| error.to_string())
}

fn cost(text: &str) -> Result<CostModel, String> {
    let message = "write two numbers of milliseconds, with a comma between them";
    let (request, operation) = text.split_once(',').ok_or(message)?;
    Ok(CostModel {
        per_request: milliseconds(request)?,
        per_operation: milliseconds(operation)?,
    })
}

fn share(text: &str) -> Result<f64, &'static str> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or("write a number from 0 to 1")
}

impl Options {
    /// Returns a builder of the wiki that the options describe.
    pub(crate) fn describe(&self) -> Result<FakeWikiBuilder, String> {
        let mut builder = FakeWiki::builder()
            .port(self.port)
            .address(self.address)
            .default_locale(self.locale.first().map_or("en", String::as_str))
            .locales(&self.locale)
            .sample(self.pages)
            .sample_seed(self.seed)
            .search_engine(match self.search {
                Engine::Db => SearchEngine::Db,
                Engine::Postgres => SearchEngine::Postgres,
            })
            .database(match self.database {
                Base::Postgresql => Database::PostgreSql,
                Base::Mariadb => Database::MariaDb,
                Base::Sqlite => Database::Sqlite,
            })
            .group(FakeGroup::new(
                "Editors",
                READER.split(' ').chain(EDITOR.split(' ')),
            ))
            .group(FakeGroup::new("Readers", READER.split(' ')))
            .network_latency(self.latency)
            .write_duration(self.write_duration)
            // The wiki may run for a long time, and recorded requests take memory.
            .keep_requests(false);
        let mut emails = BTreeSet::from([FakeWiki::ADMIN_EMAIL]);
        for (accounts, group) in [
            (&self.user, ADMINISTRATORS),
            (&self.editor, EDITORS),
            (&self.reader, READERS),
        ] {
            for (email, password) in accounts {
                if !emails.insert(email) {
                    return Err(format!("{email} is used twice"));
                }
                let name = email.split('@').next().unwrap_or_default();
                let user = FakeUser::new(name, email).password(password);
                builder = builder.user(user.groups([group]));
            }
        }
        for (of, name) in &self.without {
            builder = builder.without_field(of, name);
        }
        if let Some(key) = &self.api_key {
            builder = builder.api_key(key);
        }
        if let Some(cost) = self.cost {
            builder = builder.cost(cost);
        }
        if let Some(version) = &self.wiki_version {
            builder = builder.version(version);
        }
        if self.private {
            builder = builder.private();
        }
        if self.refuse_batches {
            builder = builder.refuse_batches();
        }
        if self.production {
            builder = builder.production();
        }
        if self.log {
            builder = builder.on_response(|exchange| crate::log(&line(exchange)));
        }
        Ok(builder)
    }

    /// Returns the random faults.
    pub(crate) fn faults(&self) -> Option<FaultPlan> {
        let plan = FaultPlan::random(self.seed).rate(self.fault_rate);
        (self.fault_rate > 0.0).then_some(plan)
    }

    /// Returns a warning about the address to listen on.
    pub(crate) fn warning(&self) -> Option<String> {
        let address = self.address;
        let warning = "can change this wiki: its passwords are public";
        (!address.is_loopback()).then(|| format!("everybody who reaches {address} {warning}"))
    }

    /// Returns the reason for which the wiki could not start, and what to do.
    pub(crate) fn explain(&self, error: &io::Error) -> String {
        let (address, port) = (self.address, self.port);
        match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "port {port} of {address} is in use; choose another one with --port, or 0 for a free one"
            ),
            io::ErrorKind::PermissionDenied => {
                format!("port {port} needs more privileges; choose one above 1023 with --port")
            }
            io::ErrorKind::AddrNotAvailable => {
                format!("this machine does not have the address {address}; see --address")
            }
            io::ErrorKind::InvalidInput => format!("{error}; see --without"),
            _ => format!("cannot listen on port {port} of {address}: {error}"),
        }
    }
}

/// Returns the line of the log for a request and its response.
fn line(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let names = request
        .operations
        .iter()
        .map(|operation| operation.name.as_deref());
    let names: Vec<_> = names.map(|name| name.unwrap_or("(anonymous)")).collect();
    let names = names.join(", ");
    let status = exchange.status.map(|status| status.to_string());
    let status = status.unwrap_or_else(|| "no response".to_owned());
    let mut line = format!(
        "{:.3} {} {} [{names}] {status} in {:.1} ms",
        Timestamp::now(),
        request.method,
        request.path,
        exchange.duration.as_secs_f64() * 1000.0
    );
    if let Some(fault) = &exchange.fault {
        let _ = write!(line, ", injected: {fault:?}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_valid() {
        Options::command().debug_assert();
    }

    #[test]
    fn addresses_that_others_can_reach_get_a_warning() {
        let warning =
            |address| Options::parse_from(["wikijs-fake", "--address", address]).warning();
        assert_eq!((warning("127.0.0.1"), warning("::1")), (None, None));
        assert!(warning("0.0.0.0").is_some_and(|text| text.contains("everybody")));
    }

    #[test]
    fn times_are_milliseconds() {
        assert_eq!(milliseconds("1.5"), Ok(Duration::from_micros(1500)));
        assert!(milliseconds("-1").is_err() && milliseconds("x").is_err());
        let real = Options::parse_from(["wikijs-fake", "--cost"]).cost;
        assert_eq!(real, Some(CostModel::default()));
    }
}
