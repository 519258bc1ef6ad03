# maintenance: put this firewall into CARP maintenance mode, or let it out. Never a toggle: read,
# compare, act, read again, under one lock. Follows order.sh.
# Input: SSM_Intent (on|off), SSM_Holder (holdback|operator).

intent=${SSM_Intent:?}
holder=${SSM_Holder:?}
released_now=no # the latch was let go for this order

# Tells CARP to run its service checks again; the latch is one of them.
update_service_status() { configctl interface update carp service_status >/dev/null 2>&1; }
# The latch is let go by the means that subtracts its own share; a check of it that was cut short is
# run again. What else fails goes on demoting.
let_latch_go() {
  if latch_is_armed; then
    true >"$released" && released_now=yes
  elif [ "$demotion" -lt "$SERVICE" ]; then
    return 0
  fi
  update_service_status
  look
}

note() { write "$state/hold" "$holder $frame $fence $(date +%s) $1"; } # note STATE: who holds
drop_note() { rm -f "$state/hold"; }

toggle() { # the system has no other command; what it did is in its answer
  case $(configctl interface carp_set_status maintenance 2>/dev/null) in
  *'"action":"enter_maintenance"'*) did=on ;;
  *'"action":"leave_maintenance"'*) did=off ;;
  *) did=unknown ;;
  esac
}

# Somebody else toggled between our look and our act: undo our toggle, which leaves their state.
toggle_to_intent() {
  toggle
  case $did in
  "$intent") return 0 ;;
  unknown) look && [ "$flag" = "$intent" ] ;; # its answer was lost, not always its effect
  *)
    toggle
    update_service_status # one of the two was a leave, which wipes what a service check had added
    look
    drop_note
    # Our toggle took MASTER away for a moment, which armed the latch.
    if [ "$intent" = off ]; then let_latch_go; fi
    [ "$flag" = "$intent" ] || finish failed "raced: the mode changed under us, and undoing our toggle was not seen"
    finish refused "raced: the mode changed under us and was left as it was found"
    ;;
  esac
}

turn_on() {
  if [ "$flag" = on ]; then let_latch_go; fi # takes a second, in which somebody may leave
  if [ "$flag" = on ]; then
    # Our own operation died after its toggle: it completes its note. Anybody else's stays theirs.
    if grep -q "^$holder $frame .* intended\$" "$state/hold" 2>/dev/null; then note entered; fi
    [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "the flag is set but demotion is $demotion: press maintenance twice in the web page"
    finish already "maintenance mode was on"
  fi
  [ "$demotion" -ge 0 ] || finish refused "demotion is negative: the counter is corrupt"
  note intended || finish refused "cannot write $state"
  toggle_to_intent || finish failed "configctl gave no answer that can be read"
  look
  let_latch_go
  [ "$flag" = on ] || finish failed "the flag did not stay: another writer replaced the configuration"
  [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "demotion is $demotion after entering"
  note entered || finish failed "entered, but the note could not be written"
  finish changed "entered maintenance mode"
}

# Refused means that it is as it was: a latch that was let go for this order holds again.
refuse_off() {
  if [ "$released_now" = yes ]; then
    rm -f "$released"
    update_service_status
    look
  fi
  finish refused "$1"
}

turn_off() {
  # Leaving resets the counter: nothing but the maintenance share may be left then.
  let_latch_go
  # Whoever left before us wiped what a service check had added: it counts again.
  if [ "$flag" = off ]; then update_service_status && look; fi
  if [ "$flag" = off ]; then
    [ "$demotion" -eq 0 ] || refuse_off "demotion is $demotion without maintenance mode: something else demotes"
    drop_note
    [ "$released_now" = yes ] && finish changed "the latch was let go"
    finish already "maintenance mode was off"
  fi
  [ "$demotion" -eq "$MAINTENANCE" ] ||
    refuse_off "demotion is $demotion, not $MAINTENANCE: leaving would hide another fault"
  toggle_to_intent || finish failed "configctl gave no answer that can be read"
  update_service_status # leaving reset the counter; a service check that fails must count again
  look
  [ "$flag" = off ] || finish failed "the flag did not go: another writer replaced the configuration"
  drop_note
  [ "$demotion" -eq 0 ] || finish failed "left, but demotion is $demotion"
  # What had begun to demote since our look lost its share when we left.
  print_addresses | grep -q ' INIT$' && finish failed "left, but a link went down meanwhile and no longer demotes: mend it, or enter again"
  ifconfig pfsync0 2>/dev/null | grep -q 'syncok: 0' && finish failed "left, but states began to be synchronised meanwhile: demotion turns negative at its end"
  finish changed "left maintenance mode"
}

begin holdback-maintenance-1
order="maintenance $intent"
case $intent in on | off) ;; *) finish refused "the intent must be on or off" ;; esac
case $holder in holdback | operator) ;; *) finish refused "the holder must be holdback or operator" ;; esac
take_order "maintenance $intent"
tunable_is_set && finish refused "net.inet.carp.demotion is set under Tunables, where it adds at every write: remove it"
case $intent in on) turn_on ;; off) turn_off ;; esac
