# The demotion counter. CARP adds up what demotes: 2^20 while a service check fails, 240 for maintenance
# mode, 240 for each address whose link is down, 240 while states are synchronised. Leaving maintenance
# mode sets it to 0 whatever else is in it; what has ended since is subtracted all the same, and leaves less
# than nothing. Follows common.sh.
# shellcheck disable=SC2034,SC2317 # each script uses its part of what is set here

read_counter() { demotion=$(sysctl -n net.inet.carp.demotion 2>/dev/null) && is_number "$demotion"; }

# $demotion in two parts, either of which may be wrong: how often 2^20 is in it, and the rest.
split_counter() {
  services=$(((demotion + SERVICE / 2 + 1024 * SERVICE) / SERVICE - 1024))
  rest=$((demotion - services * SERVICE))
}
# The service check goes by bit 20 of the counter (opnsense/core carp_service_status), which is set in -240 and not
# in 2^20 - 240: it may be called only while this is so.
adds_up() { split_counter && [ "$rest" -ge 0 ] && [ "$services" -ge 0 ] && [ "$services" -le 1 ]; }
# An armed latch holds nothing before the service check has counted it.
latch_counts() { latch_is_armed && adds_up && [ "$services" -eq 1 ]; }

# How many causes take their 240 back by themselves: links that are down, states being synchronised
# (FreeBSD if_pfsync.c, pfsync_bulk_fail: at the latest after 65 s).
passing_causes() {
  addresses=$(print_addresses)
  [ -n "$addresses" ] || return
  passing=$(printf '%s\n' "$addresses" | grep -c ' INIT$')
  if ifconfig pfsync0 2>/dev/null | grep -q 'syncok: 0'; then passing=$((passing + 1)); fi
}
# Whether the counter has 240 that nothing explains but maintenance mode.
share_is_left() { split_counter && passing_causes && [ "$((rest - passing * MAINTENANCE))" -ge "$MAINTENANCE" ]; }

# Writing adds (carp_demote_adj_sysctl): what others add meanwhile is not lost.
add_to_counter() {
  sysctl net.inet.carp.demotion="$1" >/dev/null 2>&1
  logger -t holdback "demotion was $demotion: added $1, $2"
  read_counter
}

# Makes the counter a sum again. Only under the lock, and only where it is certain: nothing will take its share
# back any more, and two readings agree. Fails if it is no sum afterwards.
mend_counter() {
  adds_up && return
  before=$demotion
  { passing_causes && [ "$passing" -eq 0 ] && read_counter && [ "$demotion" = "$before" ]; } || return
  if [ "$services" -lt 0 ]; then services=0; elif [ "$services" -gt 1 ]; then services=1; fi
  if [ "$rest" -lt 0 ]; then rest=0; fi
  add_to_counter "$((services * SERVICE + rest - demotion))" "nothing accounts for it" && adds_up
}

# Tells CARP to run its service checks; the latch is one of them.
update_service_status() {
  read_counter && mend_counter && configctl interface update carp service_status >/dev/null 2>&1
}

# A note counts as long as its share is in the counter; after that, who enters next is somebody else.
# It is read before the flag.
drop_void_note() {
  grep -q ' entered$' "$hold" 2>/dev/null && flag_is_absent || return 0
  read_counter && ! share_is_left && [ -n "$addresses" ] && flag_is_absent && rm -f "$hold"
}

# What is in the counter that should not be, and what to do about it.
what_is_left() { # what_is_left WANTED
  split_counter
  if ! passing_causes; then
    printf 'ifconfig shows no CARP address'
  elif [ "$passing" -gt 0 ]; then
    printf 'a link is down or states are being synchronised: repeat it when that is over'
  elif adds_up && [ "$services" -eq 1 ]; then
    printf 'a service check fails (syslog: carp): mend it'
  else
    printf 'if you know no cause, this clears it: sysctl net.inet.carp.demotion=%s' "$(($1 - demotion))"
  fi
}
