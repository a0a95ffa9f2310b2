//! Time of whole processes: `wikijs --version`, and `wikijs page get` beside a program that does the same with
//! reqwest alone. Fails if a limit is exceeded. Run it with `cargo bench -p wikijs-cli --bench start`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints what it measures"
)]

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use wikijs_fake::{FakePage, FakeWiki};

const ROUNDS: usize = 200;
const MAX_VERSION: Duration = Duration::from_millis(10);
const MAX_RATIO: f64 = 1.1;
const MAX_BYTES: u64 = 20 * 1024 * 1024;

fn main() -> ExitCode {
    // Builds the release binary that users install, since benchmarks have a different profile.
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--package", "wikijs-cli"])
        .args(["--bin", "wikijs", "--example", "bare_get"])
        .status()
        .unwrap();
    assert!(status.success());
    let target = Path::new(env!("CARGO_BIN_EXE_wikijs")).parent().unwrap();
    let release = target.with_file_name("release");
    let (wikijs, bare) = (release.join("wikijs"), release.join("examples/bare_get"));
    let (wikijs, bare) = (wikijs.as_path(), bare.as_path());

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let wiki = runtime.block_on(async {
        let page = FakePage::new("docs/install", "Install").content("text\n".repeat(200));
        FakeWiki::builder().page(page).start().await
    });
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("WIKIJS_CONFIG_DIR", folder.path())
            .env("WIKIJS_URL", wiki.url())
            .env("WIKIJS_API_KEY", wiki.api_key())
            .stdin(Stdio::null());
        let start = Instant::now();
        let output = command.output().unwrap();
        let time = start.elapsed();
        assert!(output.status.success(), "{output:?}");
        time
    };

    let get = ["page", "get", "1"];
    wiki.clear_requests();
    run(wikijs, &get);
    let requests = wiki.request_count();
    for _ in 0..5 {
        run(bare, &[]);
        run(wikijs, &["--version"]);
    }
    let (mut version, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        version.push(run(wikijs, &["--version"]));
        // The programs alternate in running first.
        if round % 2 == 0 {
            ours.push(run(wikijs, &get));
            theirs.push(run(bare, &[]));
        } else {
            theirs.push(run(bare, &[]));
            ours.push(run(wikijs, &get));
        }
    }
    let (version, ours, theirs) = (median(version), median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let bytes = fs::metadata(wikijs).unwrap().len();
    println!("medians of {ROUNDS} processes");
    println!("wikijs --version    {version:>10.2?}   limit {MAX_VERSION:?}");
    println!("wikijs page get 1   {ours:>10.2?}   {requests} request");
    println!("reqwest alone       {theirs:>10.2?}   ratio {ratio:.3}, limit {MAX_RATIO}");
    println!(
        "size of the binary  {:>6.1} MiB   limit {} MiB",
        bytes as f64 / 1048576.0,
        MAX_BYTES >> 20
    );
    let is_fine = version < MAX_VERSION && ratio <= MAX_RATIO && bytes < MAX_BYTES && requests == 1;
    if is_fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
