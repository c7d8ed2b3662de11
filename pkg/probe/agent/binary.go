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

// Bounds of what is read of the agent's program: the bytes of its read-only
// data, all bytes together, and the time. A program of 20 MB takes 5 MB and
// some milliseconds.
const (
	maxReadOnlyData = 48 << 20
	maxBinaryRead   = 64 << 20
	binaryPatience  = 500 * time.Millisecond
)

// An agentBinary is what the agent's program says of itself. What it does not
// say is empty.
type agentBinary struct {
	// path is the file that was read, as it is shown.
	path string
	// version is the agent's.
	version string
	// goVersion is that of the toolchain ("go1.25.13"), defaults its
	// DefaultGODEBUG, and experiments its GOEXPERIMENT.
	goVersion, defaults, experiments string
	// unread is why the program could not be read. nil: it was.
	unread *observation.Failure
}

// agentBinary reads the first of the agent's programs that there is, and for
// what that one does not say of its build the worker beside it, which the same
// build makes.
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

// workerBeside is the agent's worker, which stands in the agent's directory
// (agent/appconfig/constants_unix.go, DefaultSSMAgentWorker).
func workerBeside(name string) string {
	at := strings.LastIndexByte(name, '/') + 1
	if strings.HasSuffix(name, ".exe") {
		return name[:at] + "ssm-agent-worker.exe"
	}
	return name[:at] + "ssm-agent-worker"
}

// readBinaryInTime is readBinary that a file system which hangs does not hold
// up.
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

// readBinary reads the build info and, if wanted, the version. A file that is
// no program, or one of another kind, says nothing.
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
	// The parsers are made for well-formed files. A bug in one of them must not
	// end the run.
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

// A boundedReaderAt gives a number of bytes and then an error.
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

// readOnlyData gives the section that holds the constants of a program: of an
// ELF file, a Mach-O or a PE one. nil: there is none.
func readOnlyData(r io.ReaderAt) io.Reader {
	var magic [4]byte
	if _, err := r.ReadAt(magic[:], 0); err != nil {
		return nil
	}
	var offset, size int64
	switch {
	case string(magic[:]) == elf.ELFMAG:
		f, err := elf.NewFile(r)
		if err != nil {
			return nil
		}
		s := f.Section(".rodata")
		if s == nil || s.Type == elf.SHT_NOBITS {
			return nil
		}
		offset, size = int64(s.Offset), int64(s.FileSize)
	case magic[0] == 'M' && magic[1] == 'Z':
		f, err := pe.NewFile(r)
		if err != nil {
			return nil
		}
		s := f.Section(".rdata")
		if s == nil {
			return nil
		}
		offset, size = int64(s.Offset), int64(s.Size)
	default:
		f, err := macho.NewFile(r)
		if err != nil {
			return nil
		}
		s := f.Section("__rodata")
		if s == nil {
			return nil
		}
		offset, size = int64(s.Offset), int64(min(s.Size, maxReadOnlyData))
	}
	if offset < 0 || size < 0 {
		return nil
	}
	return io.NewSectionReader(r, offset, min(size, maxReadOnlyData))
}

// versionMark stands before the version among the agent's constants, as the
// compiler folds the two (agent/version/version.go; "SSM Agent version: " +
// Version of core/agent_parser.go). Behind the version the next constant
// begins, without a byte between them.
const versionMark = "SSM Agent version: "

// versionBehindMark takes no digit behind a zero: it is the next constant's.
var versionBehindMark = pattern(`^(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){3}`)

// maxVersion is the length of the longest version, in bytes.
const maxVersion = 4*6 + 3

// versionInData looks for the agent's version among its constants.
func versionInData(r io.Reader) string {
	if r == nil {
		return ""
	}
	// What is kept from one piece to the next may hold the mark and a version.
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
				break // the next piece has it whole
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
