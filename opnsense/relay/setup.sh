# setup of a relay for one firewall: where it is, which certificate it has, and whether everything that
# Holdback needs of it works. Follows api.sh.
# Input: SSM_Action (install|status|remove), SSM_Operation, SSM_Url, SSM_Pin.

frame=${SSM_Operation:?}
action=${SSM_Action:?}
url=${SSM_Url-}
pin=${SSM_Pin-}

finish() { # finish RESULT REASON
  logger -t holdback "relay $action for $firewall ($frame): $1 $2"
  begin outcome
  printf 'result %s\nreason %s\n' "$1" "$2"
  end 0
  begin end
  exit 0
}

# The public key of the certificate, in the form that curl's --pinnedpubkey takes.
fetch_certificate() { openssl s_client -connect "$1" </dev/null 2>/dev/null | openssl x509 2>/dev/null; }
pin_of() {
  printf 'sha256//%s' "$(openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64)"
}

differs() { [ "$(cat "$1" 2>/dev/null)" != "$2" ]; } # differs FILE TEXT

install_relay() {
  [ -n "$url" ] || finish refused "the address is missing: Url=https://<address of $firewall>"
  if [ -z "$pin" ]; then
    # Trust on first use would trust whoever answers: a person compares first.
    host=${url#https://}
    case $host in *:*) ;; *) host=$host:443 ;; esac
    certificate=$(fetch_certificate "$host")
    [ -n "$certificate" ] || finish failed "no certificate could be read from $host"
    print=$(printf '%s\n' "$certificate" | openssl x509 -noout -fingerprint -sha256)
    found=$(printf '%s\n' "$certificate" | pin_of)
    finish refused "compare ${print#*=} with the fingerprint of the web certificate on $firewall (System > Trust > Certificates), then run this again with Pin=$found"
  fi
  # The key goes to nobody but the one that it was made for.
  dropped=
  if [ -e "$known/key" ] && { differs "$known/url" "$url" || differs "$known/pin" "$pin"; }; then
    rm -f "$known/key" || finish failed "cannot remove $known/key"
    dropped="the key was made for another address or certificate and was removed: "
  fi
  { mkdir -p "$known" "$state" && write "$known/url" "$url" && write "$known/pin" "$pin"; } || finish failed "cannot write $known"
  [ -e "$known/key" ] || finish changed "${dropped}now put the key that OPNsense gave you into $known/key (owner root, mode 600), then run this with Action=status"
  finish changed "installed"
}

check() { # check WHAT PATH: asks and changes nothing
  if said=$(api 12 GET "$2"); then echo "ok $1"; else echo "wrong $1: $said"; fi
}
# A GET of the toggle does nothing (opnsense/core InterfaceController.php:363-372) but needs its privilege.
check_toggle() {
  said=$(api 12 GET diagnostics/interface/carp_status/maintenance)
  case $said in
  *'"message":"error"'*) echo "ok the key may toggle maintenance mode" ;;
  *'(403)'*) echo "wrong the key may not toggle maintenance mode (403): OPNsense up to 26.1.10 allows that only with the privilege All pages, later ones with Interfaces: Virtual IPs: Status" ;;
  *) echo "wrong toggle of maintenance mode: $said" ;;
  esac
}
checks() {
  for tool in curl awk flock openssl; do
    if command -v "$tool" >/dev/null; then echo "ok $tool"; else echo "missing $tool: install it"; fi
  done
  for file in url pin key; do
    if [ -r "$known/$file" ]; then echo "ok $known/$file"; else echo "missing $known/$file"; fi
  done
  key_is_private || { echo "wrong $known/key: chmod 600 and chown root" && return; }
  check "CARP status" diagnostics/interface/get_vip_status
  check_toggle
  check "IPsec sessions" ipsec/sessions/search_phase1
  check "gateways" routes/gateway/status
  check "high availability settings" core/hasync/get
  check "uptime" diagnostics/system/system_time
  case $(api 12 GET core/hasync/get) in
  *'"disablepreempt":"1"'*) echo "wrong preemption is off: System > High Availability > Disable preempt" ;;
  *'"disablepreempt":"0"'*) echo "ok preemption is on" ;;
  esac
}

begin holdback-relay-1
is_word "$frame" || finish refused "a parameter is malformed"
case $action in
install) install_relay ;;
status)
  report=$(checks)
  section checks 6000 printf '%s\n' "$report"
  case $report in
  *'wrong '* | *'missing '*) finish failed "not everything that is needed is there" ;;
  *) finish already "everything that is needed is there" ;;
  esac
  ;;
remove)
  rm -rf "$known" "$state" "$lock"
  rmdir "${known%/*}" "${state%/*}" 2>/dev/null # other firewalls may be left
  { [ -e "$known" ] || [ -e "$state" ]; } && finish failed "cannot remove $known and $state"
  finish changed "removed"
  ;;
*) finish refused "the action must be install, status or remove" ;;
esac
