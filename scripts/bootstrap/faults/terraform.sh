#!/usr/bin/env bash
# Terraform with a fault: FAULT_CALL fails, or takes effect and then kills the bootstrap and its own process group.
set -uo pipefail
call=$(($(cat "$FAULT_FOLDER/count" 2>/dev/null || echo 0) + 1))
echo "$call" >"$FAULT_FOLDER/count"
# The bootstrap starts it as the leader of a process group.
echo "$$" >"$FAULT_FOLDER/group"

if [[ -n ${FAULT_NOISE:-} ]]; then
  echo 'Warning: the CLI configuration file "/nowhere/.terraformrc" does not exist (NoSuchBucket, EntityAlreadyExists)' >&2
  if [[ $1 != show && $* == *-json* ]]; then
    echo '{"@level":"warn","@message":"Warning: it does not exist","type":"diagnostic","diagnostic":{"severity":"warning","summary":"NoSuchBucket: it does not exist","detail":"AccessDenied"}}'
  fi
fi

if [[ $call == "${FAULT_CALL:-0}" && ${FAULT_KIND:-} == fail ]]; then exit 1; fi
PATH=$FAULT_PATH terraform "$@"
status=$?
rm "$FAULT_FOLDER/group"
if [[ $call == "${FAULT_CALL:-0}" ]]; then kill -9 "$PPID" 0; fi
exit $status
