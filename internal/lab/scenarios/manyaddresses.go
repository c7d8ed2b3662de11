package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// eightAddresses are the worlds in which S3 has eight addresses, as it really has.
func eightAddresses() []Scenario {
	old := func(action Action, n ...int) Fault {
		return func(w *World) {
			for _, i := range n {
				onWay(w, Way{To: single(w.Names[w.Host("s3")].Public[i]), Network: "tcp", Port: 443, Action: action})
			}
		}
	}
	return []Scenario{
		{
			Name: "s3-eight-addresses", Title: "S3 has eight addresses, and all of them answer",
			Base: NATPublic, Faults: []Fault{eightOfS3},
			Want: Want{Verdict: "pass", Status: 0},
		},
		{
			Name: "s3-one-of-eight-dropped", Title: "a firewall with an old list drops the last of S3's eight addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(Drop, 7)},
			Want: warns("endpoint-partly-blocked"),
		},
		{
			Name: "s3-one-of-eight-rejected", Title: "a firewall with an old list rejects one of S3's eight addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(RejectAdmin, 4)},
			Want: warns("endpoint-partly-blocked"),
		},
		{
			Name: "s3-two-of-eight-dropped", Title: "a firewall with an old list drops the first two of S3's eight addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(Drop, 0, 1)},
			Want: warns("endpoint-partly-blocked"),
		},
		{
			Name: "s3-eight-dropped", Title: "a firewall drops all eight of S3's addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(Drop, 0, 1, 2, 3, 4, 5, 6, 7)},
			Want: fails("s3-blocked", "s3", amazonSSM),
		},
	}
}

// eightOfS3 gives S3's own name eight addresses.
func eightOfS3(w *World) {
	host := w.Host("s3")
	r := w.Names[host]
	first := w.EdgesOf("s3", false)[0]
	for i := len(r.Public); i < 8; i++ {
		a := netip.AddrFrom4([4]byte{3, 5, 129, byte(10 + i)})
		e := *first
		e.Address = a
		w.Edges = append(w.Edges, &e)
		r.Public = append(r.Public, a)
	}
	w.Names[host] = r
}
