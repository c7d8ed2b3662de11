package diagnose

import (
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// writeOption says which line of resolv.conf sets an option, and how the line
// reads with another value. A line of options is written as a whole, so that the
// others on it have to be kept.
func (f *facts) writeOption(name, value string) string {
	lines := f.o.Node.Resolver.Options
	for i := len(lines) - 1; i >= 0; i-- { // the last value counts
		if line, ok := withOption(lines[i], name, value); ok {
			return "write `" + line + "` in " + f.resolverFile() + ", line " + strconv.Itoa(lines[i].Line)
		}
	}
	return "set the option " + name + ":" + value + " in " + f.resolverFile() + f.whereSet() +
		", beside the options that are there"
}

// withOption is a line of options with another value of one of them. It is not
// ok if the line does not have that option, or cannot be shown as it is.
func withOption(l observation.FileLine, name, value string) (string, bool) {
	words, found := strings.Fields(l.Text), false
	kept := words[:0:0]
	for i, w := range words {
		if i == 0 || !strings.HasPrefix(w, name+":") {
			kept = append(kept, w)
			continue
		}
		if !found {
			kept = append(kept, name+":"+value)
		}
		found = true
	}
	line := strings.Join(kept, " ")
	return line, found && quote.Printable(line) && !strings.Contains(line, "`")
}
