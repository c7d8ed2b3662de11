#!/bin/sh
# Runs a Windows program in the network of `ssmlab run`, in a prefix of its own, because
# wine's server opens the sockets. The disk consists of links to that of the prefix beside
# this script, the scenario's files where the SSM Agent has them on Windows, and NODE's
# drive_c; NODE/registry is appended to wine's system.reg.
# Usage: inside NODE PROGRAM [ARGUMENT ...]
set -eu
node=$1
shift
from=$(dirname "$0")/prefix
to=/run/wine
windows=$to/drive_c/windows
agent="$to/drive_c/Program Files/Amazon/SSM"
data=$to/drive_c/ProgramData/Amazon/SSM
mkdir -p "$windows" $to/dosdevices "$agent" "$data/Logs"
cp "$from"/*.reg "$from/.update-timestamp" $to
ln -s ../drive_c $to/dosdevices/c:
ln -s / $to/dosdevices/z:
cp -as "$from/drive_c/windows/system32" "$windows"
cp --remove-destination /etc/hosts "$windows/system32/drivers/etc/hosts"

copy() { [ ! -e "$1" ] || cp -rp "$1" "$2"; }
copy /etc/amazon/ssm/amazon-ssm-agent.json "$agent"
copy /etc/amazon/ssm/seelog.xml "$agent"
copy /var/lib/amazon/ssm/registration "$data"
copy /var/lib/amazon/ssm/runtimeconfig "$data"
for log in /var/log/amazon/ssm/*; do
	copy "$log" "$data/Logs"
done
copy "$node/drive_c" $to
cat "$node/registry" >>$to/system.reg
export WINEPREFIX=$to WINEDEBUG=-all DISPLAY=
# wineboot looks up this machine's name, so a silent nameserver must not delay it for
# long. On a busy machine the start of wine's services sometimes hangs: try it twice.
start() { RES_OPTIONS='timeout:1 attempts:1' timeout -k 1 30 /usr/lib/wine/wine64 wineboot >/dev/null 2>&1; }
start || {
	/usr/lib/wine/wineserver64 -k || true
	start
}
exec /usr/lib/wine/wine64 "$@"
