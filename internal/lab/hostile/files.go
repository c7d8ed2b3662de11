package hostile

import (
	"fmt"
	"strings"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// hostileFiles are the worlds in which a file on the node attacks. The network works.
func hostileFiles() []Scenario {
	const (
		resolv       = "etc/resolv.conf"
		hosts        = "etc/hosts"
		config       = "etc/amazon/ssm/amazon-ssm-agent.json"
		registration = "var/lib/amazon/ssm/registration"
		packages     = "var/lib/dpkg/status"
		dropIns      = "etc/systemd/system/" + AgentUnit + ".d/"
		trusted      = "etc/ssl/certs/zz.pem"
	)
	scenario := func(name, title string, want Want, faults ...Fault) Scenario {
		return Scenario{
			Name: "hostile-file-" + name, Title: title, Base: scenarios.PrivateVPC, Args: impatient("--region", "us-east-2"), Want: want, Faults: faults,
			NetnsOnly: "vast files and devices need a file system",
		}
	}
	vast := func(text string) SpecialFile { return SpecialFile{Kind: Vast, Text: text, Size: 100 << 20} }
	text := func(path, s string) Fault { return WithFiles(map[string]string{path: s}) }
	fifo, directory, device := SpecialFile{Kind: FIFO}, SpecialFile{Kind: Directory}, SpecialFile{Kind: Link, To: "/dev/zero"}
	// dense scenarios run in the mapped lab too.
	dense := func(name, title string, faults ...Fault) Scenario {
		s := scenario(name, title, Passes(), faults...)
		s.NetnsOnly = ""
		return s
	}
	// Nothing is proven: no certificate is verified, or no name is looked up as the
	// agent does.
	notDecided := Want{Verdict: diagnose.Warn, Status: 3}
	noServer := Fails("dns-no-nameserver", unresolved...)
	agent := WithAgent(Agent{})
	nuls := "nameserver 10.0.0.2\n\x00\x00nameserver \x00\n" + escapes + "\n"
	return []Scenario{
		scenario("resolv-vast", "a resolv.conf of 100 MiB", Passes(), Special(vast("nameserver 10.0.0.2\n# "+strings.Repeat("x", 100)+"\n"), resolv)),
		scenario("resolv-one-line", "a resolv.conf of one line of 100 MiB", notDecided, Special(vast("search "+strings.Repeat("a.example ", 1000)), resolv)),
		scenario("resolv-nuls", "a resolv.conf with NULs and escape sequences", Passes(), text(resolv, nuls)),
		scenario("resolv-fifo", "a resolv.conf that is a FIFO", notDecided, Special(fifo, resolv)),
		scenario("resolv-directory", "a resolv.conf that is a directory", noServer, Special(directory, resolv)),
		scenario("resolv-device", "a resolv.conf that is /dev/zero", noServer, Special(device, resolv)),
		scenario("hosts-vast", "a hosts file of 100 MiB", Passes(), Special(vast("10.9.9.9 a.example b.example c.example\n"), hosts)),
		scenario("hosts-one-line", "a hosts file of one line of 100 MiB", Passes(), Special(vast("10.9.9.9 "+strings.Repeat("a.example ", 1000)), hosts)),
		dense("hosts-dense", "a hosts file just under a mebibyte, of as many names as it can hold", text(hosts, manyHosts(1<<20-300))),
		scenario("hosts-nuls", "a hosts file with NULs and escape sequences", Passes(), text(hosts, "127.0.0.1 localhost\n\x00\x0010.0.0.1 ssm.us-east-2.amazonaws.com\x00\n"+escapes+"\n")),
		scenario("hosts-fifo", "a hosts file that is a FIFO", notDecided, Special(fifo, hosts)),
		scenario("nsswitch-fifo", "an nsswitch.conf that is a FIFO", notDecided, Special(fifo, "etc/nsswitch.conf")),
		scenario("hosts-directory", "a hosts file that is a directory", Passes(), Special(directory, hosts)),
		scenario("hosts-device", "a hosts file that is /dev/zero", Passes(), Special(device, hosts)),
		scenario("localtime-fifo", "a FIFO where the system's time zone is, and a certificate whose time has an offset", Passes(),
			Special(fifo, "etc/localtime"), EveryEdge(func(e *Edge) { e.Cert.Extra = BadCertificate() })),
		scenario("trust-fifo", "a FIFO among the trust store's files", notDecided, Special(fifo, trusted)),
		scenario("trust-device", "/dev/zero among the trust store's files", notDecided, Special(device, trusted)),
		scenario("trust-vast", "a file of 100 MiB among the trust store's", notDecided, Special(vast("# a comment\n"), trusted)),
		scenario("agent-deep", "an agent's configuration nested a million deep", Warns("agent-config-invalid"), agent, text(config, strings.Repeat("[", 1_000_000))),
		scenario("agent-deep-object", "an agent's configuration of objects in objects", Warns("agent-config-invalid"), agent, text(config, strings.Repeat(`{"Mgs":`, 100_000))),
		scenario("agent-vast", "an agent's configuration of 100 MiB", Passes(), agent, Special(vast(`{"Agent":{"Region":"us-east-2"}}`+"\n"), config)),
		scenario("agent-fifo", "an agent's configuration, a registration and a list of packages that are FIFOs", Passes(), agent, Special(fifo, config, registration, packages)),
		scenario("agent-device", "the same as devices", Passes(), agent, Special(device, config, registration, packages)),
		scenario("agent-escapes", "an agent's configuration and a registration with escape sequences in every value", Want{Verdict: diagnose.Warn}, agent,
			text(config, `{"Mgs":{"Endpoint":"a\u001b[31m","Region":"\u001b[31m"},"Ssm":{"Endpoint":"\u001b]0;owned\u0007"},"Agent":{"Region":"\u202e\u009b31m","ServiceDomain":"\u001b[2J"},"S3":{"Endpoint":"\u001b[31m"}}`),
			text(registration, `{"ManagedInstanceID":"mi-\u001b[31m\u202e","Region":"us-east-2\u001b[31m"}`)),
		dense("no-proxy", "an environment file with a no_proxy of a mebibyte", agent,
			text(dropIns+"environment.conf", "[Service]\nEnvironmentFile=/etc/agent.env\n"),
			text("etc/agent.env", "HTTPS_PROXY=http://10.0.0.9:3128\nNO_PROXY="+strings.Repeat("a,", 520_000)+"\n")),
		dense("pattern", "an environment file whose path is a pattern in every part", agent,
			text(dropIns+"environment.conf", "[Service]\nEnvironmentFile=-/*/*/*/*/*/*/*.env\n")),
		dense("drop-ins", "fifty drop-ins of as many variables as a mebibyte can hold", agent, func(w *World) {
			full := "[Service]\nEnvironment=" + manyVariables(1<<20-1000) + "\n"
			for i := range 50 {
				text(fmt.Sprintf("%s%02d.conf", dropIns, i), full)(w)
			}
		}),
		dense("variables", "a drop-in of as many variables as are read", agent,
			text(dropIns+"variables.conf", "[Service]\nEnvironment="+manyVariables(240<<10)+"\n")),
		scenario("packages-vast", "a list of packages of 100 MiB", Passes(), agent, Special(vast("Package: "+strings.Repeat("x", 1000)+"\nStatus: install ok installed\n\n"), packages)),
	}
}

// manyHosts returns a hosts file of different names of three characters.
func manyHosts(size int) string {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789!$%&()*+,-./:;<=>?@[]^_`{|}~"
	var b strings.Builder
	for n := 0; b.Len() < size; n++ {
		if n%50 == 0 {
			b.WriteString("\n::1")
		}
		b.Write([]byte{' ', digits[n%len(digits)], digits[n/len(digits)%len(digits)], digits[n/len(digits)/len(digits)%len(digits)]})
	}
	return b.String() + "\n"
}

// manyVariables returns empty assignments to different variables.
func manyVariables(size int) string {
	var b strings.Builder
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, "_%x= ", n)
	}
	return b.String()
}
