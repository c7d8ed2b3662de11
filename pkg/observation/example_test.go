package observation_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The facts of a run are the member "observations" of its JSON report. A stage
// that failed says what was being done and why it did not succeed; the stages
// after it were not tried.
func ExampleObservations() {
	saved, err := os.ReadFile("../diagnose/testdata/report.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	var d struct{ Observations *observation.Observations }
	if err := json.Unmarshal(saved, &d); err != nil {
		fmt.Println(err)
		return
	}

	fmt.Println("the run:", d.Observations.Ending)
	for _, t := range d.Observations.Targets {
		for _, a := range t.Addresses {
			attempt, _ := a.Settled() // the repeat, if the first one failed
			if failure := attempt.Failure(); failure != nil {
				fmt.Println(t.Name, a.Class, a.Address, failure.Op, failure.Kind)
			} else {
				fmt.Println(t.Name, a.Class, a.Address, "HTTP", attempt.Reply.Status)
			}
		}
	}
	// Output:
	// the run: complete
	// ssm private 10.0.1.101 connect refused
	// ssm private 10.0.3.101 connect refused
	// ssmmessages private 10.0.1.102 HTTP 404
	// ssmmessages private 10.0.3.102 HTTP 404
}

// Shared address space counts as private, and so does a VPC's own block of
// public addresses if it is given.
func ExampleClassify() {
	vpc := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	for _, address := range []string{"10.0.1.101", "100.64.3.4", "198.51.100.7", "52.94.10.10", "127.0.0.53"} {
		fmt.Println(address, observation.Classify(netip.MustParseAddr(address), vpc))
	}
	// Output:
	// 10.0.1.101 private
	// 100.64.3.4 private
	// 198.51.100.7 private
	// 52.94.10.10 public
	// 127.0.0.53 loopback
}
