package observation

import "testing"

// TestProofOfAWS compares every combination of the facts that decide with the contract's
// definition, written out.
func TestProofOfAWS(t *testing.T) {
	bools := []bool{false, true}
	n := 0
	for _, handshake := range []string{"none", "failed", "done"} {
		for _, verified := range bools {
			for _, issuer := range []string{"", "Amazon", "Contoso", "Amazon Trust"} {
				for _, reply := range []string{"none", "failed", "done"} {
					for _, id := range bools {
						for _, status := range []int{0, 200, 301, 403, 404, 500, 503} {
							var c Stages
							if handshake != "none" {
								c.Handshake = &Handshake{Verified: verified}
								if issuer != "" {
									c.Handshake.Certificates = []Certificate{{IssuerOrgs: []string{issuer}}, {IssuerOrgs: []string{"Amazon"}}}
								}
							}
							if handshake == "failed" {
								c.Handshake.Failure = &Failure{Op: OpHandshake, Kind: KindReset}
							}
							if reply != "none" {
								c.Reply = &Reply{Status: status}
								if id {
									c.Reply.RequestID = "1-2-3"
								}
							}
							if reply == "failed" {
								c.Reply.Failure = &Failure{Op: OpReply, Kind: KindClosed}
							}
							over := handshake == "done" && reply == "done"
							proof := over && (id || verified && issuer == "Amazon" && status != 0)
							if got := c.ProvesAWS(); got != proof {
								t.Errorf("handshake %s, verified %t, issuer %q, reply %s, id %t, status %d: proof %t, want %t", handshake, verified, issuer, reply, id, status, got, proof)
							}
							if got := c.Serves(); got != (proof && verified) {
								t.Errorf("handshake %s, verified %t, issuer %q, reply %s, id %t, status %d: serves %t, want %t", handshake, verified, issuer, reply, id, status, got, proof && verified)
							}
							n++
						}
					}
				}
			}
		}
	}
	if n != 3*2*4*3*2*7 {
		t.Errorf("%d combinations", n)
	}
}
