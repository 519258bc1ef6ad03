# The first part of every script that Holdback sends through SSM: how it answers, and what every one needs. POSIX sh.
# The scripts print what they saw, framed; they judge nothing but their own safety.
# shellcheck disable=SC2034,SC2317 # each script uses its part of what is set here

set -u
umask 077
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL

# HOLDBACK_ROOT: an alternate root folder to work in, as with `pkg -r`. Empty on a real machine.
root=${HOLDBACK_ROOT:-}

MAINTENANCE=240 # what entering adds (opnsense/core carp_set_status.php:53)
SERVICE=1048576 # what a failing service check adds, the latch among them (carp_service_status)

# A value may be used only if it has nothing but these characters.
is_word() { case $1 in '' | *[!A-Za-z0-9._-]*) return 1 ;; esac; }
is_count() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
is_number() { is_count "${1#-}"; }

# The marker holds the caller's own id, so that no output can be mistaken for a frame.
begin() { printf '==%s %s\n' "$frame" "$1"; }
end() { printf '==%s exit %s\n' "$frame" "$1"; }

# Run Command keeps 24,000 characters of all output. What does not fit is no answer (75), not half of one.
section() { # section NAME MOST-CHARACTERS COMMAND...
  begin "$1"
  most=$2
  shift 2
  said=$("$@" 2>&1)
  code=$?
  if [ "${#said}" -gt "$most" ]; then code=75 said="longer than $most characters"; fi
  if [ -n "$said" ]; then printf '%s\n' "$said"; fi
  end "$code"
}

# Written to a new file first, so that a crash leaves no half of it.
write() { # write FILE TEXT
  printf '%s\n' "$2" >"$1.new" && mv -f "$1.new" "$1"
}
