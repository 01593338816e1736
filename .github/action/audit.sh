#!/usr/bin/env bash
# What action.yml runs: its inputs, as variables, become flags. Nothing of an input is ever read as shell.
set -euo pipefail

flags=(audit --format github --no-progress)

# A flag for each line of a text.
each() {
  local line
  while IFS= read -r line; do
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    if [ -n "$line" ]; then flags+=("$1=$line"); fi
  done <<<"$2"
}

# The tree by itself, or laid over a snapshot of the org, where the user and the permission sets are.
if [ -n "${SNAPSHOT:-}" ]; then
  each --snapshot "$SNAPSHOT"
  each --overlay "${SOURCE_DIR:-force-app}"
  each --user "${INTEGRATION_USER:-}"
else
  each --source-dir "${SOURCE_DIR:-force-app}"
fi
each --mappings "${MAPPINGS:?name the mapping files in the input mappings}"
each --profile "${PROFILE:-}"
each --permission-set "${PERMISSION_SET:-}"
each --permission-set-group "${PERMISSION_SET_GROUP:-}"
each --changed-since "${CHANGED_SINCE:-}"
each --baseline "${BASELINE:-}"
each --fail-on "${FAIL_ON:-high}"
each --output "${SARIF:-}"
each --output "${MARKDOWN:-}"

status=0
permgap "${flags[@]}" || status=$?
echo "status=$status" >>"${GITHUB_OUTPUT:-/dev/null}"
if [ -n "${MARKDOWN:-}" ] && [ -f "$MARKDOWN" ]; then
  cat "$MARKDOWN" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$status"
