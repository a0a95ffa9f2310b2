#!/usr/bin/env bash
# Measures the cold build of a crate that depends on wikijs-client, compared with crates that have the
# dependencies of a hand-written client. The crates are built in turn, each in an empty target
# directory, after the registry was fetched.
#
#   benches/cold-build/run.sh [--rounds N] [--units N] [--only NAME]… [--with NAME]…
#
# --rounds  number of builds of each crate (3)
# --units   number of the slowest compilations to list (12)
# --only    builds only this crate: client, bare or lean; may be repeated
# --with    builds another crate, from the folder `crates/NAME` (see WORK below)
#
# The crates, each for a program on tokio's multi-threaded runtime:
#
#   client  wikijs-client with its default features, tokio with `macros` and `rt-multi-thread`
#   bare    the comparison, with the default features of the crates and those that a program needs
#           in addition: reqwest (default: default-tls, charset, http2, system-proxy; and json),
#           tokio (full), serde (derive), graphql_client (default: graphql_query_derive)
#   lean    the same crates with the features that the client chose: reqwest without its defaults
#           (rustls-no-provider, gzip, system-proxy, json), rustls with ring, tokio (macros,
#           rt-multi-thread, time), serde (derive), graphql_client (graphql_query_derive)
#
# Prints seconds of wall clock and of processor time, the ratios to `client`'s, and the slowest
# compilations of each. WORK is the folder for the scratch crates; by default a temporary one.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
rounds=3
units=12
names=()
while (($#)); do
  case $1 in
    --rounds) rounds=$2; shift 2 ;;
    --units) units=$2; shift 2 ;;
    --only | --with) names+=("$2"); shift 2 ;;
    *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 2 ;;
  esac
done
((${#names[@]})) || names=(client bare lean)

if [[ -n ${WORK:-} ]]; then
  work=$WORK
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work/crates"
# Settings of the developer for other builds must not affect the measurement.
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR CARGO_BUILD_JOBS RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
unset RUSTC_WRAPPER CARGO_INCREMENTAL
while read -r name; do unset "$name"; done < <(compgen -e | grep '^CARGO_PROFILE_' || true)

# Prints the version of a crate in this repository's Cargo.lock.
locked() {
  awk -v name="\"$1\"" '$1 == "name" && $3 == name { found = 1; next }
    found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' "$root/Cargo.lock"
}

# Creates a crate, with the dependencies from standard input.
crate() {
  local folder=$work/crates/$1
  [[ -d $folder ]] && return
  mkdir -p "$folder/src"
  {
    printf '[package]\nname = "cold-%s"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n' "$1"
    cat
  } >"$folder/Cargo.toml"
  echo 'fn main() {}' >"$folder/src/main.rs"
  # Pins shared dependencies to the same versions.
  cp "$root/Cargo.lock" "$folder/Cargo.lock"
}

tokio=$(locked tokio) reqwest=$(locked reqwest) serde=$(locked serde)
graphql_client=$(locked graphql_client) rustls=$(locked rustls) serde_json=$(locked serde_json)
crate client <<END
[dependencies]
wikijs-client = { path = "$root" }
tokio = { version = "=$tokio", features = ["macros", "rt-multi-thread"] }
END
crate bare <<END
[dependencies]
graphql_client = "=$graphql_client"
reqwest = { version = "=$reqwest", features = ["json"] }
serde = { version = "=$serde", features = ["derive"] }
tokio = { version = "=$tokio", features = ["full"] }
END
crate lean <<END
[dependencies]
graphql_client = "=$graphql_client"
reqwest = { version = "=$reqwest", default-features = false, features = ["gzip", "json", "rustls-no-provider", "system-proxy"] }
rustls = { version = "=$rustls", default-features = false, features = ["ring", "std", "tls12"] }
serde = { version = "=$serde", features = ["derive"] }
tokio = { version = "=$tokio", features = ["macros", "rt-multi-thread", "time"] }
END

for name in "${names[@]}"; do
  (cd "$work/crates/$name" && cargo fetch --quiet)
done

# Prints the seconds of wall clock and of processor time of one cold build.
build() {
  local folder=$work/crates/$1
  rm -rf "$folder/target"
  sync
  (
    cd "$folder"
    TIMEFORMAT='%R %U %S'
    { time cargo build --offline --quiet --timings >/dev/null 2>&3; } 3>&2 2>&1
  ) | awk '{ printf "%.2f %.2f\n", $1, $2 + $3 }'
}

# Prints the slowest compilations of the last build: seconds, package, target.
slowest() {
  awk '
    /^const UNIT_DATA/ { inside = 1 }
    inside && /^\];/ { exit }
    !inside { next }
    $1 == "\"name\":" { name = $2 }
    $1 == "\"version\":" { version = $2 }
    $1 == "\"target\":" { target = $0; sub(/^.*: "/, "", target); sub(/",$/, "", target) }
    $1 == "\"duration\":" {
      gsub(/[",]/, "", name); gsub(/[",]/, "", version)
      printf "%8.2f s  %s %s%s\n", $2, name, version, target
    }
  ' "$work/crates/$1/target/cargo-timings/cargo-timing.html" | sort -rn |
    # Unlike `head`, this reads to the end: with pipefail, a SIGPIPE of `sort` would be a failure.
    awk -v units="$units" 'NR <= units'
}

median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

for ((round = 1; round <= rounds; round++)); do
  for name in "${names[@]}"; do
    read -r wall processor < <(build "$name")
    printf 'round %d: %-8s %7.1f s, %7.1f s of processor time\n' "$round" "$name" "$wall" "$processor"
    echo "$wall" >>"$work/$name.wall"
    echo "$processor" >>"$work/$name.processor"
    # The slowest compilations of the last round.
    slowest "$name" >"$work/$name.slowest"
  done
done

first=${names[0]}
# The median ratio of all rounds.
ratio() { paste "$work/$first.$2" "$work/$1.$2" | awk '{ print $1 / $2 }' | median; }

printf '\n| crate | wall clock | processor time | packages | %s / it, wall clock | %s / it, processor time |\n' "$first" "$first"
printf '|---|---|---|---|---|---|\n'
for name in "${names[@]}"; do
  packages=$(cd "$work/crates/$name" && cargo tree --offline --prefix none --edges normal,build --no-dedupe | sort -u | wc -l)
  printf '| %s | %.1f s | %.1f s | %d | %.2f | %.2f |\n' "$name" \
    "$(median <"$work/$name.wall")" "$(median <"$work/$name.processor")" "$((packages - 1))" \
    "$(ratio "$name" wall)" "$(ratio "$name" processor)"
done
for name in "${names[@]}"; do
  printf '\nThe slowest compilations of %s, in the last round:\n\n```text\n' "$name"
  cat "$work/$name.slowest"
  printf '```\n'
done
