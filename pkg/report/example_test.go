package report_test

import (
	"bytes"
	"fmt"
	"os"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// From saved facts to a report: elsewhere, or with a newer version than that which
// saved them.
func ExampleNew() {
	saved, err := os.Open("../diagnose/testdata/report.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer saved.Close()
	old, err := report.ReadJSON(saved)
	if err != nil {
		fmt.Println(err)
		return
	}

	d := report.New("1.2.3", diagnose.Judge(old.Observations), old.Observations)
	var page bytes.Buffer // a file, a response, os.Stdout
	if err := report.HTML(&page, d, report.HTMLOptions{}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(d.Verdict, d.Findings[0].Code, "exit status", d.ExitStatus(false))
	for _, c := range d.Capabilities {
		fmt.Println(c.Name, c.Verdict, c.Because)
	}
	// Output:
	// fail connection-refused exit status 1
	// session-manager fail [connection-refused]
}

// A saved report can be printed in another format, elsewhere.
func ExampleReadJSON() {
	var saved bytes.Buffer
	if err := report.JSON(&saved, broken()); err != nil {
		fmt.Println(err)
		return
	}

	d, err := report.ReadJSON(&saved)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Verdict, d.Findings[0].Code, d.Findings[0].Targets)
	// Output: fail endpoint-blocked [ssmmessages]
}

func ExampleText() {
	d := broken()
	d.Findings[0].Fix = d.Findings[0].Fix[:1]
	if err := report.Text(os.Stdout, d, report.TextOptions{Brief: true}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// FAIL  Session Manager cannot work: the private addresses of ssmmessages give no
	//       answer on port 443 (endpoint-blocked)
	// Fix   allow TCP 443 from 10.0.1.0/24 in the security group of the VPC endpoint
	//       com.amazonaws.us-east-2.ssmmessages
}
