package node

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

func TestInspectAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		p := bareNode(nil)
		p.Heart = beating(t)
		p.Files = probetest.HangingFS{MapFS: probetest.Root(map[string]string{"etc/resolv.conf": "nameserver 10.0.0.53\n"}), Name: "etc/resolv.conf", Hang: hang}
		time.Sleep(probetest.OddMoment)
		p.Heart.StandStill(10 * time.Second)
		time.AfterFunc(10*time.Second+probetest.OddMoment, func() { close(hang) })
		if got := p.Inspect(t.Context()); len(got.Resolver.Servers) != 1 {
			t.Errorf("nameservers %v: %v", got.Resolver.Servers, got.Resolver.Failure)
		}
	})
}
