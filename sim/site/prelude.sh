# Sourced before every firewall script. The commands of OPNsense become functions that ask the
# model, so no process is started for them and their time passes on the virtual clock.
#
# fd 8 carries a request (count, then arguments, each ended by NUL) and its answer (a line
# "status lines-of-output lines-of-errors file", then the lines; the file sets longer output). fd 7 carries one token, a single
# byte that no two processes can both read: who has it may talk, so the two ends of a pipeline
# never take each other's answer. fd 3 to 6 and 9 are left to the script.
#
# shellcheck shell=sh

_sim_call() {
  # Without the simulation there is nobody to wait for: the whole process group of this run ends.
  read -r _sim_line <&7 || kill -KILL 0
  printf '%s\0' "$#" "$@" >&8
  IFS=' ' read -r _sim_status _sim_out _sim_err _sim_file <&8 || kill -KILL 0
  _sim_text=
  while [ "$_sim_out" -gt 0 ]; do
    IFS= read -r _sim_line <&8
    _sim_text="$_sim_text$_sim_line
"
    _sim_out=$((_sim_out - 1))
  done
  _sim_errors=
  while [ "$_sim_err" -gt 0 ]; do
    IFS= read -r _sim_line <&8
    _sim_errors="$_sim_errors$_sim_line
"
    _sim_err=$((_sim_err - 1))
  done
  # Longer output: `read` takes a system call for every byte, and a file none.
  if [ "$_sim_file" != - ]; then . "$HOLDBACK_SIM_ANSWERS/$_sim_file"; fi
  echo >&7
  # Printed only now: a reader that has gone away (`configctl ... | head -1`) kills this process.
  printf '%s' "$_sim_text"
  if [ -n "$_sim_errors" ]; then printf '%s' "$_sim_errors" >&2; fi
  return "$_sim_status"
}

configctl() { _sim_call configctl "$@"; }
carp_service_status() { _sim_call carp_service_status "$@"; }
sysctl() { _sim_call sysctl "$@"; }
ifconfig() { _sim_call ifconfig "$@"; }
swanctl() { _sim_call swanctl "$@"; }
pfctl() { _sim_call pfctl "$@"; }
netstat() { _sim_call netstat "$@"; }
route() { _sim_call route "$@"; }
ping() { _sim_call ping "$@"; }
logger() { _sim_call logger "$@"; }
date() { _sim_call date "$@"; }
sleep() { _sim_call sleep "$@"; }
hostname() { _sim_call hostname "$@"; }
uname() { _sim_call uname "$@"; }
service() { _sim_call service "$@"; }
if [ -n "${HOLDBACK_SIM_CURL-}" ]; then
  # A model has no standard input: what curl reads there (-K -) becomes its last argument.
  curl() {
    case " $* " in
    *' -K - '*) _sim_call curl "$@" "$(cat)" ;;
    *) _sim_call curl "$@" '' ;;
    esac
  }
fi
# For the shims: a child process that knows no functions runs the command of its own name.
_sim_shim() {
  case $1 in
  flock | lockf | timeout) "$@" ;;
  *) _sim_call "$@" ;;
  esac
}

# The inode says which lock is meant, whether a script names an open descriptor or a path.
_sim_inode() {
  case $1 in
  [0-9]) set -- "/dev/fd/$1" ;;
  *) [ -e "$1" ] || : >"$1" || return 1 ;;
  esac
  _sim_inode_line=$(ls -diL "$1" 2>/dev/null) || return 1
  _sim_inode_line=${_sim_inode_line#"${_sim_inode_line%%[! ]*}"}
  _sim_lock=${_sim_inode_line%% *}
}

# flock [-n | -w seconds] [-x] [-o] [-E code] file|fd [command ...]; flock -u fd
# (OPNsense ships it as /usr/local/bin/flock; its own actions use `flock -n -E 0 -o file command`).
flock() {
  _sim_wait=forever _sim_code=1 _sim_verb=take
  while :; do
    case ${1:-} in
    -n) _sim_wait=0 ;;
    -w) _sim_wait=$2 && shift ;;
    -E) _sim_code=$2 && shift ;;
    -u) _sim_verb=drop ;;
    -x | -e | -o) ;;
    *) break ;;
    esac
    shift
  done
  _sim_inode "${1:?flock: no lock named}" || return 66
  shift
  _sim_call flock "$_sim_verb" "$_sim_lock" "$_sim_wait" || return "$_sim_code"
  [ "$#" -gt 0 ] || return 0
  _sim_under_lock "$_sim_lock" "$@"
}

# lockf [-k] [-n] [-s] [-t seconds] file command ...  (FreeBSD lockf(1): 75 when it is not had in time)
lockf() {
  _sim_wait=forever
  while :; do
    case ${1:-} in
    -t) _sim_wait=$2 && shift ;;
    -k | -n | -s) ;;
    *) break ;;
    esac
    shift
  done
  _sim_inode "${1:?lockf: no lock named}" || return 69
  shift
  _sim_call flock take "$_sim_lock" "$_sim_wait" || return 75
  [ "$#" -gt 0 ] || return 0
  _sim_under_lock "$_sim_lock" "$@"
}

_sim_under_lock() (
  _sim_held=$1
  shift
  _sim_result=0
  "$@" || _sim_result=$?
  _sim_call flock drop "$_sim_held" 0
  exit "$_sim_result"
)

# timeout [-s signal] [-k seconds] seconds command ...: the limit counts in virtual time for the
# commands of the model (124 when it is reached), and is ignored for all others, which take none.
timeout() {
  while :; do
    case ${1:-} in
    -s | -k) shift ;;
    --*) ;;
    *) break ;;
    esac
    shift
  done
  case ${2:-} in
  configctl | carp_service_status | sysctl | ifconfig | swanctl | pfctl | netstat | route | ping | logger | date | sleep | hostname | uname | service)
    _sim_call timeout "$@"
    ;;
  *)
    shift
    "$@"
    ;;
  esac
}
