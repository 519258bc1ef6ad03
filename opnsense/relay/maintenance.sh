# maintenance through a relay: put a firewall into CARP maintenance mode, or let it out. Never a
# toggle: read, compare, act, read again, under one lock. Follows order.sh.
# Input: SSM_Intent (on|off), SSM_Holder (holdback|operator).
#
# The API has no other command than a toggle, and no condition on it: who toggles between our reading
# and ours turns it the wrong way round. The answer says which way it went, and then it is undone.

intent=${SSM_Intent:?}
holder=${SSM_Holder:?}

note() { write "$state/hold" "$holder $frame $fence $(date +%s) $1"; } # note STATE: who holds
drop_note() { rm -f "$state/hold"; }

toggle() { # the backend may take 120 s, and goes on if nobody waits
  said=$(api 125 POST diagnostics/interface/carp_status/maintenance '{}')
  case $said in
  *'"action":"enter_maintenance"'*) did=on ;;
  *'"action":"leave_maintenance"'*) did=off ;;
  *'(403)'*) drop_note && finish refused "the key may not toggle maintenance mode (403): OPNsense up to 26.1.10 allows that only with the privilege All pages, later ones with Interfaces: Virtual IPs: Status" ;;
  *) did=unknown ;;
  esac
}

toggle_to() { # toggle_to INTENT
  toggle
  case $did in
  "$1") return 0 ;;
  unknown) look && [ "$flag" = "$1" ] ;; # its answer was lost, not always its effect
  *)
    toggle
    look
    drop_note
    [ "$flag" = "$1" ] || finish failed "raced: the mode changed under us, and undoing our toggle was not seen"
    finish refused "raced: the mode changed under us and was left as it was found"
    ;;
  esac
}

# The latch lets go by itself once maintenance mode is entered (its hook on the firewall runs then).
wait_for_handover() {
  for _ in 1 2 3 4 5 6 7 8; do
    look || return 1
    [ "$demotion" -ge "$SERVICE" ] || return 0
    sleep 2
  done
  return 1
}

enter() {
  note intended || finish refused "cannot write $state"
  toggle_to on || finish failed "no answer that can be read: $said"
  look
  [ "$flag" = on ] || finish failed "the flag did not stay: another writer replaced the configuration"
  [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "demotion is $demotion after entering"
  note entered || finish failed "entered, but the note could not be written"
}

turn_on() {
  if [ "$flag" = on ]; then
    # Our own operation died after its toggle: it completes its note. Anybody else's stays theirs.
    if grep -q "^$holder $frame .* intended\$" "$state/hold" 2>/dev/null; then note entered; fi
    [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "the flag is set but demotion is $demotion: press maintenance twice in the web page"
    finish already "maintenance mode was on"
  fi
  [ "$demotion" -ge 0 ] || finish refused "demotion is negative: the counter is corrupt"
  enter
  wait_for_handover || finish changed "entered maintenance mode; a service check still fails"
  finish changed "entered maintenance mode"
}

turn_off() {
  case $flag/$demotion in
  off/0)
    drop_note
    finish already "maintenance mode was off"
    ;;
  off/"$SERVICE") enter ;; # the latch holds: it can only hand over, and then be left with the mode
  off/*) finish refused "demotion is $demotion without maintenance mode: something else demotes" ;;
  esac
  wait_for_handover || finish refused "demotion is $demotion: a service check other than the latch fails, and leaving would hide it"
  [ "$demotion" -eq "$MAINTENANCE" ] ||
    finish refused "demotion is $demotion, not $MAINTENANCE: leaving would hide another fault"
  toggle_to off || finish failed "no answer that can be read: $said"
  look
  [ "$flag" = off ] || finish failed "the flag did not go: another writer replaced the configuration"
  drop_note
  [ "$demotion" -eq 0 ] || finish failed "left, but demotion is $demotion"
  print_addresses | grep -q '^[0-9]* INIT ' && finish failed "left, but a link went down meanwhile and no longer demotes: mend it, or enter again"
  finish changed "left maintenance mode"
}

begin holdback-maintenance-1
order="maintenance $intent"
case $intent in on | off) ;; *) finish refused "the intent must be on or off" ;; esac
case $holder in holdback | operator) ;; *) finish refused "the holder must be holdback or operator" ;; esac
take_order "maintenance $intent"
case $intent in on) turn_on ;; off) turn_off ;; esac
