# maintenance: put this firewall into CARP maintenance mode, or let it out. Never a toggle: read,
# compare, act, read again, under one lock. Follows maintenance-order.sh.

released_now=no # the latch was let go for this order
mended=no       # the counter was mended for this order
twice=$root/var/run/holdback.twice # while this is here, our 240 may be counted twice; boot ends both

# The latch is let go by the means that subtracts its own share; a check of it that was cut short is
# run again. What else fails goes on demoting.
let_latch_go() {
  split_counter
  if latch_is_armed; then
    true >"$released" && released_now=yes
  elif [ "$services" -lt 1 ]; then
    return 0
  fi
  update_service_status
  read_state
}

drop_note() { rm -f "$hold"; }

toggle() { read_toggle "$(configctl interface carp_set_status maintenance 2>/dev/null)"; }

# Somebody else toggled between our reading and our act: undo our toggle, which leaves their state.
toggle_to_intent() {
  toggle
  case $did in
  "$intent") return 0 ;;
  unknown) read_state && [ "$flag" = "$intent" ] && return 0 ;; # its answer was lost, not always its effect
  *)
    toggle
    update_service_status # one of the two was a leave, which wipes what a service check had added
    read_state
    drop_note
    rm -f "$twice"
    # Our toggle took MASTER away for a moment, which armed the latch.
    if [ "$intent" = off ]; then let_latch_go; fi
    [ "$flag" = "$intent" ] || finish failed "raced: the mode changed under us, and undoing our toggle was not seen"
    finish refused "raced: the mode changed under us and was left as it was found"
    ;;
  esac
  # The command counts before it writes (carp_set_status.php:48-49, 53-54): it may have died between the two.
  split_counter
  case $flag in
  off) [ "$rest" -lt "$MAINTENANCE" ] || finish failed "entering stopped half-way: the counter has its $MAINTENANCE, the flag is not set: repeat the order" ;;
  on) [ "$rest" -ge "$MAINTENANCE" ] || finish failed "leaving stopped half-way: the counter was reset, the flag is still set: repeat the order" ;;
  esac
  finish failed "configctl gave no answer that can be read"
}

# No flag, our note, and 240 that nothing else explains: entering died half-way, or a save that had read the
# configuration before our hold wrote the flag away. Two observations, because the command counts before it writes.
own_share_is_left() {
  [ "$flag" = off ] && [ -e "$hold" ] && share_is_left &&
    read_state && [ "$flag" = off ] && share_is_left
}
# An order that died between its toggle and this has left our 240 there twice.
count_once() {
  [ -e "$twice" ] || return 0
  split_counter
  passing_causes || return 0
  if [ "$((rest - passing * MAINTENANCE))" -ge "$((2 * MAINTENANCE))" ]; then
    add_to_counter "-$MAINTENANCE" "maintenance mode counted twice"
  fi
  rm -f "$twice"
}

# The flag without its 240: leaving died half-way, or it was entered when the counter was negative.
restore_share() {
  before=$demotion missing=$((MAINTENANCE - rest))
  # Somebody may be leaving right now.
  if read_state && [ "$flag" = on ] && [ "$demotion" = "$before" ] && passing_causes && [ "$passing" -eq 0 ]; then
    add_to_counter "$missing" "maintenance mode was on without it"
    read_state
    if [ "$flag" = off ]; then
      add_to_counter "-$missing" "maintenance mode was left meanwhile"
      finish refused "raced: maintenance mode was left under us"
    fi
    split_counter
    [ "$rest" -ge "$MAINTENANCE" ] && finish changed "maintenance mode was on without effect, and counts again"
  fi
  finish failed "the flag is $flag and demotion is $demotion: $(what_is_left "$((services * SERVICE + MAINTENANCE))")"
}

turn_on() {
  own=no
  if own_share_is_left; then own=yes; fi
  if [ "$flag" = on ]; then let_latch_go; fi # takes a second, in which somebody may leave
  if [ "$flag" = on ]; then
    complete_own_note
    split_counter
    if [ "$rest" -lt "$MAINTENANCE" ]; then restore_share; fi
    finish already "maintenance mode was on"
  fi
  adds_up || finish refused "demotion is $demotion, no sum of what demotes: $(what_is_left 0)"
  note intended || finish refused "cannot write $state"
  # Never less than 240 meanwhile: the second share comes first, then one goes.
  if [ "$own" = yes ]; then true >"$twice" || finish refused "cannot write $twice"; fi
  toggle_to_intent
  read_state
  count_once
  let_latch_go
  [ "$flag" = on ] || finish failed "the flag did not stay: another writer replaced the configuration: repeat the order"
  split_counter
  [ "$rest" -ge "$MAINTENANCE" ] || finish failed "demotion is $demotion after entering: repeat the order"
  note entered || finish failed "entered, but the note could not be written"
  [ "$own" = yes ] && finish changed "maintenance mode had lost its flag, and has it again"
  finish changed "entered maintenance mode"
}

# Refused means that it is as it was: a latch that was let go for this order holds again.
refuse_off() {
  if [ "$released_now" = yes ]; then
    rm -f "$released"
    update_service_status
    read_state
  fi
  finish refused "$1"
}

turn_off() {
  # Leaving resets the counter: nothing but the maintenance share may be left then.
  let_latch_go
  # Whoever left before us wiped what a service check had added: it counts again.
  if [ "$flag" = off ]; then update_service_status && read_state; fi
  took=no
  if own_share_is_left && [ "$demotion" -eq "$MAINTENANCE" ]; then
    add_to_counter "-$MAINTENANCE" "maintenance mode had lost its flag"
    took=yes
  fi
  # Leaving died half-way, or somebody is leaving right now.
  if [ "$flag" = on ] && [ "$demotion" -eq 0 ]; then read_state; fi
  if [ "$flag" = off ]; then
    [ "$demotion" -ge 0 ] || refuse_off "demotion is $demotion, less than nothing: $(what_is_left 0)"
    [ "$demotion" -eq 0 ] || refuse_off "demotion is $demotion without maintenance mode: something else demotes: $(what_is_left 0)"
    drop_note
    [ "$took" = yes ] && finish changed "maintenance mode had lost its flag, and no longer counts"
    [ "$released_now" = yes ] && finish changed "the latch was let go"
    [ "$mended" = yes ] && finish changed "the counter was mended"
    finish already "maintenance mode was off"
  fi
  # At 0 there is nothing that leaving could hide.
  [ "$demotion" -eq "$MAINTENANCE" ] || [ "$demotion" -eq 0 ] ||
    refuse_off "demotion is $demotion, not $MAINTENANCE: leaving would hide another fault: $(what_is_left "$MAINTENANCE")"
  toggle_to_intent
  update_service_status # leaving reset the counter; a service check that fails must count again
  read_state
  [ "$flag" = off ] || finish failed "the flag did not go: another writer replaced the configuration"
  drop_note
  [ "$demotion" -eq 0 ] || finish failed "left, but demotion is $demotion: $(what_is_left 0)"
  # What had begun to demote since our reading lost its share when we left.
  print_addresses | grep -q ' INIT$' && finish failed "left, but a link went down meanwhile and no longer demotes: mend it, or enter again"
  ifconfig pfsync0 2>/dev/null | grep -q 'syncok: 0' && finish failed "left, but states began to be synchronised meanwhile: demotion turns negative at its end"
  finish changed "left maintenance mode"
}

take_maintenance_order
tunable_is_set && finish refused "net.inet.carp.demotion is set under Tunables, where it adds at every write: remove it"
adds_up || { mend_counter && mended=yes; }
count_once
case $intent in on) turn_on ;; off) turn_off ;; esac
