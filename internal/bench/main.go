// Command bench measures ssmcheck in the lab's network namespaces, at several
// distances, compares it with checking by hand, and enforces its limits. `make bench`
// runs it.
//
// It measures the built program from outside. It does not profile, and it is not a
// test: a loaded machine may exceed the limits.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab/netns"
)

// nodeCommand is the hidden command with which bench starts itself on the node.
const nodeCommand = "node"

func main() {
	if len(os.Args) > 1 && os.Args[1] == nodeCommand {
		exit(atNode(os.Args[2:], os.Stdout))
	}
	if len(os.Args) > 1 && os.Args[1] == plainCommand {
		exit(plain(os.Args[2:]))
	}
	var b bench
	var only, distances, keep string
	flag.StringVar(&b.bin, "bin", "bin", "`directory` of ssmcheck and ssmlab")
	flag.IntVar(&b.runs, "runs", 9, "how often each case is measured")
	flag.BoolVar(&b.manual, "by-hand", true, "also measure checking by hand")
	flag.StringVar(&only, "case", "", "measure only the case with this `name`")
	flag.StringVar(&distances, "rtt", "0s,20ms,100ms,200ms", "round trips to measure at")
	flag.StringVar(&keep, "keep", "", "also write the table into this `file`, between its marks")
	flag.Parse()
	if why := missing(); why != "" {
		fmt.Fprintln(os.Stderr, "SKIP:", why)
		if os.Getenv("CI") == "true" {
			os.Exit(1)
		}
		return
	}
	raisePriority()
	exit(b.run(only, distances, keep))
}

// errOverLimit means that a case took longer than its limit.
var errOverLimit = errors.New("a case is over its limit")

func (b bench) run(only, distances, keep string) (err error) {
	if b.bin, err = filepath.Abs(b.bin); err != nil {
		return err
	}
	for text := range strings.SplitSeq(distances, ",") {
		d, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		b.distances = append(b.distances, d)
	}
	rows, err := b.measure(only)
	if err != nil {
		return err
	}
	var table strings.Builder
	over := writeTable(&table, rows)
	slow, err := writeStart(&table, b.bin, 2*b.runs)
	if err != nil {
		return err
	}
	fmt.Print(table.String())
	if keep != "" {
		if err := keepIn(keep, table.String()); err != nil {
			return err
		}
	}
	if over || slow {
		return errOverLimit
	}
	return nil
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// missing returns why nothing can be measured here, or "".
func missing() string {
	if m := netns.Missing([]string{"ip", "nft", "dig", "nc", "openssl", "curl"}); len(m) > 0 {
		return "not installed: " + strings.Join(m, ", ")
	}
	f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
	if err != nil {
		return "the lab's delay needs a TUN device, and root: " + err.Error()
	}
	f.Close()
	if os.Geteuid() != 0 {
		return "the lab's delay needs root"
	}
	return ""
}
