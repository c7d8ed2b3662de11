package diagnose_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// mark is in what must never be run or written.
const mark = "PWNED"

// hostile are texts that end a word of a command, or begin something else in it, if
// nothing prevents that: as they are, or as an output would spell or escape them.
var hostile = []string{
	"'; touch " + mark + "; '", "a\u2019; touch " + mark + "; \u2018b", "\u201c$(touch " + mark + ")\u201d", "\u2019", "\u201a\u201b", "…",
	"a\ntouch " + mark + "\n", "a\rtouch " + mark + "\r", "\x00", "\u0085touch " + mark, "\u2028touch " + mark + "\u2029", "\x1b[2J", "\u202e", "\u3164\u2800\u115f", "\xff",
	"`touch " + mark + "`", "$(touch " + mark + ")", "${" + mark + "}", "\\", "\\'", "a'b", `"`, `"; touch ` + mark + `; "`, "a;b", "|touch " + mark, "&touch " + mark, ">" + mark, "<" + mark, "(", ")",
	"-o" + mark, "--help", "@" + mark, "+" + mark, "=ls", "[a-z]*", "{a,b}", "[1-100]", "~root", "!!", "!touch", "#", "*", "?", " ", "  a  b", "%", "%n", "%5C", "$",
	"http://jo$(touch)" + mark + ":***@proxy:3128", "http://jo'x:***@proxy:3128", "http://***@proxy:3128", "http://corp%5Cjo:***@proxy:3128", `http://jo"x=:***@proxy:3128`, "http://proxy:3128/?a=" + mark,
	"socks5://jo%27;touch:***@proxy", "http://[fe80::1%25a;b]:3128", "C:\\a b\\" + mark, "/a b/it's " + mark, "A; touch " + mark, "GET /'; touch " + mark, "GET /{a,b}[1-9]", "", "1e5",
	strings.Repeat("a'", 3000),
}

// A mutator puts hostile text into a report. The same text is always replaced with the
// same one, so that what belongs together still does.
type mutator struct {
	*rand.Rand
	rate      float64
	texts     map[string]string
	addresses map[netip.Addr]netip.Addr
}

func newMutator(seed uint64) *mutator {
	r := rand.New(rand.NewPCG(seed, 9))
	return &mutator{r, []float64{0.02, 0.1, 0.3, 1}[r.IntN(4)], map[string]string{}, map[netip.Addr]netip.Addr{}}
}

func (m *mutator) any() string { return hostile[m.IntN(len(hostile))] }

func (m *mutator) text(s string) string {
	out, ok := m.texts[s]
	if ok {
		return out
	}
	out = s
	if m.Float64() < m.rate {
		switch at := m.IntN(len(s) + 1); m.IntN(4) {
		case 0:
			out = s + m.any()
		case 1:
			out = m.any() + s
		case 2:
			out = s[:at] + m.any() + s[at:]
		default:
			out = m.any()
		}
	}
	m.texts[s] = out
	return out
}

func (m *mutator) address(a netip.Addr) netip.Addr {
	out, ok := m.addresses[a]
	if ok {
		return out
	}
	out = a
	if m.Float64() < m.rate {
		if !a.Is6() {
			b := a.As4()
			out = netip.AddrFrom16([16]byte{0: 0xfd, 1: 0xec, 12: b[0], 13: b[1], 14: b[2], 15: b[3]})
		}
		out = out.WithZone(m.any())
	}
	m.addresses[a] = out
	return out
}

// change changes every string of a value, and every address.
func (m *mutator) change(v reflect.Value) {
	if !v.CanSet() && v.Kind() != reflect.Pointer {
		return
	}
	switch v.Kind() {
	case reflect.String:
		// What determines the kind of a value is rarely changed: otherwise nothing would be
		// found.
		if v.Type() == reflect.TypeFor[string]() || m.Float64() < 0.02 {
			v.SetString(m.text(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			m.change(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			m.change(v.Index(i))
		}
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String && v.Type().Elem().Kind() == reflect.String {
			for _, k := range v.MapKeys() {
				e := reflect.New(v.Type().Elem()).Elem()
				e.Set(v.MapIndex(k))
				m.change(e)
				v.SetMapIndex(k, e)
			}
		}
	case reflect.Struct:
		switch a := v.Addr().Interface().(type) {
		case *netip.Addr:
			if a.IsValid() {
				*a = m.address(*a)
			}
		case *netip.AddrPort:
			if a.IsValid() {
				*a = netip.AddrPortFrom(m.address(a.Addr()), a.Port())
			}
		case *netip.Prefix, *time.Time:
		default:
			for i := range v.NumField() {
				m.change(v.Field(i))
			}
		}
	}
}

// mutated is the nth of the mutated reports, of a node of one of the systems.
func mutated(worlds []func() *observation.Observations, n int) *observation.Observations {
	o := worlds[n%len(worlds)]()
	newMutator(uint64(n)).change(reflect.ValueOf(o))
	o.Node.OS = []string{"linux", "linux", "windows", "darwin"}[n/len(worlds)%4]
	if n%3 == 0 { // a node that lacks some commands
		for i, c := range observation.Commands() {
			if n>>(i%8)&1 == 1 {
				o.Node.MissingCommands = append(o.Node.MissingCommands, c)
			}
		}
	}
	return o
}
