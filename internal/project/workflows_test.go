package project

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestWorkflows checks the workflows with actionlint: syntax, expressions, the inputs of
// actions, and permissions.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d workflows, %v; want those for tests, CodeQL and releases", len(files), err)
	}
	cmd := exec.Command("tools/run.sh", "small", "actionlint", "-no-color", "-shellcheck=", "-pyflakes=")
	cmd.Dir = root
	cmd.Env = toolEnv(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestDependabot: Dependabot watches every module.
func TestDependabot(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, ".github/dependabot.yml")), &config); err != nil {
		t.Fatal(err)
	}
	var watched []string
	for _, u := range config.Updates {
		if u.Ecosystem == "gomod" {
			watched = append(watched, u.Directories...)
			if u.Directory != "" {
				watched = append(watched, u.Directory)
			}
		}
	}
	slices.Sort(watched)
	if modules := moduleDirs(t); !slices.Equal(watched, modules) {
		t.Errorf("Dependabot looks at %q, and the modules are in %q", watched, modules)
	}
}

// moduleDirs returns the directories with a go.mod, sorted, beginning with /.
func moduleDirs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "dist") {
			return fs.SkipDir
		}
		if d.Name() == "go.mod" {
			rel, err := filepath.Rel(root, filepath.Dir(path))
			dirs = append(dirs, "/"+strings.TrimPrefix(filepath.ToSlash(rel), "."))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(dirs)
	return dirs
}
