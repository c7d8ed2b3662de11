package netns

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// Node becomes the node: it waits for the plan, builds its file system, and executes
// the command. It returns only on error.
func Node(command []string) error {
	f := os.NewFile(3, "plan")
	var p plan
	if err := json.NewDecoder(f).Decode(&p); err != nil {
		return fmt.Errorf("no plan from the world: %w", err)
	}
	f.Close()
	if err := makeRoot(tree{p.Files, p.Special}); err != nil {
		return err
	}
	if err := maskCommands(p.Lacks); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(p.Hostname)); err != nil {
		return os.NewSyscallError("sethostname", err)
	}
	if err := os.Chdir(p.Dir); err != nil {
		if err := os.Chdir("/"); err != nil {
			return err
		}
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	return os.NewSyscallError("exec "+path, unix.Exec(path, command, p.Env))
}
