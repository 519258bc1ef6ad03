# count: has CARP count its service checks, Holdback's latch among them, and says what demotes this firewall. Part
# of the installation: the hooks read it in, and a person runs it (docs/firewall.md). Follows counter.sh.
# Input: how=-d does not wait for configd; how=boot does without it.

# At boot configd may be late; the program behind its action needs none.
run_checks() {
  case ${how-} in
  -d) configctl -d interface update carp service_status ;;
  boot) timeout 30 carp_service_status ;;
  *) configctl interface update carp service_status ;;
  esac >/dev/null 2>&1
}

count() {
  drop_void_note
  read_counter || return
  # An order that holds the lock mends the counter itself.
  if ! adds_up; then
    true >"$lock" && exec 9>"$lock" && flock -n 9 && mend_counter
    exec 9>&-
  fi
  if ! adds_up; then
    logger -t holdback "demotion is $demotion, no sum of what demotes: service checks do not count until it is mended"
  elif ! latch_counts || flag_is_written; then
    run_checks
  fi
}

count
case ${how-} in
-d) ;;
boot)
  if read_counter && latch_is_armed && ! latch_counts; then
    logger -t holdback "the latch is armed and does not count: demotion is $demotion"
  fi
  ;;
*)
  read_counter || demotion=0
  if flag_is_written; then
    echo "demotion $demotion: maintenance mode is on"
  elif [ "$demotion" -eq 0 ]; then
    echo "demotion 0: nothing demotes this firewall"
  else
    echo "demotion $demotion: $(what_is_left 0)"
  fi
  ;;
esac
