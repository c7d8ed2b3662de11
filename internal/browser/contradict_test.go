//go:build !nobrowser

package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestBelievesNoVerdictAlone opens reports with a better verdict than their contents
// allow: none is green, and the page names the contradiction.
func TestBelievesNoVerdictAlone(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	runs := map[string]*report.Document{}
	for _, name := range []string{"private-vpc", "endpoint-blocked"} {
		runs[name] = scenario(t, name)
	}
	for name, c := range map[string]struct {
		scenario string
		change   func(*report.Document)
		want     string
	}{
		"the verdict of a failure": {"endpoint-blocked", func(d *report.Document) { d.Verdict = diagnose.Pass },
			"the verdict is PASS, but Session Manager cannot work"},
		"a warning in place of a failure": {"endpoint-blocked", func(d *report.Document) { d.Verdict = diagnose.Warn },
			"the verdict is WARN, but Session Manager cannot work"},
		"a failure that was not looked at": {"endpoint-blocked", func(d *report.Document) { d.Verdict = diagnose.Skip },
			"the verdict is SKIP, but Session Manager cannot work"},
		"capabilities too": {"endpoint-blocked", func(d *report.Document) {
			passAll(d)
			for i := range d.Targets {
				d.Targets[i].Verdict = diagnose.Fail
			}
		}, "the verdict is PASS, but there are errors: endpoint-blocked"},
		"what a capability needs": {"endpoint-blocked", func(d *report.Document) {
			passAll(d)
			d.Findings = nil
			for i := range d.Targets {
				if d.Targets[i].Name == "ssmmessages" {
					d.Targets[i].Verdict = diagnose.Fail
				}
			}
		}, "Session Manager can work, but what it needs fails: ssmmessages"},
		"a target that an error names": {"endpoint-blocked", func(d *report.Document) {
			passAll(d)
			d.Verdict, d.Capabilities[0].Verdict = diagnose.Fail, diagnose.Fail
		}, "the target ssmmessages passes, but an error names it"},
		"all but the facts": {"endpoint-blocked", func(d *report.Document) {
			passAll(d)
			d.Findings = nil
		}, "the target ssmmessages passes, but nothing there answered"},
		"a capability is left out": {"endpoint-blocked", func(d *report.Document) {
			d.Verdict, d.Findings, d.Targets = diagnose.Pass, nil, nil
			var left []diagnose.CapabilityReport
			for _, c := range d.Capabilities {
				if c.Verdict == diagnose.Pass {
					left = append(left, c)
				}
			}
			d.Capabilities = left
		}, "the verdict is PASS, but the report lacks Session Manager"},
		"a warning": {"private-vpc", func(d *report.Document) {
			d.Findings = append(d.Findings, diagnose.Finding{Code: diagnose.DNSSlow, Severity: diagnose.Warning, Title: "slow"})
		}, "the verdict is PASS, but there are warnings: dns-slow"},
		"a capability that warns": {"private-vpc", func(d *report.Document) { d.Capabilities[0].Verdict = diagnose.Warn },
			"the verdict is PASS, but not everything requested passes"},
		"a cause of a pass": {"private-vpc", func(d *report.Document) { d.Capabilities[0].Because = []diagnose.Code{diagnose.EndpointBlocked} },
			"Run Command can work, but has causes against it"},
		"a failure of nothing": {"private-vpc", func(d *report.Document) { d.Verdict = diagnose.Fail },
			"the verdict is FAIL, but nothing requested fails"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := report.ReadJSON(strings.NewReader(compact(t, runs[c.scenario])))
			if err != nil {
				t.Fatal(err)
			}
			c.change(d)
			p.open(d)
			said := value[string](p, `document.querySelector('.hero').innerText`)
			for _, want := range []string{"This report contradicts itself", "ssmcheck diagnose FILE", c.want} {
				if !strings.Contains(said, want) {
					t.Errorf("the page does not say %q, but\n%s", want, said)
				}
			}
			if class := value[string](p, `document.querySelector('.hero').className + document.querySelector('.hero .badge').className`); strings.Contains(class, "tone-pass") {
				t.Errorf("the verdict is drawn green: %s", class)
			}
			title := value[string](p, `document.title`)
			if want := map[bool]string{true: "FAIL", false: "CONTRADICTORY"}[d.Verdict == diagnose.Fail]; !strings.HasPrefix(title, want) {
				t.Errorf("the title is %q, want one that begins with %s", title, want)
			}
			if strings.HasPrefix(name, "the verdict") {
				p.picture("contradictory")
			}
		})
	}
}

// passAll makes every verdict a pass.
func passAll(d *report.Document) {
	d.Verdict = diagnose.Pass
	for i := range d.Capabilities {
		d.Capabilities[i].Verdict, d.Capabilities[i].Because = diagnose.Pass, nil
	}
	for i := range d.Targets {
		d.Targets[i].Verdict, d.Targets[i].Because = diagnose.Pass, nil
	}
}

// Reports that this version judged are consistent, also with ignored findings.
func TestContradictsNothingOfARun(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	list := map[string]any{}
	for _, name := range []string{
		"private-vpc", "endpoint-blocked", "dns-forwarder-partial", "tls-intercepted-trusted", "proxy-denied", "imds-unreachable",
		"endpoint-not-private-wanted", "region-without-ec2messages", "endpoint-blocked-kms",
	} {
		list[name] = loose(t, scenario(t, name))
	}
	cut := scenario(t, "endpoint-blocked")
	cut.Observations.Ending, cut.Observations.Targets = observation.EndingDeadline, nil
	list["cut"] = loose(t, report.New("1.2.3", diagnose.Judge(cut.Observations), cut.Observations))
	ignored := loose(t, scenario(t, "endpoint-blocked"))
	ignored["verdict"] = "pass"
	for _, x := range append(ignored["targets"].([]any), ignored["capabilities"].([]any)...) {
		x.(object)["verdict"], x.(object)["reason"] = "pass", "ignored: endpoint-blocked"
		delete(x.(object), "because")
	}
	for _, x := range ignored["findings"].([]any) {
		x.(object)["ignored"] = true
	}
	delete(ignored["observations"].(object), "targets")
	list["ignored"] = ignored
	p.open(scenario(t, "private-vpc"))
	for name, o := range list {
		p.choose(saved(t, name+".json", o))
		p.wait(fmt.Sprintf(`document.getElementById('hint').textContent.includes(%q)`, " "+name+".json"))
		if value[bool](p, `document.querySelector('.contradiction') !== null`) {
			t.Errorf("%s: %s", name, value[string](p, `document.querySelector('.contradiction').innerText`))
		}
	}
}
