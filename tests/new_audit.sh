#!/bin/sh
# Writes the files of a new audit: `make new-audit NAME=owner-inactive TYPE=5`. TYPE is 1 to 13, or none.
set -eu
name=${1:-}
type=${2:-}
cd "$(dirname "$0")/.."

case $name in
'' | *[!a-z-]* | -* | *-)
    echo "new-audit: NAME is the audit's id, such as owner-inactive" >&2
    exit 2
    ;;
esac
case $type in
'') error_type=None ;;
[1-9] | 1[0-3]) error_type="Some($type)" ;;
*)
    echo "new-audit: TYPE is 1 to 13, or left out" >&2
    exit 2
    ;;
esac
module=$(printf '%s' "$name" | tr - _)
audit=src/audit/$module.rs
test=tests/integration/audits/$module.rs
if [ -e "$audit" ]; then
    echo "new-audit: $audit exists" >&2
    exit 2
fi

cat >"$audit" <<EOF
//! \`$name\`: (one line on the fault).

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "$name",
    error_type: $error_type,
    title: "",
    severity: Severity::High,
    confidence: Confidence::Likely,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\\
## What it checks
## Why it matters for the sync
## What it cannot see
## How to fix it
## Example
",
};

pub(super) fn look(_facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.not_known("this audit looks at nothing yet");
    outcome
}
EOF

cat >"$test" <<EOF
use super::{WHO, audit, sound};

const AUDIT: &str = "$name";

#[test]
fn the_sound_tree_is_clean() {
    audit(&sound(), &WHO).is_clean(AUDIT);
}
EOF

# The lists stay sorted; the catalogue's order is for its author to choose.
sed -i.bak "s/^mod api_access_missing;/&\\
mod $module;/" src/audit/mod.rs tests/integration/audits/mod.rs
sed -i.bak "s/^    duplicate_mapping,\$/&\\
    $module,/" src/audit/mod.rs
rm -f src/audit/mod.rs.bak tests/integration/audits/mod.rs.bak
cargo fmt

echo "wrote $audit and $test"
echo "left to do: the docs, look(), cases that fire and that are not evaluated, a gap in src/demo, a line in CHANGELOG.md"
