package agentlog

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const config = "etc/amazon/ssm/seelog.xml"

// seelog is a configuration with this root element around the two files of AWS's template.
func seelog(root string) string {
	return root + `<exceptions><exception filepattern="test*" minlevel="error"/></exceptions><outputs formatid="fmtinfo">` +
		`<console formatid="fmtinfo"/><rollingfile type="size" filename="/data/agent.log" maxsize="30000000" maxrolls="5"/>` +
		`<filter levels="error,critical" formatid="fmterror"><rollingfile type="size" filename="/data/errors.log"/></filter></outputs></seelog>`
}

func TestRead_movedLog(t *testing.T) {
	data := &fstest.MapFile{Data: []byte(day + "01:00:00" + refused + "\n")}
	stale := &fstest.MapFile{Data: []byte(day + "01:00:00" + denied + "\n")}
	for _, test := range []struct {
		name, seelog string
		want         string // the file with the line; empty: there is none
		kind         observation.Kind
	}{
		{name: "elsewhere", seelog: seelog("<seelog>"), want: "/data/agent.log"},
		{name: "a comment names another", seelog: `<!-- <rollingfile filename="/no/such"/> -->` + seelog("<seelog>"), want: "/data/agent.log"},
		{name: "in single quotes", seelog: `<seelog><outputs><file path = '/data/agent.log'/></outputs></seelog>`, want: "/data/agent.log"},
		{name: "where the agent fills it in", seelog: `<seelog><outputs><rollingfile filename="{{LOCALAPPDATA}}\Amazon\x.log"/></outputs></seelog>`, want: "/" + mainLog},
		{name: "from the working directory on", seelog: `<seelog><outputs><rollingfile filename="logs/x.log"/></outputs></seelog>`, kind: observation.KindOther},
		{name: "it does not parse", seelog: `<seelog><outputs><rollingfile filename="/data/agent.log">`, want: "/" + mainLog, kind: observation.KindSyntax},
		{name: "it is empty", seelog: "", want: "/" + mainLog, kind: observation.KindSyntax},
		{name: "it is too large", seelog: seelog("<seelog>") + strings.Repeat(" ", smallWindow), want: "/" + mainLog, kind: observation.KindTooLarge},
	} {
		log := look(fstest.MapFS{config: {Data: []byte(test.seelog)}, "data/agent.log": data, mainLog: stale})
		got, kind := "", observation.Kind("")
		for _, l := range log.Lines {
			got = l.File
		}
		for _, f := range log.Files {
			if f.Failure != nil {
				kind = f.Failure.Kind
			}
		}
		if got != test.want || kind != test.kind {
			t.Errorf("%s: a line of %q and a failure of kind %q, want %q and %q", test.name, got, kind, test.want, test.kind)
		}
	}
}

func TestRead_level(t *testing.T) {
	unknown := observation.LogLevelUnknown
	for root, want := range map[string]observation.AgentLogLevel{
		`<seelog>`: observation.LogInfo,
		`<seelog type="adaptive" minlevel="info">`:   observation.LogInfo,
		`<seelog minlevel="trace">`:                  observation.LogInfo,
		`<seelog minlevel="warn">`:                   observation.LogWarn,
		`<seelog minlevel="error">`:                  observation.LogError,
		`<seelog minlevel="critical">`:               observation.LogCritical,
		`<seelog minlevel="off">`:                    observation.LogOff,
		`<seelog minlevel="debug" maxlevel="debug">`: observation.LogOff,
		`<seelog minlevel="Warn">`:                   observation.LogInfo, // none of seelog's
		`<seelog levels="info, error">`:              observation.LogInfo,
		`<seelog levels="debug,error">`:              observation.LogError,
		`<seelog `:                                   unknown,
	} {
		log := look(fstest.MapFS{config: {Data: []byte(seelog(root))}, "data/agent.log": {Data: []byte(day + "01:00:00" + denied + "\n")}, mainLog: {Data: []byte(day + "01:00:00" + denied + "\n")}})
		if log.Level != want {
			t.Errorf("%s: level %q, want %q", root, log.Level, want)
		}
	}
	filtered := strings.Replace(seelog("<seelog>"), "<rollingfile", `<filter levels="error,critical"><rollingfile`, 1)
	filtered = strings.Replace(filtered, `maxrolls="5"/>`, `maxrolls="5"/></filter>`, 1)
	for text, want := range map[string]observation.AgentLogLevel{filtered: observation.LogError, "<seelog><outputs/></seelog>": observation.LogOff} {
		log := look(fstest.MapFS{config: {Data: []byte(text)}, "data/agent.log": {Data: []byte(day + "01:00:00" + denied + "\n")}, mainLog: {Data: []byte(day + "01:00:00" + denied + "\n")}})
		if log.Level != want {
			t.Errorf("%s: level %q, want %q", text, log.Level, want)
		}
	}
}

// A log without successes: a line counts for an hour, and no worker's line means nothing.
func TestRead_hiddenSuccesses(t *testing.T) {
	files := fstest.MapFS{config: {Data: []byte(seelog(`<seelog minlevel="warn">`))}}
	files["data/agent.log"] = &fstest.MapFile{ModTime: fixed, Data: []byte(strings.Join([]string{
		day + "01:00:00" + started, day + "01:00:01" + denied, day + "05:00:00" + denied, day + "05:20:00" + denied,
	}, "\n") + "\n")}
	log := look(files)
	if len(log.Lines) != 1 || log.Lines[0].Count != 2 || log.Worker != observation.Unknown || !log.Written.Equal(fixed) {
		t.Errorf("%+v, want two refusals since 05:00:00, and not known whether the worker was started", log)
	}
}

// Windows: links and moved logs with a drive, and another drive.
func TestRead_drives(t *testing.T) {
	const (
		folder = "ProgramData/Amazon/SSM/Logs"
		agent  = "amazon-ssm-agent.log"
	)
	line := &fstest.MapFile{Data: []byte(day + "01:00:00" + refused + "\n")}
	link := func(to string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
	}
	moved := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`<seelog><outputs><rollingfile filename="` + name + `"/></outputs></seelog>`)}
	}
	const seelog = "Program Files/Amazon/SSM/seelog.xml"
	for _, test := range []struct {
		name  string
		files fstest.MapFS
		want  bool
	}{
		{"a link with a drive", fstest.MapFS{folder: link(`C:\data\ssm`), "data/ssm/" + agent: line}, true},
		{"a link with a drive in small letters", fstest.MapFS{folder: link(`c:/data/ssm`), "data/ssm/" + agent: line}, true},
		{"a link as the kernel has it", fstest.MapFS{folder: link(`\\?\C:\data\ssm`), "data/ssm/" + agent: line}, true},
		{"a link from the root of the drive on", fstest.MapFS{folder: link(`\data\ssm`), "data/ssm/" + agent: line}, true},
		{"a link from its directory on", fstest.MapFS{folder: link(`..\..\..\data\ssm`), "data/ssm/" + agent: line}, true},
		{"a link to another drive", fstest.MapFS{folder: link(`D:\data\ssm`), "data/ssm/" + agent: line}, false},
		{"a link to a share", fstest.MapFS{folder: link(`\\server\data\ssm`), "data/ssm/" + agent: line, "server/data/ssm/" + agent: line}, false},
		{"a link to a volume", fstest.MapFS{folder: link(`\\?\Volume{0}\data\ssm`), "data/ssm/" + agent: line}, false},
		{"moved", fstest.MapFS{seelog: moved(`C:\data\ssm.log`), "data/ssm.log": line}, true},
		{"moved with slashes", fstest.MapFS{seelog: moved(`c:/data/ssm.log`), "data/ssm.log": line}, true},
		{"moved to another drive", fstest.MapFS{seelog: moved(`D:\data\ssm.log`), "data/ssm.log": line, folder + "/" + agent: line}, false},
		{"moved to a share", fstest.MapFS{seelog: moved(`\\server\data\ssm.log`), "server/data/ssm.log": line, folder + "/" + agent: line}, false},
	} {
		log := Read(test.files, "windows", func(name string) string { return `C:\` + strings.ReplaceAll(name, "/", `\`) })
		failed := false
		for _, f := range log.Files {
			failed = failed || f.Failure.Of(observation.KindOther)
		}
		if read := len(log.Lines) == 1; read != test.want || failed == test.want {
			t.Errorf("%s: read %t, failed %t: %+v", test.name, read, failed, log)
		}
	}
}
