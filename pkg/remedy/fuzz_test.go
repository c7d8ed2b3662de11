package remedy

import (
	"bytes"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// FuzzFix writes the remedy of whatever can be read as a saved report: of its
// own findings, and of every finding that has a remedy. Each language still
// reads it, and nothing but printable ASCII is in it. The script is read by a
// shell, and never run.
func FuzzFix(f *testing.F) {
	for _, region := range []string{"us-east-2", "cn-north-1"} {
		o := observed(f, region)
		private(o, "ssm")
		o.Targets = o.Targets[:4]
		var saved bytes.Buffer
		if err := report.JSON(&saved, report.New("fuzz", diagnose.Judge(o), o)); err != nil {
			f.Fatal(err)
		}
		f.Add(saved.Bytes())
	}
	for _, s := range []string{
		`"plan":{"region":"us-east-2","targets":[{"name":"ssm","service":"ssm","asked":true}]},"targets":[{"name":"ssm"}]`,
		`"node":{"os":"windows","kind":"on-premises","proxy":{"shell_https":"http://a'b:3128"}},"plan":{"region":"$(reboot)"}`,
		`"node":{"os":"linux","kind":"ec2","proxy":{"https":"http://u:***@p:3128","no":"a,%b","from":"/etc/x\nreboot"}}`,
		`"plan":{"region":"us-east-2","targets":[{"name":"ssm","service":"ssm","host":"ssm.us-east-2.amazonaws.com","asked":true}]},"servers":[{"address":"[fd00::53%lo\\ndhcp-script=/x\\n]:53","role":"configured","answers":[{"name":"ssm.us-east-2.amazonaws.com","type":"A","rcode":"NOERROR"}]},{"address":"[fd00::54%a'b]:53","role":"vpc","given":true}]`,
		`"metadata":{"vpc_id":"vpc-0\n","subnet_blocks":["10.0.0.0/8"]}`,
	} {
		f.Add([]byte(`{"schema":"ssmcheck.report/v1","observations":{` + s + `}}`))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := report.ReadJSON(bytes.NewReader(b))
		if err != nil || d.Observations == nil {
			return
		}
		for _, r := range []*diagnose.Report{diagnose.Judge(d.Observations), everything()} {
			x := New(r, d.Observations)
			checkShell(t, checkTexts(t, x, ""))
			for _, dns := range Nameservers() {
				checkTexts(t, x, dns)
				checkPrintable(t, text(t, x, Options{DNS: dns, Bare: true}))
			}
		}
	})
}
