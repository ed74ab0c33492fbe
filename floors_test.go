package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gpufragtop/gpufragtop"

// listed is the part of go list's answer that the floors need.
type listed struct {
	ImportPath                         string
	CgoFiles                           []string
	Imports, TestImports, XTestImports []string
}

// room is the top-level folder of a package of ours; "" is package main.
func room(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, module), "/"), "/")
	return first
}

// floor is the floor that ARCHITECTURE.md gives a package.
func floor(path string) int {
	switch {
	case strings.HasPrefix(path, module+"/cudashim/page"):
		return 0
	case room(path) == "fragcalc":
		return 0
	case slices.Contains([]string{"probe", "themes", "cudashim"}, room(path)):
		return 1
	case room(path) == "tui":
		return 2
	}
	return 3
}

func TestFloors(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("go list named only %d packages", len(packages))
	}
	for _, p := range packages {
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if !strings.HasPrefix(imported, module) || imported == p.ImportPath {
				continue
			}
			// Within floor 0 the page stands on fragcalc: a walk is decoded into its blocks.
			sameRoom := room(p.ImportPath) == room(imported) || floor(p.ImportPath) == 0 && room(imported) == "fragcalc"
			if floor(imported) > floor(p.ImportPath) || (floor(imported) == floor(p.ImportPath) && !sameRoom) {
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.ImportPath, floor(p.ImportPath), imported, floor(imported))
			}
			if room(p.ImportPath) == "tui" && !slices.Contains([]string{"tui", "fragcalc", "themes"}, room(imported)) {
				t.Errorf("%s imports %s: the screens know fragcalc and themes only", p.ImportPath, imported)
			}
		}
	}
}

func TestPureRooms(t *testing.T) {
	impure := []string{"os", "net", "net/http", "syscall", "os/exec", "io/ioutil", "golang.org/x/sys/unix", "unsafe"}
	for _, p := range listPackages(t) {
		if len(p.CgoFiles) > 0 && p.ImportPath != module+"/cudashim/page" {
			t.Errorf("%s imports \"C\": only cudashim/page may", p.ImportPath)
		}
		if room(p.ImportPath) == "fragcalc" {
			for _, imported := range p.Imports {
				if slices.Contains(impure, imported) {
					t.Errorf("%s imports %s: fragcalc is pure", p.ImportPath, imported)
				}
			}
		}
	}
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,CgoFiles,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
