# What the scripts on an OPNsense firewall share. Base system only. Follows answer-framing.sh.
# shellcheck disable=SC2034,SC2317 # each script uses its part of what is set here

firewall= # this one; only a relay has a name for it
config=$root/conf/config.xml
released=$root/var/run/holdback.released # absent: the latch is armed; boot removes it
armed=$root/var/run/holdback.armed       # "<epoch> <why>": when the latch was armed last
good_checks=$root/var/run/holdback.good   # good observations in a row of the local release
latch=$root/usr/local/etc/rc.carp_service_status.d/holdback
state=$root/var/db/holdback # survives a reboot
hold=$state/hold            # who entered maintenance mode, if Holdback ordered it
lock=$root/var/run/holdback.lock

# The maintenance flag as the system keeps it, and the kernel's counter. Any other answer (a text with
# exit status 0, nothing at all) is no answer.
read_state() {
  case $(configctl interface show carp 2>/dev/null) in
  *'"maintenancemode":true'*) flag=on ;;
  # An element that is empty or 0 is off for this answer; for the toggle and at boot it is on
  # (carp_global_status.php: !empty, carp_set_status.php: isset).
  *'"maintenancemode":false'*) if flag_is_written; then flag=on; else flag=off; fi ;;
  *) flag=unknown why="configctl gave no answer that can be read" ;;
  esac
  demotion=$(sysctl -n net.inet.carp.demotion 2>/dev/null)
  is_number "$demotion" || demotion=unknown why="sysctl gave no answer that can be read"
  [ "$flag" != unknown ] && [ "$demotion" != unknown ]
}
# What the toggle and the boot (rc.syshook.d/early/90-carp) go by: the element is there, whatever is in it.
FLAG='<virtualip_carp_maintenancemode'
flag_is_written() { grep -q "$FLAG" "$config" 2>/dev/null; }
# A write empties the file first (Config.php:754): without its end it says nothing.
flag_is_absent() { grep -q '</opnsense>' "$config" 2>/dev/null && ! flag_is_written; }
# How CARP would count if nothing demoted it. The tunable adds at every write and is refused.
tunable_is_set() { grep -q '<tunable>net.inet.carp.demotion</tunable>' "$config" 2>/dev/null; }

latch_is_armed() { [ -x "$latch" ] && [ ! -e "$released" ]; }

print_addresses() {
  ifconfig | awk '
    /^[^ \t]/ { name = $1; sub(/:$/, "", name) }
    $1 == "carp:" { print name, $4, $2 }'
}
