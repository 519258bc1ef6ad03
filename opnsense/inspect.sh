# inspect: the raw facts of this firewall, in frames. Changes nothing that matters to traffic.
# Follows counter.sh.
# Input: SSM_Observation (id of this observation), SSM_Connections, SSM_Pings, SSM_Gateways (comma lists), SSM_VpcPrefix
# (an address of the VPC; empty: its route is not asked).

frame=${SSM_Observation:?the SSM agent is too old to pass parameters as environment variables}
connections=${SSM_Connections:?}
pings=${SSM_Pings:?}
gateways=${SSM_Gateways-} # an agent may drop a variable that is empty
vpc_prefix=${SSM_VpcPrefix-}

each() { # each COMMA-LIST COMMAND...: fails if the command fails for one of them
  list=$1
  shift
  saved=$IFS
  failed=0
  IFS=,
  for item in $list; do
    IFS=$saved
    "$@" "$item" || failed=1
  done
  IFS=$saved
  return "$failed"
}

clock() { printf 'now %s\n' "$(date +%s)" && sysctl -n kern.boottime; }

carp() {
  sysctl net.inet.carp.demotion net.inet.carp.allow net.inet.carp.preempt || return
  [ -r "$config" ] || return 1
  grep -c "$FLAG" "$config" # prints 0 and fails when it is not there
  if tunable_is_set; then echo tunable; fi
  if read_counter && latch_is_armed && ! latch_counts; then echo 'the latch is armed and does not count'; fi
}

# Only the expected connections are asked for: a firewall may have hundreds of others. Of strongSwan's
# answer the states and the bytes are kept and some hundred other values are not.
association() {
  printf 'connection %s\n' "$1"
  sas=$(swanctl --list-sas --raw --ike "$1") || { printf '%s\n' "$sas" && return 1; }
  printf '%s\n' "$sas" | sed -e 's/\([ {]state\)=/\1@/g' -e 's/\([ {]bytes-[a-z]*\)=/\1@/g' \
    -e 's/\([ {]\)[a-z0-9-]*=\[[^]]*\]/\1/g' -e 's/\([ {]\)[A-Za-z0-9-]*=[^ {}]*/\1/g' \
    -e 's/  */ /g' -e 's/@/=/g'
}
loaded() {
  conns=$(swanctl --list-conns --raw) || { printf '%.200s\n' "$conns" && return 1; }
  printf '%s\n' "$conns" | awk -v want=",$connections," '
    $1 == "list-conn" { name = substr($3, 2); if (index(want, "," name ",")) print name }'
}

# Bounded by -t: two seconds for a dead tunnel, less for one that answers.
ping_once() { printf 'ping %s\n' "$1" && ping -n -q -c 3 -i 0.3 -t 2 "$1" | grep 'packets'; }

gateway_states() {
  configctl interface gateways status | awk -v want=",$gateways," '
    BEGIN { RS = "}" }
    match($0, /"name":"[^"]*"/) {
      name = substr($0, RSTART + 8, RLENGTH - 9)
      if (index(want, "," name ",")) { sub(/^[^{]*\{(.*\{)?/, ""); print "{" $0 "}" }
    }'
}

latch_state() {
  if [ -x "$latch" ]; then echo installed; else echo absent; fi
  if [ -e "$released" ]; then echo released; else echo armed; fi
  if [ -r "$armed" ]; then cat "$armed"; fi
}

# Under the lock, so that no order can be half-way through.
hold_note() {
  if grep -q ' entered$' "$hold" 2>/dev/null && flag_is_absent; then
    true >"$lock" && exec 9>"$lock" && flock -n 9 && drop_void_note
  fi
  if [ -r "$hold" ]; then cat "$hold"; else echo none; fi
}
local_release() { if [ -r "$state/released-locally" ]; then cat "$state/released-locally"; else echo none; fi; }

# Not the default route: what leads to the VPC, if anything does.
route_to_vpc() { if [ -n "$vpc_prefix" ]; then route -n get "$vpc_prefix"; else echo 'not asked'; fi; }

rm -f "$good_checks" # Holdback is here: the local release begins to count again

# configctl comes last: if it hangs, what the kernel said has been printed before.
begin holdback-inspect-1
section clock 300 clock
section carp 300 carp
section addresses 2000 print_addresses
section latch 400 latch_state
section hold 300 hold_note
section local-release 200 local_release
section pfsync 1000 ifconfig pfsync0
section associations 6000 each "$connections" association
section loaded 1000 loaded
section route 900 route_to_vpc
section pings 2000 each "$pings" ping_once
section gateways 3000 gateway_states
begin end
