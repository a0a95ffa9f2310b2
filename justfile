# The commands of CONTRIBUTING.md. `just` lists them.

[private]
default:
    @just --list --unsorted

# Formats the code
format:
    cargo fmt --all

# What a change must pass before its tests: format, spelling, lints, documentation
check:
    cargo fmt --all --check
    typos
    cargo clippy --workspace --all-targets --all-features -- --deny warnings
    RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --all-features --no-deps

# All tests, on fake wikis
test:
    cargo test --workspace

# The contract tests of all domains on the wiki of WIKIJS_TEST_URL and WIKIJS_TEST_API_KEY; on a fake one without them
contract *filter:
    cargo test --package own-queries --package wikijs-client --test contract -- {{ filter }}

# A wiki with the official image, on http://127.0.0.1:3000
wiki:
    docker compose up --detach

# Forgets that wiki
forget-wiki:
    docker compose down --volumes

# A fake wiki: `just fake --port 3000 --pages 1000`
fake *options:
    cargo run --package wikijs-fake -- {{ options }}

# The tour of the main calls
tour:
    cargo run --example tour

# Licences, doubled versions, sources, advisories
deny:
    cargo deny check --hide-inclusion-graph --allow no-license-field

# What breaks those who use the version before
semver version:
    cargo semver-checks --workspace --baseline-rev v{{ version }}

# Packs what is published, and uses it as others will
package:
    cargo package --workspace
    .ci/package

# Measures
bench *options:
    cargo bench -- {{ options }}

# All that a change must pass, as CI runs it
ci:
    bash .ci/run
