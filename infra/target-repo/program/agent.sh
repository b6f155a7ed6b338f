#!/usr/bin/env bash
# Runs a step beside whose agent or hooks no process holds a credential in its environment: what they start could read it
# there, /proc has it for every process of the same user.
#
# Owns the way of the credentials: by standard input, to the program alone. This shell gives its own place to it.
set -euo pipefail

exec env \
  -u ACTIONS_ID_TOKEN_REQUEST_URL -u ACTIONS_ID_TOKEN_REQUEST_TOKEN -u ACTIONS_RUNTIME_TOKEN -u GITHUB_TOKEN -u GH_TOKEN \
  -u CLAUDE_CODE_OAUTH_TOKEN -u ANTHROPIC_API_KEY \
  -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN \
  node "$(dirname "$0")/main.mjs" "$1" < <(
    # A pipe, and no file that could be opened again.
    printf '%s\n' \
      "CLAUDE_CODE_OAUTH_TOKEN=${CLAUDE_CODE_OAUTH_TOKEN:-}" \
      "ANTHROPIC_API_KEY=${ANTHROPIC_API_KEY:-}" \
      "AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-}" \
      "AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-}" \
      "AWS_SESSION_TOKEN=${AWS_SESSION_TOKEN:-}"
  )
