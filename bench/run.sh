#!/usr/bin/env bash
# Measures RQ.NET beside what a user could pick instead, in one run on one machine: installs or skips each peer, builds, runs ours and
# theirs in turn, and prints tables and lines "ratio NAME VALUE TARGET met|missed". ./bench/run.sh --help says which options there are.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

install=yes
help=no
peers=bullmq,sidekiq,celery,rq,hangfire
arguments=()
previous=
for argument in "$@"; do
  case $argument in
    --no-install) install=no ;;
    --help) help=yes ;;
  esac
  [ "$previous" != --peers ] || peers=$argument
  [ "$argument" = --no-install ] || arguments+=("$argument")
  previous=$argument
done

wants() { [[ ",$peers," = *",$1,"* ]]; }

# Services that packages bring need not start: every measurement starts servers of its own. (Where systemd runs, Debian starts some all the same.)
apt() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed: ${missing[*]}; 'sudo apt-get install ${missing[*]}' brings them" >&2
    return 0
  fi
  echo "installing ${missing[*]}" >&2
  apt-get update -qq || true
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    echo "${missing[*]} could not be installed" >&2
}

node_modules() {
  [ -d "bench/peers/$1/node_modules" ] && return 0
  command -v npm >/dev/null || { apt nodejs; apt npm; }
  (cd "bench/peers/$1" && npm install --no-audit --no-fund --silent) >&2 || echo "npm could not install bench/peers/$1" >&2
}

if [ $install = yes ] && [ $help = no ]; then
  command -v redis-server >/dev/null || apt redis-server
  ! wants bullmq || node_modules bullmq
  ! wants sidekiq || apt ruby-sidekiq
  ! wants celery || apt python3-celery python3-redis
  ! wants rq || apt python3-rq
  ! wants hangfire || dotnet build -c Release --verbosity quiet bench/peers/hangfire >&2 || echo "bench/peers/hangfire could not be built" >&2
  if wants graphile; then
    node_modules graphile
    [ -d /usr/lib/postgresql ] || apt postgresql
  fi
fi

dotnet build -c Release --verbosity quiet bench/RQ.Bench >&2
exec dotnet artifacts/bin/RQ.Bench/release/RQ.Bench.dll race "${arguments[@]}"
