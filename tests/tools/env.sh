#!/usr/bin/env bash
# The environment in which this project's tools run; source it, don't execute it.
# Owns: where the cache is, where each pinned tool lives in it, what stands first on PATH, where cargo builds.
# Never installs, downloads or creates anything: that is `install`.

tools_source="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tests/tools/pins.env
. "$tools_source/pins.env"

short_hash_of() { sha256sum "$1" | cut -c1-16; }

AI_IMPLEMENT_CACHE="${AI_IMPLEMENT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ai-implement}"

# One folder for each pin: a changed pin is a new folder, so an old clone and a new one can share the cache.
tools_cache="$AI_IMPLEMENT_CACHE/tools"
nextest_home="$tools_cache/cargo-nextest-$CARGO_NEXTEST_VERSION"
deny_home="$tools_cache/cargo-deny-$CARGO_DENY_VERSION"
machete_home="$tools_cache/cargo-machete-$CARGO_MACHETE_VERSION"
python_home="$tools_cache/python-$(short_hash_of "$tools_source/requirements.txt")"
sam_home="$tools_cache/sam-$(short_hash_of "$tools_source/requirements-sam.txt")"
aws_home="$tools_cache/aws-$(short_hash_of "$tools_source/requirements-aws.txt")"
schemathesis_home="$tools_cache/schemathesis-$(short_hash_of "$tools_source/requirements-schemathesis.txt")"
node_home="$tools_cache/node-$(short_hash_of "$tools_source/package-lock.json")"

export AI_IMPLEMENT_CACHE
export PATH="$python_home/bin:$sam_home/bin:$aws_home/bin:$schemathesis_home/bin:$node_home/bin:$PATH"
export PATH="$nextest_home/bin:$deny_home/bin:$machete_home/bin:$PATH"

# Outside the clone, so that a fresh clone finds its dependencies already built.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$AI_IMPLEMENT_CACHE/target}"
# Incremental state serves one working copy only; here it would grow with every clone.
export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"

# What cargo-lambda's linker keeps lies in the cache too.
export ZIG_GLOBAL_CACHE_DIR="$AI_IMPLEMENT_CACHE/zig" CARGO_ZIGBUILD_CACHE_DIR="$AI_IMPLEMENT_CACHE/zigbuild"

# Nothing phones home, about its own updates or otherwise. `install` writes to SAM's folder that it has looked for one.
export NO_UPDATE_NOTIFIER=1 PIP_DISABLE_PIP_VERSION_CHECK=1 SAM_CLI_TELEMETRY=0
export __SAM_CLI_APP_DIR="$sam_home/settings"
