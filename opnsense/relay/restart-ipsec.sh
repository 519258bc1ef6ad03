# restart-ipsec through a relay: restart IPsec once on a firewall that is held and serves nothing. Follows
# command-guard.sh. The caller counts how often; this refuses wherever a restart could cost traffic.

begin holdback-restart-ipsec-1
take_order "restart of IPsec"
[ "$flag" = on ] || [ "$demotion" -ge "$SERVICE" ] || finish refused "this firewall is not held"
states=$(print_addresses)
case $states in
'') finish failed "$firewall shows no CARP address" ;;
*' MASTER '*) finish refused "this firewall is MASTER: its tunnels may carry traffic" ;;
esac
said=$(api 125 POST ipsec/service/restart '{}')
case $said in
*'"response":"OK'*) finish changed "IPsec was restarted" ;;
*) finish failed "$firewall did not confirm the restart of IPsec: $said" ;;
esac
