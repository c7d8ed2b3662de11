package diagnose_test

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A JSON report contains everything that a run saw, and can be judged again elsewhere,
// without a network.
func ExampleJudge() {
	saved, err := os.ReadFile("testdata/report.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	var d struct{ Observations *observation.Observations }
	if err := json.Unmarshal(saved, &d); err != nil {
		fmt.Println(err)
		return
	}

	r := diagnose.Judge(d.Observations)
	fmt.Println("verdict:", r.Verdict)
	for _, c := range r.Capabilities {
		fmt.Println(c.Name, c.Verdict, c.Because)
	}
	for _, f := range r.Findings {
		fmt.Printf("%s %s: %s\n", f.Severity, f.Code, f.Title)
		for _, line := range f.Evidence {
			fmt.Println("  -", line)
		}
	}
	// Output:
	// verdict: fail
	// session-manager fail [connection-refused]
	// error connection-refused: the addresses of ssm refuse the connection
	//   - 10.0.1.101:443 (ssm.us-east-2.amazonaws.com): refused after 3.4ms
	//   - 10.0.3.101:443 (ssm.us-east-2.amazonaws.com): refused after 3.6ms
	// info agent-missing: there is no SSM Agent on this node
}
