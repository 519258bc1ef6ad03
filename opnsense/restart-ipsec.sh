# restart-ipsec: restart IPsec once on a firewall that is held and serves nothing. Follows command-guard.sh.
# The caller counts how often; this refuses wherever a restart could cost traffic.

begin holdback-restart-ipsec-1
take_order "restart of IPsec"
# Only what counts holds: a latch that the service check missed does not, nor a flag without its share.
split_counter
{ [ "$flag" = on ] && [ "$rest" -ge "$MAINTENANCE" ]; } || latch_counts || finish refused "this firewall is not held"
states=$(print_addresses) || finish failed "ifconfig gave no answer that can be read"
case $states in
'') finish failed "ifconfig shows no CARP address" ;;
*MASTER*) finish refused "this firewall is MASTER: its tunnels may carry traffic" ;;
esac
# A script_output action would print; this kind prints OK, or Error and a number (opnsense/core
# src/opnsense/service/modules/actions/script.py:36-46).
case $(configctl ipsec restart 2>/dev/null) in
OK) finish changed "IPsec was restarted" ;;
*) finish failed "configctl did not confirm the restart of IPsec" ;;
esac
