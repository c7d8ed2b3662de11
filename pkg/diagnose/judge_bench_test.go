package diagnose_test

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// BenchmarkJudge judges real observations from the lab's network, of all capabilities:
// of a healthy one, and of one in which every target fails.
func BenchmarkJudge(b *testing.B) {
	for _, name := range []string{"two-nameservers", "tls-intercepted"} {
		b.Run(name, func(b *testing.B) {
			s, ok := scenarios.Find(name)
			if !ok {
				b.Fatal("the scenario is gone")
			}
			run, err := lab.Preflight(b.Context(), s, "--for", "all")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if r := diagnose.Judge(run.Seen); r.Verdict != run.Report.Verdict {
					b.Fatalf("verdict %q, wanted %q", r.Verdict, run.Report.Verdict)
				}
			}
		})
	}
}
