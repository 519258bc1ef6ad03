# Shared by the scripts that Holdback runs on an OPNsense firewall. POSIX sh, base system only.
# The scripts print what they saw, framed; they judge nothing but their own safety.
# shellcheck disable=SC2034,SC2317 # each script uses its part of what is set here

set -u
umask 077
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL

# HOLDBACK_ROOT: an alternate root folder to work in, as with `pkg -r`. Empty on a firewall.
root=${HOLDBACK_ROOT:-}
config=$root/conf/config.xml
released=$root/var/run/holdback.released # absent: the latch is armed; boot removes it
armed=$root/var/run/holdback.armed       # "<epoch> <why>": when the latch was armed last
latch=$root/usr/local/etc/rc.carp_service_status.d/holdback
state=$root/var/db/holdback # survives a reboot
lock=$root/var/run/holdback.lock

# A value may be used only if it has nothing but these characters.
is_word() { case $1 in '' | *[!A-Za-z0-9._-]*) return 1 ;; esac; }
is_count() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
is_number() { is_count "${1#-}"; }

# The marker holds the caller's own id, so that no output can be mistaken for a frame.
begin() { printf '==%s %s\n' "$frame" "$1"; }
end() { printf '==%s exit %s\n' "$frame" "$1"; }
section() { # section NAME COMMAND...
  begin "$1"
  shift
  "$@" 2>&1
  end "$?"
}

# The maintenance flag as the system keeps it. Any other answer (a text with exit status 0, nothing
# at all) is no answer.
read_flag() {
  case $(configctl interface show carp 2>/dev/null) in
  *'"maintenancemode":true'*) flag=on ;;
  *'"maintenancemode":false'*) flag=off ;;
  *) flag=unknown ;;
  esac
}
read_demotion() {
  demotion=$(sysctl -n net.inet.carp.demotion 2>/dev/null)
  is_number "$demotion" || demotion=unknown
}
# How CARP would count if nothing demoted it. The tunable adds at every write and is refused.
tunable_is_set() { grep -q '<tunable>net.inet.carp.demotion</tunable>' "$config" 2>/dev/null; }

print_addresses() {
  ifconfig | awk '
    /^[^ \t]/ { name = $1; sub(/:$/, "", name) }
    $1 == "carp:" { print name, $4, $2 }'
}
