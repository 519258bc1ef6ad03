# How a script takes an order: at most one at a time, none that is late, none that is older than one
# already seen. Follows common.sh on a firewall, api.sh on a relay.
# Input: SSM_Operation, SSM_Fence (number of the order), SSM_NotAfter (epoch seconds).

frame=${SSM_Operation:?the SSM agent is too old to pass parameters as environment variables}
fence=${SSM_Fence:?}
not_after=${SSM_NotAfter:?}
order=order
flag=unknown
demotion=unknown

finish() { # finish RESULT REASON: the one line that the caller decides on, and the state behind it
  logger -t holdback "$order${firewall:+ on $firewall} ($frame, fence $fence): $1 $2"
  begin outcome
  printf 'result %s\nreason %s\nflag %s\ndemotion %s\n' "$1" "$2" "$flag" "$demotion"
  end 0
  section addresses 3000 print_addresses
  begin end
  exit 0
}

take_order() { # take_order WHAT: returns with the lock held, and the state read
  order=$1
  { is_word "$frame" && is_count "$fence" && is_count "$not_after"; } || finish refused "a parameter is malformed"
  mkdir -p "$state" || finish refused "cannot create $state"
  true >"$lock" || finish refused "cannot open $lock"
  exec 9>"$lock" # a redirection that fails here would end the shell without a word
  flock -w 20 9 || finish refused "another command holds the lock"
  [ "$(date +%s)" -le "$not_after" ] || finish refused "the command is late: it was to act before $not_after"
  last_fence=$(cat "$state/fence" 2>/dev/null || echo 0)
  is_count "$last_fence" || finish refused "$state/fence does not hold a number; remove it by hand"
  [ "$fence" -ge "$last_fence" ] || finish refused "fence $fence is older than $last_fence: a newer operation has acted"
  write "$state/fence" "$fence" || finish refused "cannot write $state"
  read_state || finish failed "$why"
}
