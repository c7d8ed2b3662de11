package main

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// Checking by hand: the commands that AWS's documentation and support recommend, for
// one host after another. Each attempt is limited to three seconds, although few people
// would think of that.
const (
	direct = `for host; do
	dig +short +time=3 +tries=2 "$host"
	nc -vz -w 3 "$host" 443
	timeout 3 openssl s_client -connect "$host:443" -servername "$host" </dev/null
	curl -sS -o /dev/null --max-time 3 "https://$host/"
done`
	proxied = `for host; do
	timeout 3 openssl s_client -proxy "${HTTPS_PROXY#http://}" -connect "$host:443" -servername "$host" </dev/null
	curl -sS -o /dev/null --max-time 3 "https://$host/"
done`
	// patience is the number of seconds after which a person gives up.
	patience = "60"
)

// handCommand returns the command that runs a script for every host of a report.
func handCommand(script string, d *report.Document) []string {
	var hosts []string
	for _, t := range d.Targets {
		if t.Host != "" && !slices.Contains(hosts, t.Host) {
			hosts = append(hosts, t.Host)
		}
	}
	return append([]string{"timeout", patience, "sh", "-c", script, "sh"}, hosts...)
}

// gaveUp reports whether the commands took longer than patience.
func (s sample) gaveUp() bool { return s.Status == 124 } // timeout(1)
