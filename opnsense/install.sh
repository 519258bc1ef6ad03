# install: put Holdback's files on this firewall, bring them up to date, take them off, or say what is
# there. Idempotent; verified. Follows counter.sh.
# Input: SSM_Action (install|update|remove|status), SSM_Operation, SSM_Role (preferred|standby: a standby
# gets what keeps an agent's registration, and no latch), SSM_LocalReleaseSeconds (0: never),
# SSM_Connections, SSM_Pings, SSM_Gateways (comma lists, for the local release). The functions
# called file_... print the files; the document brings them along.

frame=${SSM_Operation:?the SSM agent is too old to pass parameters as environment variables}
action=${SSM_Action:?}
role=${SSM_Role:-preferred}
local_release_seconds=${SSM_LocalReleaseSeconds:-0}
connections=${SSM_Connections-} pings=${SSM_Pings-} gateways=${SSM_Gateways-}

hooks=$root/usr/local/etc/rc.syshook.d
conf=$root/usr/local/etc/holdback.conf
vault=$root/var/run/amazon/ssm/Vault
folders=$state/folders # that were not there before us, to be taken away again

# Every file that may be installed, and what prints it; the latch last, when its hooks are there.
files() {
  echo "file_restore_registration $hooks/early/50-holdback"
  echo "file_keep_registration $hooks/stop/02-holdback"
  echo "file_count $root/usr/local/libexec/holdback-count"
  echo "file_on_config_write $hooks/config/05-holdback"
  echo "file_on_carp_event $hooks/carp/05-holdback"
  echo "file_on_stop $hooks/stop/01-holdback"
  echo "file_on_boot $hooks/start/89-holdback"
  echo "file_conf $conf"
  echo "file_maintenance $root/usr/local/libexec/holdback-maintenance"
  echo "file_release_locally $root/usr/local/libexec/holdback-release-locally"
  echo "file_cron $root/usr/local/etc/cron.d/holdback"
  echo "file_service_status $latch"
}
file_conf() {
  printf "after_seconds=%s\nconnections='%s'\npings='%s'\ngateways='%s'\n" \
    "$local_release_seconds" "$connections" "$pings" "$gateways"
}
# cron reads this folder every minute (opnsense/core src/etc/inc/system.inc:1143).
file_cron() { printf '* * * * * root /usr/local/libexec/holdback-release-locally\n'; }

wanted() { # wanted FUNCTION: whether this firewall gets the file
  case $1 in
  # Only an agent that lost its registration at boot needs it back; one on EC2 has none.
  file_restore_registration | file_keep_registration) [ -e "$vault/Store/RegistrationKey" ] || [ -d "$state/ssm" ] ;;
  file_conf | file_maintenance | file_release_locally | file_cron) [ "$role" = preferred ] && [ "$local_release_seconds" -gt 0 ] ;;
  *) [ "$role" = preferred ] ;;
  esac
}

finish() { # finish RESULT REASON
  logger -t holdback "$action ($frame): $1 $2"
  begin outcome
  printf 'result %s\nreason %s\n' "$1" "$2"
  end 0
  begin end
  exit 0
}

make_folder() { # make_folder FOLDER: with its parents, each written down first
  [ -d "$1" ] && return
  make_folder "${1%/*}" && printf '%s\n' "$1" >>"$folders" && mkdir -m 755 "$1"
}
is_current() { [ -x "$2" ] && [ ! -L "$2" ] && "$1" | cmp -s - "$2"; }
put() { # put FUNCTION FILE: whole or not at all, so that no half-written hook can ever run
  make_folder "${2%/*}" && "$1" >"$2.new" && chmod 755 "$2.new" && mv -f "$2.new" "$2" && is_current "$1" "$2"
}

refuse_if_latch_holds() {
  if latch_is_armed; then
    finish refused "the latch holds this firewall: let it go first (touch $released && $root/usr/local/libexec/holdback-count)"
  fi
}

install_files() {
  old=no changed=no
  if [ -x "$latch" ]; then old=yes; elif [ "$role" = preferred ]; then true >"$released"; fi # a new latch starts let go: no traffic moves
  if [ "$role" = standby ]; then
    refuse_if_latch_holds
    [ "$old" = no ] || changed=yes
    rm -f "$latch" "$released" "$armed" # without its hooks nothing would let it go
  fi
  mkdir -p "$state" || finish failed "cannot create $state"
  if [ -d "$vault" ] && [ ! -L "$vault" ]; then
    { mkdir -p "$state/ssm" && cp -Rp "$vault/." "$state/ssm/"; } || finish failed "cannot copy the agent's registration"
  fi
  while read -r print file; do
    if ! wanted "$print"; then
      if [ -e "$file" ]; then rm -f "$file" && changed=yes; fi
    elif ! is_current "$print" "$file"; then
      put "$print" "$file" || finish failed "cannot write $file"
      changed=yes
    fi
  done <<LIST
$(files)
LIST
  [ "$changed" = yes ] || finish already "everything is current"
  # The system must agree that nothing new fails; a latch that was armed before goes on.
  if [ "$role" = preferred ] || [ "$old" = yes ]; then update_service_status; fi
  if [ "$old" = yes ]; then finish changed "updated"; else finish changed "installed"; fi
}

remove_files() {
  refuse_if_latch_holds
  if flag_is_written && grep -q '^holdback ' "$state/hold" 2>/dev/null; then
    finish refused "Holdback holds this firewall in maintenance mode: release it first"
  fi
  # The latch first: without its hooks nothing would let it go.
  rm -f "$latch"
  files | while read -r _ file; do rm -f "$file" "$file.new"; done
  if [ -L "$vault" ]; then rm -f "$vault" && cp -Rp "$state/ssm" "$vault"; fi
  sort -r "$folders" 2>/dev/null | while read -r folder; do
    rmdir "$folder" 2>/dev/null # fails where somebody else uses it by now
  done
  rm -rf "$state" "$released" "$armed" "$good_checks" "$lock" "$root/var/run/holdback.twice" "$root/var/run/holdback.local" "$root/var/run/holdback.local.lock"
  left=$(files | while read -r _ file; do if [ -e "$file" ]; then echo "$file"; fi; done)
  [ -z "$left" ] || finish failed "cannot remove $left"
  finish changed "removed"
}

describe() {
  files | while read -r print file; do
    if [ ! -e "$file" ]; then echo "absent $file"; continue; fi
    if is_current "$print" "$file"; then echo "current $file"; else echo "different $file"; fi
  done
  if latch_is_armed; then echo "the latch holds: $(cat "$armed" 2>/dev/null)"; fi
  if [ -r "$state/hold" ]; then echo "hold note: $(cat "$state/hold")"; fi
}

begin holdback-install-1
# Root reads these in (release-locally): nothing else may be in them.
case $connections,$gateways in *[!A-Za-z0-9._,-]*) finish refused "a parameter is malformed: Connections or Gateways" ;; esac
case $pings in *[!0-9.,]*) finish refused "a parameter is malformed: Pings" ;; esac
{ is_word "$frame" && is_count "$local_release_seconds"; } || finish refused "a parameter is malformed"
case $role in preferred | standby) ;; *) finish refused "the role must be preferred or standby" ;; esac
true >"$lock" || finish failed "cannot open $lock"
exec 9>"$lock" # a redirection that fails here would end the shell without a word
flock -w 20 9 || finish refused "another command holds the lock"
case $action in
install | update) install_files ;;
remove) remove_files ;;
status)
  section files 4000 describe
  if [ -x "$latch" ] || { [ "$role" = standby ] && [ -e "$hooks/early/50-holdback" ]; }; then finish already installed; else finish already absent; fi
  ;;
*) finish refused "the action must be install, update, remove or status" ;;
esac
