package agentlog

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	mainLog  = "var/log/amazon/ssm/amazon-ssm-agent.log"
	errorLog = "var/log/amazon/ssm/errors.log"
	asleep   = "var/log/amazon/ssm/hibernate.log"
)

// A sample is a line of the agent's, and the signature that it must have.
type sample struct{ ID, Kind, Gives, Sample string }

func samples(t testing.TB) []sample {
	t.Helper()
	b, err := os.ReadFile("testdata/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// first classifies a line as Read does.
func first(t testing.TB, line string) (id string, values map[string]string) {
	t.Helper()
	from := fromMain
	if strings.Contains(line, "Backing off") {
		from = fromHibernation
	}
	recs := records(line, &observation.AgentLogFile{}, from)
	if len(recs) != 1 {
		t.Fatalf("%q: %d records, want 1", line, len(recs))
	}
	r := reader{signatures: signatures()}
	_, framed := channelOf(&recs[0])
	s, found := r.classify(&recs[0], framed)
	if s == nil {
		return "", nil
	}
	values = map[string]string{}
	for _, v := range found {
		values[v.name] = v.text
	}
	return s.id, values
}

func TestSignatures_recogniseTheirSamples(t *testing.T) {
	all := samples(t)
	if len(all) != 78 {
		t.Errorf("%d samples, want 78", len(all))
	}
	has := map[string]bool{}
	for _, s := range signatures() {
		has[s.id] = true
	}
	for _, s := range all {
		if !has[s.ID] {
			t.Errorf("%s: no pattern", s.ID)
		}
		if id, _ := first(t, s.Sample); id != s.Gives {
			t.Errorf("%s: got %q, want %q:\n%s", s.ID, id, s.Gives, s.Sample)
		}
	}
}

func TestSignatures_passOrdinaryLinesOver(t *testing.T) {
	for _, line := range []string{
		"INFO [ssm-agent-worker] [MessageService] [MessageHandler] started idempotency deletion thread",
		"INFO [ssm-agent-worker] [MessageService] [MGSInteractor] send control channel message, message type: agent_job_ack",
		"INFO [amazon-ssm-agent] [LongRunningWorkerContainer] [WorkerProvider] Worker ssm-agent-worker is not running, starting worker process",
		"INFO Checking if agent identity type EC2 can be assumed",
		"INFO [CredentialRefresher] Next credential rotation will be in 29.98 minutes",
		"INFO [ssm-document-worker] [0f1e2d3c] document execution succeeded: the disk has no space left on device /dev/sdb",
		"INFO [ssm-agent-worker] [LongRunningPluginsManager] There are no long running plugins currently getting executed - skipping their healthcheck",
		"INFO Agent will take identity from EC2",
		"WARN [ssm-agent-worker] [MessageService] [Association] Schedule manager refreshed with 0 associations, 0 new associations associated",
		"INFO [amazon-ssm-agent] using named pipe channel for IPC",
	} {
		if id, _ := first(t, "2026-09-14 08:02:09.1021 "+line); id != "" {
			t.Errorf("%q is recognised as %s", line, id)
		}
	}
}

func TestSignatures_giveValues(t *testing.T) {
	for _, test := range []struct {
		line string
		want map[string]string
	}{
		{"ERROR [HealthCheck] x dial tcp: lookup ssm.eu-west-1.amazonaws.com on 10.0.0.2:53: no such host", map[string]string{"host": "ssm.eu-west-1.amazonaws.com", "server": "10.0.0.2:53"}},
		{"ERROR [HealthCheck] x dial tcp: lookup ssm.eu-west-1.amazonaws.com: no such host", map[string]string{"host": "ssm.eu-west-1.amazonaws.com"}},
		{"ERROR [HealthCheck] x dial tcp [2001:db8::101]:443: i/o timeout", map[string]string{"address": "[2001:db8::101]:443"}},
		{"WARN EC2RoleProvider x is not authorized to perform: ssm:UpdateInstanceInformation on resource: y", map[string]string{"action": "UpdateInstanceInformation"}},
		{"WARN [MGSInteractor] Failed to dial websocket, status: 403 Forbidden, err: websocket: bad handshake", map[string]string{"detail": "403"}},
	} {
		if _, got := first(t, "2026-09-14 08:02:09 "+test.line); cmp.Diff(test.want, got) != "" {
			t.Errorf("%s: got %v, want %v", test.line, got, test.want)
		}
	}
}

func look(files fs.FS) observation.AgentLog {
	return Read(files, "linux", func(name string) string { return "/" + name })
}

// written returns a node whose main log has these lines, each of which begins with its time.
func written(lines ...string) fstest.MapFS {
	return fstest.MapFS{mainLog: {Data: []byte(strings.Join(lines, "\n") + "\n"), Mode: 0o644}}
}

// ids are the lines of a log: "id channel count first last".
func ids(log observation.AgentLog) []string {
	var all []string
	for _, l := range log.Lines {
		all = append(all, strings.Join([]string{l.ID, string(l.Channel), string(rune('0' + l.Count)), string(l.First[11:]), string(l.Last[11:])}, " "))
	}
	return all
}

const (
	day     = "2026-09-14 "
	started = " INFO [amazon-ssm-agent] amazon-ssm-agent - v3.3.5226.0"
	denied  = " WARN EC2RoleProvider Failed to connect to Systems Manager with instance profile role credentials. Err: retrieved credentials failed to report to ssm. Error: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/r/i-1 is not authorized to perform: ssm:UpdateInstanceInformation on resource: x"
	role    = " INFO EC2RoleProvider Successfully connected with instance profile role credentials"
	worker  = " INFO [ssm-agent-worker] ssm-agent-worker - v3.3.5226.0"
	opened  = " INFO [ssm-agent-worker] [MessageService] [MGSInteractor] Set up control channel successfully"
	refused = " ERROR [ssm-agent-worker] [MessageService] [MGSInteractor] Error setting up control channel: x dial tcp 10.0.1.7:443: connect: connection refused"
	beat    = " INFO [ssm-agent-worker] [HealthCheck] HealthCheck reporting agent health."
	missed  = " ERROR [ssm-agent-worker] [HealthCheck] error when calling AWS APIs. error details - RequestError: send request failed\ncaused by: Post \"https://ssm.eu-west-1.amazonaws.com/\": dial tcp 10.0.1.101:443: i/o timeout"
	full    = " WARN [ssm-document-worker] open /var/lib/x: no space left on device"
	cut     = " WARN [ssm-agent-worker] [MessageService] [MGSInteractor] Reach the retry limit 5 for receive messages. Error: websocket: close 1006 (abnormal closure): unexpected EOF"
	sleeps  = " INFO [ssm-agent-worker] Entering SSM Agent hibernate - AccessDeniedException: x is not authorized to perform: ssm:UpdateInstanceInformation on resource: y"
)

func TestRead_countsWhatIsCurrent(t *testing.T) {
	at := func(clock, line string) string { return day + clock + line }
	for _, test := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"a denial counts until it succeeds, however old", []string{at("01:00:00", started), at("01:00:01", denied), at("23:00:00", " INFO x")}, []string{"uii-denied credentials 1 01:00:01 01:00:01"}},
		{"it succeeded", []string{at("01:00:01", denied), at("01:27:00", role)}, nil},
		{"the worker was started", []string{at("01:00:01", denied), at("01:27:00", worker)}, nil},
		{"the channel was opened", []string{at("01:00:01", denied), at("01:27:00", opened)}, nil},
		{"the agent was started again", []string{at("01:00:01", denied), at("01:27:00", started)}, nil},
		{"it succeeded, and then was denied", []string{at("01:00:00.1234", role), at("01:27:00.1234", denied), at("02:27:00", denied)}, []string{"uii-denied credentials 2 01:27:00 02:27:00"}},
		{"the channel is not cleared by the worker", []string{at("01:00:00", refused), at("01:01:00", worker), at("05:00:00", role)}, []string{"tcp-refused ssmmessages 1 01:00:00 01:00:00"}},
		{"the channel is cleared by the channel", []string{at("01:00:00", refused), at("01:01:00", opened)}, nil},
		{"a heartbeat failed", []string{at("01:00:00", beat), at("01:00:30", missed)}, []string{"tcp-timeout heartbeat 1 01:00:30 01:00:30"}},
		{"one more is sent, and its answer is out", []string{at("01:00:00", beat), at("01:00:30", missed), at("01:05:00", beat)}, []string{"tcp-timeout heartbeat 1 01:00:30 01:00:30"}},
		{"one succeeded", []string{at("01:00:00", beat), at("01:00:30", missed), at("01:05:00", beat), at("01:10:00", beat)}, nil},
		{"anything else counts for an hour", []string{at("01:00:00", full), at("02:10:00", full), at("03:00:00", " INFO x")}, []string{"disk-full  1 02:10:00 02:10:00"}},
		{"cuts count for a day, whatever succeeds", []string{at("01:00:00", cut), at("01:00:05", opened), at("14:00:00", cut), at("14:00:05", opened)}, []string{"ws-1006  2 01:00:00 14:00:00"}},
		{"hibernation is kept beside its cause", []string{at("01:00:00", started), at("01:00:05", sleeps)}, []string{"hibernate credentials 1 01:00:05 01:00:05", "uii-denied credentials 1 01:00:05 01:00:05"}},
		{"what is normal with all logging on", []string{at("01:00:00", " DEBUG [ssm-agent-worker] [MessageService] [MDSInteractor] x Client.Timeout exceeded while awaiting headers")}, nil},
		{"the long poll's end", []string{at("01:00:00", " ERROR [ssm-agent-worker] [MessageService] [MDSInteractor] x Client.Timeout exceeded while awaiting headers")}, nil},
		{"a clock years off, put right", []string{"2019-01-01 00:00:09 WARN x: no space left on device", at("01:00:00", full), at("01:00:01", full)}, []string{"disk-full  2 01:00:00 01:00:01"}},
		{"a clock put back by years", []string{at("01:00:00", denied), "2019-01-01 00:00:09 INFO EC2RoleProvider Successfully connected with instance profile role credentials"}, nil},
	} {
		if diff := cmp.Diff(test.want, ids(look(written(test.lines...)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestRead_start(t *testing.T) {
	log := look(written(day+"01:00:00"+started, day+"01:00:01"+denied, day+"03:00:00 INFO [CredentialRefresher] x"))
	if log.Worker != observation.No || log.LastStart != day+"01:00:00" || log.Version != "3.3.5226.0" || log.Newest != day+"03:00:00" {
		t.Errorf("got %+v, want no worker since the start at 01:00:00", log)
	}
	if log := look(written(day+"01:00:00"+started, day+"01:00:05"+worker)); log.Worker != observation.Yes {
		t.Errorf("worker %q, want yes", log.Worker)
	}
	if log := look(written(day + "01:00:05 INFO x")); log.Worker != observation.Unknown {
		t.Errorf("worker %q without a start, want not known", log.Worker)
	}
	// Far more than is read follows the start.
	long := strings.Repeat(day+"02:00:00 INFO [CredentialRefresher] something\n", 40000)
	log = look(written(day+"01:00:00"+started, day+"01:00:05"+worker, long))
	if log.LastStart != day+"01:00:00" || log.Worker != observation.Yes {
		t.Errorf("start %q, worker %q; want 01:00:00 and yes", log.LastStart, log.Worker)
	}
	log = look(written(day+"01:00:00"+started, long, day+"03:00:00"+denied))
	if log.LastStart != day+"01:00:00" || log.Worker != observation.No || len(log.Lines) != 1 {
		t.Errorf("got %+v, want the start at 01:00:00, no worker, one line", log)
	}
}

func TestRead_otherFiles(t *testing.T) {
	files := written(day+"05:00:00 INFO x", day+"05:10:00"+refused)
	files[mainLog+".3"] = &fstest.MapFile{Data: []byte(day + "04:00:00" + started + "\n" + day + "04:00:01" + denied + "\n")}
	files[mainLog+".2"] = &fstest.MapFile{Data: []byte(day + "03:00:00" + refused + "\n")}
	files[errorLog] = &fstest.MapFile{Data: []byte(day + "05:10:00" + refused + "\n")}
	files[asleep] = &fstest.MapFile{Data: []byte(day + "03:59:00 INFO Agent is in hibernate mode\n" + day + "05:20:00 INFO Agent is in hibernate mode. Reducing logging.\n")}
	log := look(files)
	want := []string{"uii-denied credentials 1 04:00:01 04:00:01", "tcp-refused ssmmessages 1 05:10:00 05:10:00", "hibernate-mode credentials 1 05:20:00 05:20:00"}
	if diff := cmp.Diff(want, ids(log)); diff != "" || log.LastStart != day+"04:00:00" {
		t.Errorf("start %q; lines (-want +got):\n%s", log.LastStart, diff)
	}

	// Without the main log, successes are not known.
	delete(files, mainLog)
	delete(files, asleep)
	files[errorLog].Data = []byte(day + "01:00:00" + refused + "\n" + day + "05:10:00" + refused + "\n")
	if diff := cmp.Diff([]string{"tcp-refused ssmmessages 1 05:10:00 05:10:00"}, ids(look(files))); diff != "" {
		t.Errorf("errors.log alone (-want +got):\n%s", diff)
	}
}

func TestRead_systems(t *testing.T) {
	data := &fstest.MapFile{Data: []byte(day + "01:00:00" + refused + "\n")}
	for _, test := range []struct{ system, name string }{
		{"linux", mainLog}, {"darwin", mainLog},
		{"windows", "ProgramData/Amazon/SSM/Logs/amazon-ssm-agent.log"},
		{"windows", "ProgramData/Amazon/SSM/Logs/ssm-agent-worker.log"},
	} {
		log := Read(fstest.MapFS{test.name: data}, test.system, func(s string) string { return s })
		if len(log.Lines) != 1 || log.Lines[0].File != test.name {
			t.Errorf("%s: %+v, want the line of %s", test.system, log.Lines, test.name)
		}
	}
}

// Whatever is in the log, there is no panic, secret or control character, and it is read in time.
func TestRead_badLogs(t *testing.T) {
	secrets := "WARN [MGSInteractor] Failed to dial websocket: http://svc:SeCrEtPaSs@proxy.corp.example:3128/?X-Amz-Signature=deadbeefSIGNATURE \x1b[31mred svc:SeCrEtPaSs@proxy AKIDEXAMPLE0123456789abcdefghijklmnop0123 https_proxy=http://a:SeCrEtPaSs@b"
	for name, data := range map[string]string{
		"no newline":    strings.Repeat("x", 30<<20),
		"a record":      day + "01:00:00 ERROR " + strings.Repeat("dial tcp ", 4<<20),
		"NULs":          strings.Repeat("\x00", 30<<20),
		"newlines":      strings.Repeat("\n", 4<<20),
		"every pattern": strings.Repeat(day+"01:00:00 ERROR [HealthCheck] dial tcp lookup read tcp x509: proxyconnect 169.254.169.254 EC2MetadataError unexpected response from the service\n", 40000),
		"one pattern":   strings.Repeat(day+"01:00:00 ERROR "+strings.Repeat("169.254.169.254", 300)+"\n", 100),
		"latin-1":       day + "01:00:00 ERROR Registration failed due to \xe4\xf6\xfc\n",
		"a key":         day + "01:00:00 ERROR [MGSInteractor] Error setting up control channel: key AKIDEXAMPLE0123456789abcdefghijklmnop0123 of svc:SeCrEtPaSs@proxy\n",
		"secrets":       strings.Repeat(day+"01:00:00 "+secrets+"\n", 3),
	} {
		log := look(written(data))
		b, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"SeCrEtPaSs", "SIGNATURE", "AKIDEXAMPLE", `\u001b`} {
			if strings.Contains(string(b), bad) {
				t.Errorf("%s: %q stands in %s", name, bad, b)
			}
		}
	}
	utf16 := "\xff\xfe"
	for _, c := range []byte(day + "01:00:00" + denied + "\r\n") {
		utf16 += string([]byte{c, 0})
	}
	if diff := cmp.Diff([]string{"uii-denied credentials 1 01:00:00 01:00:00"}, ids(look(written(utf16)))); diff != "" {
		t.Errorf("UTF-16 (-want +got):\n%s", diff)
	}
}

// From a file that shrinks while it is read, what is left is returned.
type shrinking struct{ fstest.MapFS }

func (s shrinking) Open(name string) (fs.File, error) {
	f, err := s.MapFS.Open(name)
	return grown{f}, err
}

type grown struct{ fs.File }

func (g grown) Stat() (fs.FileInfo, error) {
	info, err := g.File.Stat()
	return size{info}, err
}

func (g grown) ReadAt(b []byte, at int64) (int, error) {
	return g.File.(interface {
		ReadAt([]byte, int64) (int, error)
	}).ReadAt(b, at)
}

type size struct{ fs.FileInfo }

func (s size) Size() int64 { return s.FileInfo.Size() + 100 }

func TestRead_rotatedMeanwhile(t *testing.T) {
	log := look(shrinking{written(day + "01:00:00" + denied)})
	if diff := cmp.Diff([]string{"uii-denied credentials 1 01:00:00 01:00:00"}, ids(log)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRead_oddFiles(t *testing.T) {
	for name, file := range map[string]*fstest.MapFile{
		"FIFO":      {Mode: fs.ModeNamedPipe | 0o644},
		"device":    {Mode: fs.ModeDevice | fs.ModeCharDevice | 0o644},
		"directory": {Mode: fs.ModeDir | 0o755},
	} {
		log := look(fstest.MapFS{mainLog: file})
		if len(log.Files) != 1 || !log.Files[0].Failure.Of(observation.KindOther) || log.Newest != "" {
			t.Errorf("%s: %+v, want a failure of kind other", name, log)
		}
	}
	if log := look(fstest.MapFS{}); log.Files != nil {
		t.Errorf("no log: %+v, want nothing", log)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range samples(f) {
		f.Add([]byte(s.Sample), []byte("<rollingfile filename=\"/a/b\">"))
	}
	f.Fuzz(func(t *testing.T, data, config []byte) {
		files := written(string(data))
		files[asleep] = &fstest.MapFile{Data: data}
		files["etc/amazon/ssm/seelog.xml"] = &fstest.MapFile{Data: config}
		log := look(files)
		if len(log.Lines) > observation.MaxAgentLogLines {
			t.Errorf("%d lines", len(log.Lines))
		}
		for _, l := range log.Lines {
			if l.Count < 1 || len(l.Detail) > observation.MaxExcerpt || len(l.Host) > observation.MaxExcerpt {
				t.Errorf("line %+v", l)
			}
			if _, err := time.Parse(time.DateTime, string(l.Last)); err != nil {
				t.Error(err)
			}
		}
	})
}

// The largest logs that the agent keeps: of a node on which every heartbeat and every
// channel fails, and of one on which nothing does, started long ago.
func BenchmarkRead_largest(b *testing.B) {
	for name, lines := range map[string]string{
		"failures": day + "08:00:05.0001" + beat + "\n" + day + "08:00:05.1000" + missed + "\n" + day + "08:00:06.1000" + refused + "\n",
		"healthy":  day + "08:00:05.0001" + beat + "\n",
		"hostile":  day + "01:00:00 ERROR " + strings.Repeat("169.254.169.254 dial tcp x read tcp y ", 100) + "\n",
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			if err := os.MkdirAll(dir+"/var/log/amazon/ssm", 0o755); err != nil {
				b.Fatal(err)
			}
			text := day + "07:00:00.0001" + started + "\n" + strings.Repeat(lines, 30<<20/len(lines))
			for _, name := range []string{mainLog, errorLog, asleep} {
				if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				if log := look(os.DirFS(dir)); log.Newest == "" {
					b.Fatal("nothing was read")
				}
			}
		})
	}
}

// The ids that a report may contain are those in the table.
func TestSignatures_areListed(t *testing.T) {
	has := map[string]bool{}
	for _, s := range signatures() {
		switch s.id {
		case "credentials-good", "worker-start", "channel-good", "health-report", "start", "proxy-env":
			continue // in members of their own, or in none
		}
		has[s.id] = s.kind != noise
	}
	for _, id := range strings.Fields(observation.AgentLogIDs) {
		if !has[id] {
			t.Errorf("%s is no signature", id)
		}
		has[id] = false
	}
	for id, missing := range has {
		if missing {
			t.Errorf("%s is not among AgentLogIDs", id)
		}
	}
}
