package netns

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// dropUpgrades is a script for mitmproxy that cuts WebSocket upgrades.
const dropUpgrades = `def request(flow):
    if flow.request.headers.get("upgrade", "").lower() == "websocket":
        flow.kill()
`

// newMitmdump writes the configuration of mitmproxy, which intercepts TLS.
func newMitmdump(p *lab.Proxy, r *lab.Running) (*engine, error) {
	dir := filepath.Join(workDir, "mitmproxy")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	ca, err := r.CA(p.Opens)
	if err != nil {
		return nil, err
	}
	amazon, err := r.CA(lab.Amazon)
	if err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"mitmproxy-ca.pem": ca, "amazon.pem": amazon, "drop.py": dropUpgrades} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	args := []string{
		"--quiet", "--listen-host", p.Address.Addr().String(), "--listen-port", strconv.Itoa(int(p.Address.Port())),
		"--set", "confdir=" + dir, "--set", "ssl_verify_upstream_trusted_ca=" + filepath.Join(dir, "amazon.pem"),
	}
	if p.DropUpgrade {
		args = append(args, "--scripts", filepath.Join(dir, "drop.py"))
	}
	return &engine{name: "mitmdump", args: args, at: p.Address, ended: make(chan error, 1)}, nil
}
