// Package nvmltest builds the stand-in libnvidia-ml.so.1 of e2e/standin/nvml
// and commands it, for the tests of everything above NVML.
package nvmltest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Build compiles the stand-in into dir and returns its path. flags are build
// variants, for example "-DGFT_WITHOUT_MEMORY_V2".
func Build(dir string, flags ...string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	sources, err := filepath.Glob(filepath.Join(root, "e2e/standin/nvml/*.c"))
	if err != nil || len(sources) == 0 {
		return "", fmt.Errorf("no sources of the stand-in under %s: %w", root, err)
	}
	library := filepath.Join(dir, "libnvidia-ml.so.1")
	args := append([]string{"-std=gnu11", "-O1", "-fvisibility=hidden", "-shared", "-fPIC", "-o", library}, flags...)
	args = append(args, sources...)
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	if out, err := exec.Command(compiler, append(args, "-lpthread")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the stand-in: %w\n%s", err, out)
	}
	return library, nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		dir = filepath.Dir(dir)
	}
	return "", os.ErrNotExist
}

// Control is the stand-in's file of commands.
type Control struct {
	t    testing.TB
	path string
}

// NewControl gives the stand-in an empty control file, until the test ends.
func NewControl(t testing.TB) Control {
	c := Control{t, filepath.Join(t.TempDir(), "control")}
	c.Set()
	t.Setenv("GFT_FAKE_NVML_CONTROL", c.path)
	return c
}

// Set replaces all commands.
func (c Control) Set(commands ...string) {
	c.t.Helper()
	next := c.path + ".next"
	if err := os.WriteFile(next, []byte(strings.Join(commands, "\n")+"\n"), 0o644); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(next, c.path); err != nil {
		c.t.Fatal(err)
	}
}
