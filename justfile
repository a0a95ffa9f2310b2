# The commands of CONTRIBUTING.md. `just` lists them.

[private]
default:
    @just --list --unsorted

# Formats the code
format:
    cargo fmt --all

# Checks format, spelling, lints and documentation
check:
    cargo fmt --all --check
    typos
    cargo clippy --workspace --all-targets --all-features -- --deny warnings
    RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --all-features --no-deps

# Runs all tests on fake wikis
test:
    cargo test --workspace

# Runs the contract tests on the wiki of WIKIJS_TEST_URL and WIKIJS_TEST_API_KEY, or on a fake wiki without them
contract *filter:
    cargo test --package own-queries --package wikijs-client --test contract -- {{ filter }}

# Runs the contract tests on a fake wiki with another database: `just contract-on mariadb`
contract-on database *filter:
    WIKIJS_TEST_DATABASE={{ database }} cargo test --package own-queries --package wikijs-client --test contract -- {{ filter }}

# Starts a wiki with the official image on http://127.0.0.1:3000
wiki:
    docker compose up --detach

# Stops that wiki and deletes its data
forget-wiki:
    docker compose down --volumes

# Runs a fake wiki: `just fake --port 3000 --pages 1000`
fake *options:
    cargo run --package wikijs-fake -- {{ options }}

# Runs the tour of the main calls
tour:
    cargo run --example tour

# Checks licenses, duplicate versions, sources and advisories of dependencies
deny:
    cargo deny --workspace check --hide-inclusion-graph --allow no-license-field

# Checks for breaking changes since a version
semver version:
    cargo semver-checks --workspace --baseline-rev v{{ version }}

# Packages all crates, and builds programs from the packages
package:
    cargo package --workspace
    .ci/package

# Runs the benchmarks
bench *options:
    cargo bench -- {{ options }}

# Runs all checks of CI
ci:
    bash .ci/run
