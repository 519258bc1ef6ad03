# inspect through a relay: the raw facts of one firewall, in frames. Follows api.sh.
# Input: SSM_Observation (id of this observation), SSM_Connections, SSM_Pings, SSM_Gateways (comma lists).

frame=${SSM_Observation:?the SSM agent is too old to pass parameters as environment variables}
connections=${SSM_Connections:?}
pings=${SSM_Pings:?}
gateways=${SSM_Gateways-} # unset is empty: an agent may leave empty ones out

# Where the first request got no answer the others would only wait as well.
api_if_read() {
  [ "$is_read" = yes ] || { echo "$why" && return 1; }
  api "$@"
}

carp() {
  [ "$is_read" = yes ] || { echo "$why" && return 1; }
  printf 'flag %s\ndemotion %s\nresting %s\n' "$flag" "$demotion" "$resting"
  printf '%s\n' "$vips" | sed -n 's/.*"allow":"\([01]\)".*/allow \1/p'
  hasync=$(api_if_read 6 GET core/hasync/get) || { echo "$hasync" && return 1; }
  printf '%s\n' "$hasync" | sed -n 's/.*"disablepreempt":"\([01]\)".*/disablepreempt \1/p'
}
addresses() {
  [ "$is_read" = yes ] || { echo "$why" && return 1; }
  print_addresses
}
uptime() {
  time=$(api_if_read 6 GET diagnostics/system/system_time) || { echo "$time" && return 1; }
  printf '%s\n' "$time" | sed -n 's/.*"uptime":"\([^"]*\)".*/uptime \1/p'
}

# A note whose maintenance mode was left since is void: whoever enters next is somebody else. Leaving
# resets the counter; where the share of a hold is still in it, a save has wiped the flag, and the note
# tells the next order whose share that is. The note is read before the flag, and the lock is held, so
# that no order can be half-way through.
note_before_reading() { cat "$hold" 2>/dev/null; }
hold_note() {
  case $flag/$note in
  off/*' entered') [ "$counter" -ge "$MAINTENANCE" ] || { true >"$lock" && exec 9>"$lock" && flock -n 9 && rm -f "$hold"; } ;;
  esac
  if [ -r "$hold" ]; then cat "$hold"; else echo none; fi
}

# Only what is expected: a firewall may have hundreds of other connections.
associations() {
  all=$(api_if_read 8 GET ipsec/sessions/search_phase1) || { echo "$all" && return 1; }
  connected=$(printf '%s\n' "$all" | awk -v want=",$connections," '
    BEGIN { RS = "}" }
    match($0, /"name":"[^"]*"/) {
      name = substr($0, RSTART + 8, RLENGTH - 9)
      if (index(want, "," name ",")) print name, /"connected":true/ ? "connected" : "loaded"
    }')
  printf '%s\n' "$connected" | while read -r name is; do
    [ -n "$name" ] || continue
    printf 'connection %s\n' "$name"
    [ "$is" = connected ] || continue
    children=$(api_if_read 8 POST ipsec/sessions/search_phase2 "{\"id\":\"$name\"}") || { echo "$children" && exit 1; }
    printf '%s\n' "$children" | awk '
      BEGIN { RS = "}" }
      match($0, /"state":"[A-Z]*"/) { print "child", substr($0, RSTART + 9, RLENGTH - 10) }'
  done
}

# The gateways that are asked for, and those that watch the tunnels' inside addresses.
gateway_states() {
  all=$(api_if_read 8 GET routes/gateway/status) || { echo "$all" && return 1; }
  printf '%s\n' "$all" | awk -v want=",$gateways," -v watched=",$pings," '
    BEGIN { RS = "}" }
    function value(name) {
      if (!match($0, "\"" name "\":\"[^\"]*\"")) return ""
      return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
    }
    index(want, "," value("name") ",") || index(watched, "," value("monitor") ",") {
      if (value("name") != "") { sub(/^[^{]*\{(.*\{)?/, ""); print "{" $0 "}" }
    }'
}

begin holdback-inspect-1
note=$(note_before_reading)
if read_state; then is_read=yes; else is_read=no; fi
section clock 200 date '+now %s'
section carp 400 carp
section addresses 3000 addresses
section hold 300 hold_note
section uptime 300 uptime
section associations 5000 associations
section gateways 6000 gateway_states
begin end
