package report

import "fmt"

// headline is the first thing that is read, often the only one: the verdict
// and the cause.
func (t *text) headline() {
	label := []part{t.verdict(t.d.Verdict)}
	what, causes := summary(t.d, t.o.Strict)
	switch len(causes) {
	case 0:
		t.para(bodyColumn, label, part{text: what, style: t.strong})
	case 1:
		t.para(bodyColumn, label, part{text: what + ": " + causes[0].Title, style: t.strong},
			say(" ("+string(causes[0].Code)+")"))
	default:
		t.para(bodyColumn, label, part{text: what + ":", style: t.strong})
		for i, f := range causes {
			n := fmt.Sprintf("%d.", i+1)
			t.para(bodyColumn+len(n)+1, []part{say("      " + n)},
				part{text: f.Title, style: t.strong}, say(" ("+string(f.Code)+")"))
		}
	}
}
