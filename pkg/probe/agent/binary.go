package agent

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Limits on reading the agent's program: its read-only data and the total, in
// bytes, and the time. For a program of 20 MB, 5 MB are read in a few
// milliseconds.
const (
	maxReadOnlyData = 48 << 20
	maxBinaryRead   = 64 << 20
	binaryPatience  = 500 * time.Millisecond
)

// An agentBinary is what the agent's program reveals about itself. Unknown
// fields are empty.
type agentBinary struct {
	// path is the file that was read, as shown to people.
	path string
	// version is the agent's.
	version string
	// goVersion is that of the toolchain ("go1.25.13"), defaults its
	// DefaultGODEBUG, and experiments its GOEXPERIMENT.
	goVersion, defaults, experiments string
	// unread is why the program could not be read. nil: it was.
	unread *observation.Failure
}

// agentBinary reads the first of the agent's programs that exists. If it has no
// build info, that of the worker next to it counts: both come from the same build.
func (p Reader) agentBinary(names []string) agentBinary {
	var out agentBinary
	for _, name := range names {
		if there, _ := p.Exists(name); there != observation.Yes {
			continue
		}
		out = p.readBinaryInTime(name, true)
		if out.goVersion == "" {
			worker := p.readBinaryInTime(workerBeside(name), false)
			if worker.goVersion != "" {
				worker.version = out.version
				return worker
			}
		}
		if out.goVersion != "" || out.version != "" {
			return out
		}
	}
	return out
}

// workerBeside returns the agent's worker, which is in the agent's directory
// (agent/appconfig/constants_unix.go, DefaultSSMAgentWorker).
func workerBeside(name string) string {
	at := strings.LastIndexByte(name, '/') + 1
	if strings.HasSuffix(name, ".exe") {
		return name[:at] + "ssm-agent-worker.exe"
	}
	return name[:at] + "ssm-agent-worker"
}

// readBinaryInTime is readBinary with a time limit, as a file system may hang.
func (p Reader) readBinaryInTime(name string, wantVersion bool) agentBinary {
	done := make(chan agentBinary, 1)
	go func() { done <- p.readBinary(name, wantVersion) }()
	late, stop := p.Heart.Now().After(binaryPatience)
	defer stop()
	select {
	case b := <-done:
		return b
	case <-late:
		return agentBinary{path: p.Shown(name), unread: &observation.Failure{Op: observation.OpRead, Kind: observation.KindTimeout, Text: p.Shown(name) + ": not read in time"}}
	}
}

// readBinary reads the build info and, if wanted, the version. They stay empty if
// the file is not a Go program.
func (p Reader) readBinary(name string, wantVersion bool) (out agentBinary) {
	out.path = p.Shown(name)
	f, failure := p.OpenFile(name)
	if failure != nil {
		out.unread = failure
		return out
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	at, ok := f.(io.ReaderAt)
	if !ok {
		return out
	}
	// The parsers expect well-formed files. A panic in one must not end the run.
	defer func() { _ = recover() }()
	r := &boundedReaderAt{r: at, left: maxBinaryRead}
	if info, err := buildinfo.Read(r); err == nil {
		out.goVersion = info.GoVersion
		for _, s := range info.Settings {
			switch s.Key {
			case "DefaultGODEBUG":
				out.defaults = s.Value
			case "GOEXPERIMENT":
				out.experiments = s.Value
			}
		}
	}
	if wantVersion {
		out.version = versionInData(readOnlyData(r))
	}
	return out
}

var errTooMuch = errors.New("more is read of a program than there is a use for")

// A boundedReaderAt returns an error after a number of bytes.
type boundedReaderAt struct {
	r    io.ReaderAt
	left int64
}

func (b *boundedReaderAt) ReadAt(out []byte, at int64) (int, error) {
	if b.left -= int64(len(out)); b.left < 0 {
		return 0, errTooMuch
	}
	return b.r.ReadAt(out, at)
}

// readOnlyData returns the section that holds the constants of a program, an ELF, PE
// or Mach-O file. It is empty if there is none.
func readOnlyData(r io.ReaderAt) io.Reader {
	var magic [4]byte
	_, _ = r.ReadAt(magic[:], 0) // a shorter file is of none of the formats
	var data io.Reader = strings.NewReader("")
	switch {
	case string(magic[:]) == elf.ELFMAG:
		if f, err := elf.NewFile(r); err == nil {
			if s := f.Section(".rodata"); s != nil {
				data = s.Open()
			}
		}
	case string(magic[:2]) == "MZ":
		if f, err := pe.NewFile(r); err == nil {
			if s := f.Section(".rdata"); s != nil {
				data = s.Open()
			}
		}
	default:
		if f, err := macho.NewFile(r); err == nil {
			if s := f.Section("__rodata"); s != nil {
				data = s.Open()
			}
		}
	}
	return io.LimitReader(data, maxReadOnlyData)
}

// versionMark precedes the version in the agent's constants, as the compiler folds
// the two ("SSM Agent version: " + Version in core/agent_parser.go;
// agent/version/version.go). The next constant follows the version without a
// separator.
const versionMark = "SSM Agent version: "

// versionBehindMark matches no digit after a leading zero: it belongs to the next
// constant.
var versionBehindMark = pattern(`^(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){3}`)

// maxVersion is the length of the longest version in bytes.
const maxVersion = 4*6 + 3

// versionInData finds the agent's version among its constants.
func versionInData(r io.Reader) string {
	// The end of each piece is kept: a mark and a version may cross into the next.
	const keep = len(versionMark) + maxVersion
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		data := buf[:kept+n]
		for from := 0; ; {
			i := bytes.Index(data[from:], []byte(versionMark))
			if i < 0 {
				break
			}
			behind := data[from+i+len(versionMark):]
			if err == nil && len(behind) < maxVersion {
				break // the next piece contains all of it
			}
			if v := versionBehindMark().Find(behind[:min(len(behind), maxVersion)]); v != nil {
				return string(v)
			}
			from += i + len(versionMark)
		}
		if err != nil {
			return ""
		}
		kept = copy(buf, data[len(data)-keep:])
	}
}
