package netns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// Run runs a command inside a scenario's world and returns its exit status. An
// error means that the lab itself failed.
func Run(ctx context.Context, s lab.Scenario, command []string) (int, error) {
	return run(ctx, append([]string{WorldCommand, s.Name, "--"}, command...))
}

// run starts this program again in namespaces of its own.
func run(ctx context.Context, args []string) (int, error) {
	// Pdeathsig kills the world when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := exec.CommandContext(ctx, "/proc/self/exe", args...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = environment()
	c.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig:  syscall.SIGKILL,
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP,
	}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	defer passSignals(c)()
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("cannot make namespaces (root or unprivileged user namespaces are needed): %w", err)
	}
	return exitStatus(c.Wait())
}

// environment returns the variables that the command inherits: enough for a terminal
// and a shell, and none about AWS or a proxy.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "PATH", "HOME", "TERM", "LANG", "NO_COLOR", "COLUMNS", "LINES", "USER", "SHELL", "TMPDIR", "GOCOVERDIR", "SSMCHECK_DEBUG", StrictVariable:
			env = append(env, e)
		default:
			if strings.HasPrefix(name, "LC_") {
				env = append(env, e)
			}
		}
	}
	return env
}

// passSignals forwards SIGTERM to a command. It ignores interrupts, which the
// terminal sends to the command too. The returned function stops it.
func passSignals(c *exec.Cmd) func() {
	ch := make(chan os.Signal, 4)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	go func() {
		for s := range ch {
			if s != os.Interrupt && c.Process != nil {
				_ = c.Process.Signal(s)
			}
		}
	}()
	return func() { signal.Stop(ch); close(ch) }
}

// exitStatus returns a command's exit status as a shell does.
func exitStatus(err error) (int, error) {
	e, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0, err
	}
	if w, ok := e.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal()), nil
	}
	return e.ExitCode(), nil
}
