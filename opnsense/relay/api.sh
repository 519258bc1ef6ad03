# What the scripts on a relay share: the REST API of one OPNsense firewall. Needs curl. Follows answer-framing.sh.
# Input: SSM_Firewall, the name of the firewall in Holdback's settings. What is known of it lies in
# /etc/holdback/<name>: url, pin (of its certificate), key (as OPNsense hands it out).
# shellcheck disable=SC2034,SC2317 # each script uses its part of what is set here

firewall=${SSM_Firewall:?the SSM agent is too old to pass parameters as environment variables}
case $firewall in . | ..) firewall= ;; esac # as folders they are words, too
is_word "$firewall" || { echo "SSM_Firewall is malformed" && exit 1; }
known=$root/etc/holdback/$firewall
state=$root/var/lib/holdback/$firewall
lock=$root/run/holdback-$firewall.lock

hold=$state/hold # who put it into maintenance mode through this relay
# There is such a file while the counter holds the share of an earlier hold, whose flag a save has wiped.
# The API can add 240 or reset to 0, and take nothing away: it goes when the firewall is let out.
stranded=$state/stranded

# The relay's shell holds an answer whole. Status of a thousand VPN connections is below a megabyte.
MOST_BYTES=2000000

# Nobody else may read the key, or change what is trusted.
key_is_private() { # shellcheck disable=SC2012 # one file of a known name
  ls -ln "$known/key" 2>/dev/null | awk -v me="$(id -u)" '{ exit !($1 ~ /^-r[w-]-------/ && $3 == me) }'
}

# The key goes to curl by a pipe: a command line is seen by every user of the machine.
credentials() {
  tr -d '\r' <"$known/key" | awk -F= '
    { value[$1] = substr($0, length($1) + 2) }
    END { printf "user = \"%s:%s\"\n", value["key"], value["secret"] }'
}

# Prints the answer, and nothing but JSON; else says why there is none, and fails. The certificate is
# self-signed as a rule, so that its pin says all: curl asks for it under --insecure, too. The type of a
# body is said only where there is one: with it an empty body is HTTP 400, of a GET, too (opnsense/core
# ApiControllerBase.php, parseJsonBodyData). curl's --max-filesize bounds no answer that comes in chunks.
api() { # api SECONDS METHOD PATH [BODY]
  key_is_private || { echo "$known/key is missing, or others may read it: chmod 600 and chown root" && return 1; }
  answer=$({
    credentials | curl -q -K - -sS --proto =https --noproxy '*' --insecure \
      --pinnedpubkey "$(cat "$known/pin")" --connect-timeout 5 --max-time "$1" -X "$2" \
      ${4:+-H} ${4:+"Content-Type: application/json"} ${4:+-d} ${4:+"$4"} \
      -w '\n%{http_code}\n' "$(cat "$known/url")/api/$3" 2>&1
    printf '%s' "$?"
  } | head -c "$MOST_BYTES")
  if [ "${#answer}" -ge "$MOST_BYTES" ]; then
    echo "$firewall answered $3 with more than $MOST_BYTES bytes: is this the right address?" && return 1
  fi
  code=${answer##*
}
  answer=${answer%
*}
  case $code in
  0) ;;
  7) echo "$firewall refuses the connection: is its web server running?" && return 1 ;;
  28) echo "$firewall gave no answer within $1 s: is it up, and is its configd running?" && return 1 ;;
  90) echo "the certificate of $firewall is not the one that was pinned: was it renewed? Run the relay document with Action=install" && return 1 ;;
  *) printf 'curl ended with %s: %.200s\n' "$code" "$answer" && return 1 ;;
  esac
  status=${answer##*
}
  answer=${answer%
*}
  case $status in
  200) ;;
  401) echo "$firewall does not accept the key (401)" && return 1 ;;
  403) echo "the user of the key may not use $3 (403): see its privileges in docs/relay.md" && return 1 ;;
  *) printf '%s answered %s with HTTP %s: %.200s\n' "$firewall" "$3" "$status" "$answer" && return 1 ;;
  esac
  case $answer in
  '{'*) printf '%s\n' "$answer" ;;
  *) printf '%s answered %s with no JSON: %.80s\n' "$firewall" "$3" "$answer" && return 1 ;;
  esac
}

# Flag, demotion and addresses in one answer. With configd down it still comes with 200, an empty
# "carp" and every address DISABLED (opnsense/core InterfaceController.php:296-355): no answer at all.
read_state() {
  flag=unknown demotion=unknown
  vips=$(api 12 GET diagnostics/interface/get_vip_status) || { why=$vips && return 1; }
  case $vips in
  *'"maintenancemode":true'*) flag=on ;;
  *'"maintenancemode":false'*) flag=off ;;
  *) why="$firewall does not say whether it is in maintenance mode: is configd running?" && return 1 ;;
  esac
  demotion=$(printf '%s\n' "$vips" | sed -n 's/.*"demotion":"\(-\{0,1\}[0-9]\{1,10\}\)".*/\1/p')
  is_number "$demotion" || { demotion=unknown why="$firewall does not say its demotion" && return 1; }
  # What a failing service check adds is judged apart.
  counter=$demotion
  if [ "$demotion" -ge "$SERVICE" ]; then counter=$((demotion - SERVICE)); fi
  unexplained=$counter
  if [ "$flag" = on ]; then unexplained=$((counter - MAINTENANCE)); fi
  if [ "$unexplained" -lt "$MAINTENANCE" ]; then rm -f "$stranded"; fi # a boot or a leave has reset the counter
  resting=0
  if [ "$flag" = on ] && [ -e "$stranded" ]; then resting=$MAINTENANCE; fi
}

print_addresses() { # vhid, state and interface of each address in the last observation
  printf '%s\n' "${vips-}" | awk '
    BEGIN { RS = "}" }
    function value(name) {
      if (!match($0, "\"" name "\":\"[^\"]*\"")) return ""
      return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
    }
    value("vhid") != "" {
      line = value("vhid") " " value("status") " " value("interface")
      if (!(line in seen)) print line
      seen[line] = 1
    }'
}
