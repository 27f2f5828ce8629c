#!/usr/bin/env bash
# Installs what the tests need on a fresh Debian machine with the .NET SDK, builds with warnings as errors, runs every test.
# The last line says how many passed; the exit code is not 0 if anything failed.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
{ [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import rq' 2>/dev/null; } || missing+=(python3-rq)
{ [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import cryptography' 2>/dev/null; } || missing+=(python3-cryptography)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${missing[*]}"
    apt-get update -qq
    # The packaged service must not start: every test starts servers of its own.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "Not installed: ${missing[*]}. Tests that need them are skipped; 'sudo apt-get install ${missing[*]}' brings them." >&2
  fi
fi

echo "Building"
dotnet build RQ.slnx --configuration Release --verbosity quiet -warnaserror

# The tests wait more than they work.
threads=$(($(nproc) * 3))
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

run() {
  local project=$1 log=$2 status=0
  shift 2
  dotnet run --project "tests/$project" --configuration Release --no-build -- -noColor -maxThreads "$threads" "$@" >"$logs/$log" 2>&1 || status=$?
  echo $status >"$logs/$log.status"
}

# The large project takes longest and waits most of the time, so the others run beside it, one after the other.
small=()
for project in tests/*.Tests; do
  small+=("$(basename "$project")")
done
# Of its tests that run alone, those that keep the machine busy run afterwards, and then those that only wait, beside each other: the values of the trait Alone.Part.
waiting=(Chaos Crashes Kills Liveness)
alone=(Busy "${waiting[@]}")
others=()
for part in "${alone[@]}"; do
  others+=(-trait- "Alone=$part")
done
echo "Testing RQ.Conformance, and beside it ${small[*]}"
run RQ.Conformance RQ.Conformance "${others[@]}" "$@" &
for name in "${small[@]}"; do
  run "$name" "$name" "$@"
done
wait
run RQ.Conformance RQ.Conformance.Busy -trait Alone=Busy "$@"
for part in "${waiting[@]}"; do
  run RQ.Conformance "RQ.Conformance.$part" -trait "Alone=$part" "$@" &
done
wait

passed=0
failed=0
skipped=0
for name in "${small[@]}" RQ.Conformance "${alone[@]/#/RQ.Conformance.}"; do
  log=$logs/$name
  status=$(cat "$log.status")
  summary=$(grep -Eo 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -n 1 || true)
  # What was asked for may be in other projects.
  [ $# = 0 ] || ! grep -Eq 'Total: 0$' "$log" || continue
  if [ -z "$summary" ]; then
    cat "$log"
    echo "$name did not finish (exit code $status)"
    failed=$((failed + 1))
    continue
  fi
  read -r total errors wrong omitted <<<"$(grep -Eo '[0-9]+' <<<"$summary" | tr '\n' ' ')"
  passed=$((passed + total - wrong - omitted))
  failed=$((failed + errors + wrong))
  skipped=$((skipped + omitted))
  echo "$name: $((total - wrong - omitted)) passed"
  if [ "$status" != 0 ] || [ $((errors + wrong)) -gt 0 ]; then
    cat "$log"
    [ $((errors + wrong)) -gt 0 ] || failed=$((failed + 1))
  fi
done

if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
  echo "$skipped tests were skipped, which CI does not allow"
  failed=$((failed + skipped))
  skipped=0
fi
if [ "$skipped" -gt 0 ]; then
  echo "Tests: $passed passed, $failed failed, $skipped skipped"
else
  echo "Tests: $passed passed, $failed failed"
fi
[ "$failed" = 0 ]
