package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

const collection = "../../deploy/ansible"

// collections makes a path in which Ansible finds the collection, and for Windows,
// of which no node is here, modules that do nothing.
func collections(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ours, err := filepath.Abs(collection)
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(dir, "ansible_collections/ansible/windows/plugins/modules")
	for _, d := range []string{filepath.Join(dir, "ansible_collections/ssmcheck"), modules} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(ours, filepath.Join(dir, "ansible_collections/ssmcheck/ssmcheck")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"win_tempfile", "win_copy", "win_command", "win_file"} {
		write(t, filepath.Join(modules, name+".py"), "#!/usr/bin/python\nDOCUMENTATION = ''\n")
	}
	return dir
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRoleSyntax has the role for Windows parsed too, which no node here runs.
func TestRoleSyntax(t *testing.T) {
	ansible := need(t, "ansible-playbook")
	dir := collections(t)
	t.Setenv("ANSIBLE_COLLECTIONS_PATH", dir)
	t.Setenv("ANSIBLE_HOME", t.TempDir())
	for _, tasks := range []string{"linux", "windows", "rollup"} {
		play := write(t, filepath.Join(dir, tasks+".yml"), "- hosts: all\n  tasks:\n    - ansible.builtin.import_tasks: ansible_collections/ssmcheck/ssmcheck/roles/ssmcheck/tasks/"+tasks+".yml\n")
		command(t, "", dir, ansible, "-i", "node,", "--syntax-check", play)
	}
	command(t, "", dir, ansible, "-i", "node,", "--syntax-check", "ssmcheck.ssmcheck.fleet")
	if lint, err := exec.LookPath("ansible-lint"); err == nil {
		command(t, "", collection, lint, "--offline", "--profile", "production", "roles", "playbooks")
	} else if os.Getenv("CI") == "true" {
		t.Fatal("ansible-lint is missing")
	}
}

// TestRole runs the playbook against nodes of the lab: each is a network namespace
// of its own, with a real sshd whose connection is its standard input and output.
func TestRole(t *testing.T) {
	ansible := need(t, "ansible-playbook")
	sshd, err := exec.LookPath("/usr/sbin/sshd")
	bin := os.Getenv("SSMCHECK_BIN")
	if err != nil || bin == "" || os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("needs sshd (%v), root and the programs in SSMCHECK_BIN", err)
		}
		t.Skip("SKIP: without sshd, root and SSMCHECK_BIN the role was not run")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, key := range []string{"host", "user"} {
		command(t, "", dir, need(t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", at(key))
	}
	server := write(t, at("sshd_config"), fmt.Sprintf("HostKey %s\nAuthorizedKeysFile %s\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n", at("host"), at("user.pub")))
	client := write(t, at("ssh_config"), fmt.Sprintf("Host *\n  IdentityFile %s\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n"+
		"  ProxyCommand %s/ssmlab run %%n -- sh -c 'mkdir -p /run/sshd && exec %s -i -f %s'\n", at("user"), bin, sshd, server))
	// The path of a control socket has room for 108 bytes.
	t.Setenv("ANSIBLE_HOME", t.TempDir())
	t.Setenv("ANSIBLE_COLLECTIONS_PATH", collections(t))
	t.Setenv("ANSIBLE_SSH_ARGS", "-F "+client+" -o ControlMaster=no")
	t.Setenv("ANSIBLE_PIPELINING", "True")
	t.Setenv("ANSIBLE_GATHERING", "explicit")
	want := map[string]string{"private-vpc": "pass", "dns-forwarder-missing": "fail", "endpoint-blocked": "fail", "agent-stopped": "warn"}
	var nodes strings.Builder
	for scenario := range want {
		nodes.WriteString(scenario + " ansible_user=root ansible_python_interpreter=/usr/bin/python3\n")
	}
	out := command(t, "", dir, ansible, "-i", write(t, at("inventory"), nodes.String()), "--check", "ssmcheck.ssmcheck.fleet",
		"-e", "ssmcheck_program="+bin+"/ssmcheck", "-e", "ssmcheck_controller_program="+bin+"/ssmcheck", "-e", "ssmcheck_reports="+at("reports"),
		"-e", `{"ssmcheck_flags": ["--region", "us-east-2"]}`)
	// One node: every world of the lab has the same instance.
	if !strings.Contains(out, "  1 node: ") || strings.Count(out, "changed=0") != len(want) {
		t.Errorf("no roll-up, or something is changed:\n%s", out)
	}
	roll := fleet.NewRoll(time.Now())
	for scenario, verdict := range want {
		file := at("reports/" + scenario + ".ndjson")
		report, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(report), `"verdict":"`+verdict+`"`) {
			t.Errorf("%s: its report has another verdict than %s", scenario, verdict)
		}
		// They become four.
		write(t, file, strings.ReplaceAll(string(report), "i-0a1b2c3d4e5f60718", "i-"+scenario))
	}
	if err := roll.Read(t.Context(), []string{at("reports")}, nil); err != nil {
		t.Fatal(err)
	}
	if got := roll.Rollup(fleet.Options{}).Verdicts; got != (fleet.Verdicts{Nodes: 4, Pass: 1, Warn: 1, Fail: 2}) {
		t.Errorf("rolled up: %+v", got)
	}
}
