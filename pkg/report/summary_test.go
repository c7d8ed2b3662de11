package report_test

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// bucketless is the healthy node, and a bucket of one's own that is not there.
func bucketless() *report.Document {
	d := healthy()
	d.Verdict = diagnose.Fail
	d.Targets = append(d.Targets, judged(diagnose.Fail, "s3:ours", s3Host, true, diagnose.S3BucketMissing))
	d.Findings = []diagnose.Finding{{Code: diagnose.S3BucketMissing, Severity: diagnose.Error, Targets: []string{"s3:ours"},
		Title: "there is no bucket ours", Evidence: []string{"404"}}}
	return d
}

// The summary and the outcomes say why the run fails.
func TestSummary(t *testing.T) {
	// unmet is the healthy node, given --expect private and a public address.
	unmet := func(d *report.Document) *report.Document {
		d.Verdict = diagnose.Fail
		d.Capabilities[0] = can(diagnose.Warn, endpoint.RunCommand, diagnose.EndpointNotPrivate)
		d.Findings = append(d.Findings, diagnose.Finding{Code: diagnose.EndpointNotPrivate, Severity: diagnose.Error, Targets: []string{"ssm"},
			Title: "ssm is public"})
		return d
	}
	unexplained := func() *report.Document {
		d := broken()
		d.Findings[0].Code = diagnose.Unexplained
		d.Capabilities[1].Because = []diagnose.Code{diagnose.EndpointBlocked, diagnose.Unexplained}
		d.Capabilities[0] = can(diagnose.Fail, endpoint.RunCommand, diagnose.Unexplained)
		return d
	}
	both := func() *report.Document {
		d := bucketless()
		d.Capabilities[1] = can(diagnose.Fail, endpoint.SessionManager, diagnose.EndpointBlocked)
		d.Findings = append(d.Findings, broken().Findings...)
		return d
	}
	const title = "the private addresses of ssmmessages give no answer on port 443"
	for _, c := range []struct {
		name  string
		d     *report.Document
		say   []string
		never string
	}{
		{"a bucket", bucketless(), []string{
			"the bucket ours (--bucket) cannot be used: there is no bucket ours (s3-bucket-missing)",
		}, "addresses are expected"},
		{"--expect private", unmet(healthy()), []string{"private addresses are expected, but some are not: ssm is public"}, "--bucket"},
		{"a bucket and --expect private", unmet(bucketless()), []string{
			"the bucket ours (--bucket) cannot be used, and private addresses are expected, but some are not, for 2 reasons:",
		}, "cannot work"},
		{"a bucket and a capability", both(), []string{
			"Session Manager cannot work, and the bucket ours (--bucket) cannot be used, for 2 reasons:",
		}, "addresses are expected"},
		{"what has no code of its own", unexplained(), []string{
			"Run Command: cannot work: " + title + " (unexplained)",
			"Session Manager: cannot work, because of endpoint-blocked: " + title + " (unexplained)",
		}, "because of unexplained"},
		{"a capability", broken(), []string{"Session Manager cannot work: " + title}, "Bucket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var nagios, markdown strings.Builder
			if err := report.Nagios(&nagios, c.d, false); err != nil {
				t.Fatal(err)
			}
			if err := report.Markdown(&markdown, c.d); err != nil {
				t.Fatal(err)
			}
			texts := map[string]string{
				"text":   strings.Join(strings.Fields(text(t, c.d, report.TextOptions{})), " "),
				"nagios": nagios.String(),
			}
			for format, got := range texts {
				for _, say := range c.say {
					if format == "nagios" {
						say = strings.TrimSuffix(say, ":")
					}
					if !strings.Contains(got, say) {
						t.Errorf("%s: no %q in:\n%s", format, say, got)
					}
				}
				if strings.Contains(got, c.never) {
					t.Errorf("%s: %q in:\n%s", format, c.never, got)
				}
			}
			if strings.Contains(markdown.String(), c.never) {
				t.Errorf("markdown: %q in:\n%s", c.never, markdown.String())
			}
		})
	}
}

// If --strict alone makes a run fail, the first line says so.
func TestSummary_namesStrict(t *testing.T) {
	const words = "--strict"
	for _, strict := range []bool{false, true} {
		var nagios strings.Builder
		if err := report.Nagios(&nagios, warned(), strict); err != nil {
			t.Fatal(err)
		}
		plain := text(t, warned(), report.TextOptions{Strict: strict, Width: 200})
		for format, got := range map[string]string{"text": plain, "nagios": nagios.String()} {
			if strings.Contains(got, words) != strict {
				t.Errorf("%s, strict %t: %s", format, strict, got)
			}
		}
	}
}

// A server that is registered on an EC2 instance has two names.
func TestTwoIDs(t *testing.T) {
	d := healthy()
	for id, want := range map[string]string{"mi-0123456789abcdef0": "(i-0123456789abcdef0, registered as mi-0123456789abcdef0)", "i-0123456789abcdef0": "(i-0123456789abcdef0)"} {
		d.Node.RegistrationID = id
		if got := text(t, d, report.TextOptions{Width: 200}); !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
}

// The header says what the run used, and what it did not use.
func TestHeader(t *testing.T) {
	found := observation.ProxyConfig{HTTPS: "http://env.example:3128", From: "the environment"}
	for _, c := range []struct {
		name       string
		change     func(o *observation.Observations)
		say, never string
	}{
		{"the proxy that was found", func(o *observation.Observations) { o.Node.Proxy = found }, "proxy http://env.example:3128 (from the environment)", "--proxy"},
		{"no_proxy keeps every target from it", func(o *observation.Observations) {
			o.Node.Proxy = found
			o.Node.Proxy.No = ".amazonaws.com"
			for i := range o.Plan.Targets {
				o.Plan.Targets[i].UnusedProxy = &observation.UnusedProxy{Kind: observation.UnusedNoProxy}
			}
		}, "proxy http://env.example:3128 (from the environment; not used for AWS: NO_PROXY has .amazonaws.com)", ""},
		{"no_proxy keeps one target from it", func(o *observation.Observations) {
			o.Node.Proxy = found
			o.Node.Proxy.No = "ssm.us-east-2.amazonaws.com"
			for i := range o.Plan.Targets {
				o.Plan.Targets[i].Proxy = found.HTTPS
			}
			o.Plan.Targets[0].Proxy, o.Plan.Targets[0].UnusedProxy = "", &observation.UnusedProxy{Kind: observation.UnusedNoProxy}
		}, "; not used for ssm: NO_PROXY has ssm.us-east-2.amazonaws.com)", "AWS: NO_PROXY"},
		{"no proxy", func(o *observation.Observations) {}, "took", "proxy"},
		{"--proxy none", func(o *observation.Observations) { o.Node.Proxy, o.Plan.Proxy = found, observation.ProxyNone },
			"no proxy (--proxy none); not used: http://env.example:3128 (from the environment)", ""},
		{"--proxy none, and there is none", func(o *observation.Observations) { o.Plan.Proxy = observation.ProxyNone }, "no proxy (--proxy none)", "not used"},
		{"--proxy URL", func(o *observation.Observations) {
			o.Node.Proxy, o.Plan.Proxy, o.Plan.Targets[0].Proxy = found, observation.ProxyGiven, "http://given.example:8080"
		}, "proxy http://given.example:8080 (from --proxy)", "env.example"},
		{"another Region", func(o *observation.Observations) { o.Metadata.Region = "eu-west-1" },
			"EC2 instance web-1 (i-0123456789abcdef0) in eu-west-1; tested for us-east-2", "in us-east-2"},
		{"registered in another Region", func(o *observation.Observations) {
			o.Metadata.Region, o.Node.Registration.Region = "eu-west-1", "eu-north-1"
		}, "registered in eu-north-1; tested for us-east-2", "eu-west-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := healthy()
			c.change(d.Observations)
			got := text(t, d, report.TextOptions{Width: 200})
			if !strings.Contains(got, c.say) || c.never != "" && strings.Contains(got, c.never) {
				t.Errorf("want %q and not %q in:\n%s", c.say, c.never, got)
			}
			var b strings.Builder
			if err := report.Markdown(&b, d); err != nil {
				t.Fatal(err)
			}
			if c.never != "" && strings.Contains(b.String(), c.never) {
				t.Errorf("%q in:\n%s", c.never, b.String())
			}
		})
	}
}

// A proxy of SOCKS5 answers in words, and knows no status.
func TestSocksWords(t *testing.T) {
	d := warned()
	p := d.Observations.Targets[2].Proxy
	p.Tunnel = &observation.Reply{Status: 403, Socks: "connection not allowed by ruleset", Elapsed: ms(8), Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus}}
	p.Inside = observation.Stages{}
	got := text(t, d, report.TextOptions{Width: 200, Verbose: true})
	if !strings.Contains(got, "connect: connection not allowed by ruleset (8ms)") || strings.Contains(got, "connect: status 403") {
		t.Error(got)
	}
}

// What stands in backticks within a fix is to be copied: no line ends in it.
func TestFixKeepsCommands(t *testing.T) {
	command := "aws ec2 modify-instance-metadata-options --region us-east-2 --instance-id i-0123456789abcdef0 --http-endpoint enabled"
	path := "/etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d/zz-ssmcheck-proxy.conf"
	d := broken()
	d.Findings[0].Fix = []string{"turn on metadata (`" + command + "`), and create `" + path + "` with *one* line", "a ` alone", "``"}
	for _, width := range []int{60, 80, 200} {
		got := text(t, d, report.TextOptions{Width: width})
		for _, want := range []string{"(`" + command + "`)", "`" + path + "`", "a ` alone", "2. ", "3. ``"} {
			if !strings.Contains(got, want) {
				t.Errorf("%d columns: no %q in:\n%s", width, want, got)
			}
		}
	}
	var b strings.Builder
	if err := report.Markdown(&b, d); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1. turn on metadata (`" + command + "`), and create `" + path + "` with \\*one\\* line\n", "2. a \\` alone\n", "3. \\`\\`\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in:\n%s", want, b.String())
		}
	}
}
