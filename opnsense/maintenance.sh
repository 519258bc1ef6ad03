# maintenance: put this firewall into CARP maintenance mode, or let it out. Never a toggle: read,
# compare, act, read again, under one lock.
# Input: SSM_Intent (on|off), SSM_Operation, SSM_Holder (holdback|operator), SSM_Fence (number of the
# command; an older one than the last seen is refused), SSM_NotAfter (epoch seconds).

frame=${SSM_Operation:?the SSM agent is too old to pass parameters as environment variables}
intent=${SSM_Intent:?}
holder=${SSM_Holder:?}
fence=${SSM_Fence:?}
not_after=${SSM_NotAfter:?}

MAINTENANCE=240 # what entering adds (opnsense/core carp_set_status.php:53)

finish() { # finish RESULT REASON: the one line that the caller decides on, and the state behind it
  logger -t holdback "maintenance $intent ($frame, fence $fence): $1 $2"
  begin outcome
  printf 'result %s\nreason %s\nflag %s\ndemotion %s\n' "$1" "$2" "$flag" "$demotion"
  end 0
  section addresses print_addresses
  begin end
  exit 0
}
look() { read_flag && read_demotion; }
flag=unknown
demotion=unknown

# Tells CARP to run its service checks again; the latch is one of them.
update_service_status() { configctl interface update carp service_status >/dev/null 2>&1; }
latch_is_armed() { [ -x "$latch" ] && [ ! -e "$released" ]; }
let_latch_go() { : >"$released" && update_service_status; }

note() { # note STATE: who holds; written to a new file first, so that a crash leaves no half of it
  printf '%s %s %s %s %s\n' "$holder" "$frame" "$fence" "$(date +%s)" "$1" >"$state/hold.new" &&
    mv -f "$state/hold.new" "$state/hold"
}

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
    look
    rm -f "$state/hold"
    finish refused "raced: the mode changed under us and was left as it was found"
    ;;
  esac
}

turn_on() {
  if [ "$flag" = on ]; then
    latch_is_armed && let_latch_go && look
    # Our own operation died after its toggle: it completes its note. Anybody else's stays theirs.
    if grep -q "^$holder $frame .* intended\$" "$state/hold" 2>/dev/null; then note entered; fi
    [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "the flag is set but demotion is $demotion: press maintenance twice in the web page"
    finish already "maintenance mode was on"
  fi
  [ "$demotion" -ge 0 ] || finish refused "demotion is negative: the counter is corrupt"
  note intended || finish refused "cannot write $state"
  toggle_to_intent || finish failed "configctl gave no answer that can be read"
  latch_is_armed && let_latch_go
  look
  [ "$flag" = on ] || finish failed "the flag did not stay: another writer replaced the configuration"
  [ "$demotion" -ge "$MAINTENANCE" ] || finish failed "demotion is $demotion after entering"
  note entered || finish failed "entered, but the note could not be written"
  finish changed "entered maintenance mode"
}

turn_off() {
  # Leaving resets the counter. First the latch is let go by the means that subtracts its own share,
  # then nothing but the maintenance share may be left.
  latch_is_armed && let_latch_go && look && released_now=yes
  if [ "$flag" = off ]; then
    [ "$demotion" -eq 0 ] || finish refused "demotion is $demotion without maintenance mode: something else demotes"
    rm -f "$state/hold"
    [ "${released_now:-no}" = yes ] && finish changed "the latch was let go"
    finish already "maintenance mode was off"
  fi
  [ "$demotion" -eq "$MAINTENANCE" ] ||
    finish refused "demotion is $demotion, not $MAINTENANCE: leaving would hide another fault"
  toggle_to_intent || finish failed "configctl gave no answer that can be read"
  update_service_status # leaving reset the counter; a service check that fails must count again
  look
  [ "$flag" = off ] || finish failed "the flag did not go: another writer replaced the configuration"
  rm -f "$state/hold"
  [ "$demotion" -eq 0 ] || finish failed "left, but demotion is $demotion"
  finish changed "left maintenance mode"
}

begin holdback-maintenance-1
{ is_word "$frame" && is_count "$fence" && is_count "$not_after"; } || finish refused "a parameter is malformed"
case $intent in on | off) ;; *) finish refused "the intent must be on or off" ;; esac
case $holder in holdback | operator) ;; *) finish refused "the holder must be holdback or operator" ;; esac

mkdir -p "$state" || finish refused "cannot create $state"
exec 9>"$lock" || finish refused "cannot open $lock"
flock -w 20 9 || finish refused "another command holds the lock"
[ "$(date +%s)" -le "$not_after" ] || finish refused "the command is late: it was to act before $not_after"
last_fence=$(cat "$state/fence" 2>/dev/null || echo 0)
is_count "$last_fence" || finish refused "$state/fence does not hold a number; remove it by hand"
[ "$fence" -ge "$last_fence" ] || finish refused "fence $fence is older than $last_fence: a newer operation has acted"
{ printf '%s\n' "$fence" >"$state/fence.new" && mv -f "$state/fence.new" "$state/fence"; } ||
  finish refused "cannot write $state"
tunable_is_set && finish refused "net.inet.carp.demotion is set under Tunables, where it adds at every write: remove it"

look
{ [ "$flag" != unknown ] && [ "$demotion" != unknown ]; } || finish failed "configctl gave no answer that can be read"
case $intent in on) turn_on ;; off) turn_off ;; esac
