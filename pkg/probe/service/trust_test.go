package service

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
)

func TestTrustConfig(t *testing.T) {
	if len(handshake.StoreFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	p := Reader{files.Machine{Getenv: func(name string) string { return map[string]string{"SSL_CERT_FILE": "/shell.pem"}[name] }}}
	agent := newEnvironment()
	agent.set(assignment{"SSL_CERT_DIR", "/a:/b"}, "/etc/default/agent")
	if got, want := p.TrustConfig(agent).TrustConfig, (observation.TrustConfig{Directories: "/a:/b", From: "/etc/default/agent", ShellDiffers: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	without := bareService(nil)
	if got, want := without.TrustConfig(agent).TrustConfig, (observation.TrustConfig{Directories: "/a:/b", From: "/etc/default/agent"}); got != want {
		t.Errorf("a shell without: got %+v, want %+v", got, want)
	}
	if got, want := p.TrustConfig(p.ownEnvironment()).TrustConfig, (observation.TrustConfig{File: "/shell.pem", From: "ssmcheck's own environment"}); got != want {
		t.Errorf("without an agent: got %+v, want %+v", got, want)
	}
}
