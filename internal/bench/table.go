package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// writeTable writes the measurements, and reports whether a case exceeds a limit.
func writeTable(to io.Writer, rows []row) (over bool) {
	fmt.Fprintf(to, "%s, %s/%s, %d processors; load before and after: %s\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load())
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "case\tRTT\twall\tfastest\tpath\tratio\tlimit\t\tslowest target\tCPU\tof plain\tmemory\tpackets\tUDP sent\tby hand\t")
	for _, r := range rows {
		took := medianOf(r.Runs, wall)
		fastest, _ := extremesOf(r.Runs, wall)
		_, memory := extremesOf(r.Runs, resident)
		verdict := "ok"
		if r.over() {
			verdict, over = "OVER", true
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.1f MiB\t%d\t%d\t%s\t\n",
			r.name, milliseconds(r.rtt), milliseconds(took), milliseconds(fastest),
			milliseconds(r.path(r.rtt)), ratio(took, r.path(r.rtt)), milliseconds(r.longest()), verdict,
			milliseconds(r.Path), milliseconds(medianOf(r.Runs, cpu)), r.cpuRatioText(), float64(memory)/(1<<20),
			medianOf(r.Runs, packets), medianOf(r.Runs, datagrams), manual(r))
	}
	w.Flush()
	return over
}

// over reports whether a row exceeds a limit of its case.
func (r row) over() bool {
	_, memory := extremesOf(r.Runs, resident)
	return medianOf(r.Runs, wall) > r.longest() ||
		r.footprint && (r.cpuRatio() > maxCPURatio || memory > maxResident)
}

// cpuRatio is the processor time relative to the plain client's. 0: not measured.
func (r row) cpuRatio() float64 {
	if len(r.Plain) == 0 {
		return 0
	}
	return float64(medianOf(r.Runs, cpu)) / float64(max(1, medianOf(r.Plain, cpu)))
}

func (r row) cpuRatioText() string {
	if ratio := r.cpuRatio(); ratio > 0 {
		return fmt.Sprintf("%.2f", ratio)
	}
	return "-"
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

func ratio(took, path time.Duration) string {
	if path == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(took)/float64(path))
}

func manual(r row) string {
	switch {
	case r.Manual == nil:
		return "-"
	case r.Manual.gaveUp():
		return "> " + patience + " s"
	}
	return fmt.Sprintf("%.1f s", r.Manual.Wall.Seconds())
}

// load returns the load average of the last minute.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	before, _, _ := strings.Cut(string(b), " ")
	return before
}
