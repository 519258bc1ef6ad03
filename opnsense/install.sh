# install: put the latch on this firewall, take it off, or say whether it is there.
# Input: SSM_Action (install|remove|status), SSM_Operation. The functions latch_service_status,
# latch_on_carp_event and latch_on_config_write print the files; the document brings them along.

frame=${SSM_Operation:?the SSM agent is too old to pass parameters as environment variables}
action=${SSM_Action:?}
hooks=$root/usr/local/etc/rc.syshook.d
on_carp_event=$hooks/carp/05-holdback
on_config_write=$hooks/config/05-holdback

finish() { # finish RESULT REASON
  logger -t holdback "latch $action ($frame): $1 $2"
  begin outcome
  printf 'result %s\nreason %s\n' "$1" "$2"
  end 0
  begin end
  exit 0
}

put() { # put FILE FUNCTION: whole or not at all, so that no half-written hook can ever run
  mkdir -p "${1%/*}" && "$2" >"$1.new" && chmod 755 "$1.new" && mv -f "$1.new" "$1"
}

install_latch() {
  # Installing must not move traffic: a latch that is new starts let go.
  if [ ! -x "$latch" ]; then : >"$released"; fi
  put "$on_config_write" latch_on_config_write || finish failed "cannot write $on_config_write"
  put "$on_carp_event" latch_on_carp_event || finish failed "cannot write $on_carp_event"
  put "$latch" latch_service_status || finish failed "cannot write $latch"
  finish changed "installed"
}

remove_latch() {
  if [ -x "$latch" ] && [ ! -e "$released" ]; then
    finish refused "the latch holds this firewall: let it go first (touch $released, then configctl interface update carp service_status)"
  fi
  rm -f "$latch" "$on_carp_event" "$on_config_write" "$released" "$armed" "$lock"
  rm -rf "$state"
  finish changed "removed"
}

begin holdback-install-1
is_word "$frame" || finish refused "a parameter is malformed"
case $action in
install) install_latch ;;
remove) remove_latch ;;
status) if [ -x "$latch" ]; then finish already installed; else finish already absent; fi ;;
*) finish refused "the action must be install, remove or status" ;;
esac
