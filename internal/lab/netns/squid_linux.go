package netns

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// newProxy writes the configuration of a proxy's program.
func newProxy(p *lab.Proxy, r *lab.Running) (*engine, error) {
	if p.Engine == lab.Mitmdump {
		return newMitmdump(p, r)
	}
	return newSquid(p)
}

// newSquid writes the configuration of squid. A proxy with a User accepts no
// credentials: the scenarios need the refusal.
func newSquid(p *lab.Proxy) (*engine, error) {
	dir := filepath.Join(workDir, "squid")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `http_port %s
pid_filename none
cache_log %s/cache.log
access_log none
cache_store_log none
coredump_dir %s
netdb_filename none
pinger_enable off
cache deny all
cache_mem 1 MB
shutdown_lifetime 0 seconds
max_filedescriptors 1024
visible_hostname proxy.corp.example
dns_nameservers %s
hosts_file none
`, p.Address, dir, dir, lab.InternetDNS)
	for i, h := range p.Denies {
		if h == "*" {
			b.WriteString("http_access deny all\n")
			continue
		}
		fmt.Fprintf(&b, "acl denied%d dstdomain %s\nhttp_access deny denied%d\n", i, h, i)
	}
	if p.User != "" {
		b.WriteString("auth_param basic program /bin/false\nauth_param basic children 1 startup=0\nauth_param basic realm proxy\nacl known proxy_auth REQUIRED\nhttp_access deny !known\n")
	}
	b.WriteString("http_access allow all\n")
	file := filepath.Join(dir, "conf")
	e := &engine{name: "squid", args: []string{"-N", "-d", "1", "-f", file}, at: p.Address, ended: make(chan error, 1), unprivileged: true}
	return e, os.WriteFile(file, []byte(b.String()), 0o644)
}
