# maintenance through a relay: put a firewall into CARP maintenance mode, or let it out. Never a
# toggle: read, compare, act, read again, under one lock. Follows maintenance-order.sh.
#
# The API has no other command than a toggle, and no condition on it: who toggles between our reading
# and ours turns it the wrong way round. The answer says which way it went, and then it is undone.

drop_note() { rm -f "$hold" "$stranded"; }

# The API can only toggle; this is for a person. Writing the counter adds to it.
add_to() { echo "on the firewall, sysctl net.inet.carp.demotion=$(($1 - demotion)) adds what is missing"; }

toggle() { # the backend may take 120 s, and goes on if nobody waits
  said=$(api 125 POST diagnostics/interface/carp_status/maintenance '{}')
  read_toggle "$said"
  case $said in
  *'(403)'*)
    if [ "$flag" = off ]; then drop_note; fi # the note of this order, which did nothing
    finish refused "the key may not toggle maintenance mode (403): OPNsense up to 26.1.10 allows that only with the privilege All pages, later ones with Interfaces: Virtual IPs: Status"
    ;;
  esac
}

toggle_to() { # toggle_to INTENT
  toggle
  case $did in
  "$1") return 0 ;;
  unknown) read_state && [ "$flag" = "$1" ] ;; # its answer was lost, not always its effect
  *)
    toggle
    read_state
    drop_note
    [ "$flag" = "$1" ] || finish failed "raced: the mode changed under us, and undoing our toggle was not seen"
    # The toggle takes an empty element for on, what shows the mode takes it for off (opnsense/core
    # carp_set_status.php:38, carp_global_status.php:45). Undoing the toggle has written a whole one.
    [ "$1" = on ] &&
      finish refused "raced: the mode changed under us and was left on, as it was found (or config.xml held an empty virtualip_carp_maintenancemode, which is on for the toggle and off for the API)"
    finish refused "raced: the mode changed under us and was left as it was found"
    ;;
  esac
}

# The latch lets go by itself once maintenance mode is entered (its hook on the firewall runs then).
wait_for_handover() {
  for _ in 1 2 3 4 5 6 7 8; do
    read_state || return 1
    [ "$demotion" -ge "$SERVICE" ] || return 0
    sleep 2
  done
  return 1
}

# A hold of ours whose flag a save has wiped, or whose toggle died before its save: its share is still in
# the counter, and the firewall is as much demoted as before. Entering adds another one.
share_is_ours() { [ "$flag" = off ] && [ "$counter" -ge "$MAINTENANCE" ] && [ -e "$hold" ]; }

enter() {
  if share_is_ours; then true >"$stranded" || finish refused "cannot write $state"; fi
  note intended || finish refused "cannot write $state"
  toggle_to on || finish failed "no answer that can be read: $said"
  read_state
  [ "$flag" = on ] || finish failed "entered by half: demotion is $demotion, but the flag did not stay: another writer replaced the configuration; the same order again mends it"
  [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "demotion is $demotion after entering: $(add_to "$MAINTENANCE")"
  note entered || finish failed "entered, but the note could not be written"
}

turn_on() {
  what="entered maintenance mode"
  case $flag/$demotion in
  on/0) # leaving resets the counter first and saves then (carp_set_status.php:48-49)
    what="entered maintenance mode anew: the flag was set, but demotion was 0, so that it was left by half"
    toggle_to off || finish failed "no answer that can be read: $said"
    read_state
    [ "$flag" = off ] || finish failed "left by half: demotion is 0, but the flag is set, and did not go: another writer replaced the configuration; the same order again mends it"
    ;;
  on/*)
    complete_own_note
    [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "the flag is set but demotion is $demotion: $(add_to "$MAINTENANCE")"
    finish already "maintenance mode was on"
    ;;
  esac
  [ "$demotion" -ge 0 ] || finish refused "demotion is negative ($demotion): the counter is corrupt; $(add_to 0)"
  enter
  wait_for_handover || finish changed "$what; a service check still fails"
  [ "$resting" -eq 0 ] || what="$what anew: a save had wiped its flag, and its $resting is still in the counter until it is let out"
  finish changed "$what"
}

turn_off() {
  left="left maintenance mode"
  case $flag/$demotion in
  off/0)
    drop_note
    finish already "maintenance mode was off"
    ;;
  on/-*) finish refused "demotion is negative ($demotion): the counter is corrupt; $(add_to "$MAINTENANCE")" ;;
  off/-*) finish refused "demotion is negative ($demotion): the counter is corrupt; $(add_to 0)" ;;
  off/"$SERVICE") enter ;; # the latch holds: it can only hand over, and then be left with the mode
  off/*)
    # A hold of ours without its flag can only be entered anew, and then be left with both its shares.
    { share_is_ours && [ "$counter" -eq "$MAINTENANCE" ]; } ||
      finish refused "demotion is $demotion without maintenance mode: something else demotes (a link that is down, states being synchronised, or an empty virtualip_carp_maintenancemode in config.xml)"
    enter
    ;;
  esac
  wait_for_handover || finish refused "demotion is $demotion: a service check other than the latch fails, and leaving would hide it"
  case $flag/$demotion in
  on/0) left="left maintenance mode for good: demotion was 0, but the flag was set" ;;
  *)
    [ "$demotion" -eq $((MAINTENANCE + resting)) ] ||
      finish refused "demotion is $demotion, not $((MAINTENANCE + resting)): leaving would hide another fault"
    ;;
  esac
  toggle_to off || finish failed "no answer that can be read: $said"
  read_state
  [ "$flag" = off ] || finish failed "left by half: demotion is $demotion, but the flag did not go: another writer replaced the configuration; the same order again mends it"
  drop_note
  [ "$demotion" -eq 0 ] || finish failed "left, but demotion is $demotion"
  print_addresses | grep -q '^[0-9]* INIT ' && finish failed "left, but a link went down meanwhile and no longer demotes: mend it, or enter again"
  finish changed "$left"
}

take_maintenance_order
case $intent in on) turn_on ;; off) turn_off ;; esac
