# inspect: the raw facts of this firewall, in frames. Changes nothing.
# Input: SSM_Look (id of this look), SSM_Connections, SSM_Pings, SSM_Gateways (comma lists).

frame=${SSM_Look:?the SSM agent is too old to pass parameters as environment variables}
connections=${SSM_Connections:?}
pings=${SSM_Pings:?}
gateways=${SSM_Gateways?}

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
  grep -c virtualip_carp_maintenancemode "$config" # prints 0 and fails when it is not there
  [ -r "$config" ] || return 1
  if tunable_is_set; then echo tunable; fi
}

# Only the expected connections are asked for: a firewall may have hundreds of others.
association() {
  printf 'connection %s\n' "$1"
  sas=$(swanctl --list-sas --raw --ike "$1") || return
  printf '%s\n' "$sas" | cut -c1-4000
}
loaded() {
  conns=$(swanctl --list-conns --raw) || return
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
hold_note() { if [ -r "$state/hold" ]; then cat "$state/hold"; else echo none; fi; }

# configctl comes last: if it hangs, what the kernel said has been printed before.
begin holdback-inspect-1
section clock clock
section carp carp
section addresses print_addresses
section latch latch_state
section hold hold_note
section pfsync ifconfig pfsync0
section associations each "$connections" association
section loaded loaded
section pings each "$pings" ping_once
section gateways gateway_states
begin end
