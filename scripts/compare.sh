#!/bin/sh
# Compares ssmcheck with ssm-cli get-diagnostics in the lab, as root, and prints
# the table in docs/comparison.md: every scenario that is named after its cause,
# in which something required cannot work, and which has no proxy and needs no
# flag. The arguments are the paths of ssmlab, ssmcheck and ssm-cli
# (CGO_ENABLED=0 go build ./agent/cli-main in a checkout of amazon-ssm-agent).
set -eu
if [ "$1" = -inside ]; then
	shift
	for program in "$1 -o json" "$2 get-diagnostics"; do
		from=$(date +%s%N) status=0
		$program >"$3" 2>/dev/null || status=$?
		printf '%s %s ' "$status" $((($(date +%s%N) - from) / 1000000))
		case $program in
		*json) jq -r '[.findings[] | select(.severity == "error").code] | join(",")' "$3" ;;
		*) jq -r '[.DiagnosticsOutput[] | select(.Status == "Failed" or (.Status == "Skipped" and (.Check | startswith("Connectivity"))))
			| .Status + ":" + (.Check | sub("Connectivity to (?<n>.*) endpoint"; "\(.n)") | gsub(" "; "-"))] | join(",")' "$3" ;;
		esac
	done | paste -sd ' ' -
	exit
fi
lab=$1 ssmcheck=$2 cli=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

inside() { "$lab" run "$1" -- "$0" -inside "$ssmcheck" "$cli" "$work/out" </dev/null; }

"$ssmcheck" explain | grep -oE '^ *[a-z0-9]+(-[a-z0-9]+)+' | tr -d ' ' | sort >"$work/causes"
"$lab" list | awk '
	/^[a-z]/ { name = $1; if ($2 == "fail:" && $1 !~ /^proxy-/) scenario[++n] = $1 }
	/^    ssmcheck/ { flags[name] = 1 }
	END { for (i = 1; i <= n; i++) if (!(scenario[i] in flags)) print scenario[i] }
' | sort | comm -12 - "$work/causes" >"$work/scenarios"
# The lab has no STS and no agent, so some rows fail in a healthy network too.
inside private-vpc >"$work/healthy"
usual=$(cut -d ' ' -f 6 "$work/healthy" | tr ',' '\n')
echo "| scenario | ssmcheck | time | ssm-cli, and what it reports as failed | time |"
echo "| --- | --- | ---: | --- | ---: |"
while read -r scenario; do
	inside "$scenario" >"$work/line"
	read -r status ms causes cli_status cli_ms rows <"$work/line"
	rows=$(echo "$rows" | tr ',' '\n' | grep -vxF "$usual" | sed 's/Failed://; s/Skipped:.*/(skipped)/' | sort -u | paste -sd , - | sed 's/,/, /g')
	echo "| $scenario | $status: $causes | $ms ms | $cli_status: ${rows:-nothing} | $cli_ms ms |"
done <"$work/scenarios"
