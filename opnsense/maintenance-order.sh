# What an order of maintenance mode is, on a firewall and through a relay: who wants which mode, what the
# toggle did, and the note of who holds. Follows command-guard.sh.
# Input: SSM_Intent (on|off), SSM_Holder (holdback|operator).
# shellcheck disable=SC2034,SC2317 # what is set and defined here is used by the script that follows

intent=${SSM_Intent:?}
holder=${SSM_Holder:?}

note() { write "$hold" "$holder $frame $fence $(date +%s) $1"; } # note STATE: who holds
# Our own operation died after its toggle: it completes its note. Anybody else's stays theirs.
complete_own_note() {
  if grep -q "^$holder $frame .* intended\$" "$hold" 2>/dev/null; then note entered; fi
}

# OPNsense has no other command than a toggle; what it did is in its answer.
read_toggle() { # read_toggle ANSWER
  case $1 in
  *'"action":"enter_maintenance"'*) did=on ;;
  *'"action":"leave_maintenance"'*) did=off ;;
  *) did=unknown ;;
  esac
}

take_maintenance_order() { # returns with the lock held, and the state read
  begin holdback-maintenance-1
  order="maintenance $intent"
  case $intent in on | off) ;; *) finish refused "the intent must be on or off" ;; esac
  case $holder in holdback | operator) ;; *) finish refused "the holder must be holdback or operator" ;; esac
  take_order "$order"
}
