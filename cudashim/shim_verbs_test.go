package cudashim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// What is embedded is what stands on disk, and all of it.
func TestSourcesAreEmbedded(t *testing.T) {
	how, err := readMakefile(sources, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	onDisk, err := readMakefile(os.DirFS("."), runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(how.inputs, onDisk.inputs) || !slices.Equal(how.units, onDisk.units) {
		t.Errorf("embedded: %v\non disk: %v", how.inputs, onDisk.inputs)
	}
	if got, err := SourcesHash(); err != nil || got != sourcesHash(t) {
		t.Errorf("hash %s, %v; want %s", got, err, sourcesHash(t))
	}
	if !slices.Contains(how.cflags, "-std=c11") || !slices.Contains(how.ldflags, "-shared") || slices.ContainsFunc(how.cflags, func(f string) bool { return strings.HasPrefix(f, "-W") }) {
		t.Errorf("flags %v, %v", how.cflags, how.ldflags)
	}
	arm, err := readMakefile(sources, "arm64")
	if err != nil || !slices.Contains(arm.ldflags, "-Wl,-z,max-page-size=65536") || slices.Contains(how.ldflags, "-Wl,-z,max-page-size=65536") {
		t.Errorf("flags of arm64: %v, %v", arm.ldflags, err)
	}
}

// The two lists of what the shim exports say the same: the map that the linker
// is given, and what the linker has made of it.
func TestEmbeddedShimKeepsItsPromise(t *testing.T) {
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if faults := b.faults(); len(faults) > 0 {
		t.Error(faults)
	}
	if b.ABI != ABI() || b.SourceHash != SourceHash() || b.Glibc == "" || len(b.Exports) < 10 {
		t.Errorf("%+v", b)
	}
}

func TestBuildGivesTheSameShim(t *testing.T) {
	for _, cc := range []string{"gcc", "clang"} {
		path, err := exec.LookPath(cc)
		if err != nil && cc == "clang" {
			continue // .ci/run has it
		}
		first := filepath.Join(t.TempDir(), "first.so")
		done, err := Build(context.Background(), first, path)
		if err != nil {
			t.Fatalf("%s: %v", cc, err)
		}
		if done.Built.SourceHash != SourceHash() || done.Compiler == "" || done.Untrust != "" {
			t.Errorf("%s: %+v", cc, done)
		}
		second := filepath.Join(t.TempDir(), "another folder.so")
		if _, err := Build(context.Background(), second, path); err != nil {
			t.Fatal(err)
		}
		a, _ := os.ReadFile(first)
		b, _ := os.ReadFile(second)
		if len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s: built twice, it differs", cc)
		}
		if done.Same != bytes.Equal(a, library) {
			t.Errorf("%s: the same: %t", cc, done.Same)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "x.so")
	script := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := []struct {
		name, cc, out string
		words         []string
	}{
		{"no compiler", "/nonexistent/cc", out, []string{"no compiler", "--cc"}},
		{"an error", script("failing", "echo 'a.c:1: error: no room' >&2; exit 1"), out, []string{"failing", "no room"}},
		{"no library", script("empty", "echo text > made.so"), out, []string{"no library"}},
		{"another library", script("more", `exec cc "$@" -Wl,--no-as-needed -lm`), out, []string{"not kept", "it needs libm.so.6"}},
		{"no folder", "cc", filepath.Join(dir, "none", "x.so"), []string{"no such folder"}},
	}
	for _, c := range cases {
		_, err := Build(context.Background(), c.out, c.cc)
		refused(t, err, 1, c.words...)
		if _, err := os.Stat(c.out); err == nil {
			t.Errorf("%s: something was left at %s", c.name, c.out)
		}
	}
}

func TestInstall(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "opt", "gpufragtop")
	done, err := Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(done.Library)
	info, _ := os.Stat(done.Library)
	if err != nil || !bytes.Equal(got, library) || info.Mode().Perm() != 0o755 || filepath.Dir(done.Library) != dir {
		t.Errorf("%s: %v, mode %v", done.Library, err, info.Mode())
	}
	if got, err := os.ReadFile(filepath.Join(dir, "gpufragtop.h")); err != nil || !bytes.Equal(got, Header) || filepath.Dir(done.Header) != dir {
		t.Errorf("the header: %q, %v", done.Header, err)
	}
	// Whatever stands there is replaced, not written through.
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.WriteFile(victim, []byte("mine"), 0o600), os.Remove(done.Library), os.Symlink(victim, done.Library)); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(dir); err != nil {
		t.Fatal(err)
	}
	if kept, _ := os.ReadFile(victim); string(kept) != "mine" {
		t.Errorf("the file behind a link was written: %q", kept)
	}
	if v, err := Verify(done.Library); err != nil || !v.Good() {
		t.Errorf("%+v, %v", v, err)
	}
}

// spoiled are folders and files in which somebody else could put code: each
// makes one in dir, which is good, and returns it.
var spoiled = []struct {
	name  string
	root  bool // only root can make it
	make  func(dir string) (string, error)
	words string
}{
	{"a folder that others can write", false, func(dir string) (string, error) {
		at := filepath.Join(dir, "open")
		return at, errors.Join(os.Mkdir(at, 0o755), os.Chmod(at, 0o777))
	}, "writable for other users"},
	{"a sticky folder that others can write", false, func(dir string) (string, error) {
		at := filepath.Join(dir, "sticky")
		return at, errors.Join(os.Mkdir(at, 0o755), os.Chmod(at, 0o777|fs.ModeSticky))
	}, "writable for other users"},
	{"below a folder that others can write", false, func(dir string) (string, error) {
		at := filepath.Join(dir, "above", "below")
		return at, errors.Join(os.MkdirAll(at, 0o755), os.Chmod(filepath.Dir(at), 0o777))
	}, "writable for other users"},
	{"a folder of somebody else's", true, func(dir string) (string, error) {
		at := filepath.Join(dir, "foreign")
		return at, errors.Join(os.Mkdir(at, 0o755), os.Chown(at, 65534, 65534))
	}, "belongs to another user"},
	{"through a link into such a folder", false, func(dir string) (string, error) {
		open, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
		return filepath.Join(link, "sub"), errors.Join(os.MkdirAll(filepath.Join(open, "sub"), 0o755), os.Chmod(open, 0o777), os.Symlink(open, link))
	}, "writable for other users"},
	{"through somebody else's link", true, func(dir string) (string, error) {
		good, link := filepath.Join(dir, "good"), filepath.Join(dir, "theirs")
		return filepath.Join(link, "sub"), errors.Join(os.MkdirAll(filepath.Join(good, "sub"), 0o755), os.Symlink(good, link), os.Lchown(link, 65534, 65534))
	}, "symbolic link of another user's"},
}

func TestAFolderInWhichOthersCouldReplaceTheShim(t *testing.T) {
	for _, c := range spoiled {
		t.Run(c.name, func(t *testing.T) {
			if c.root && os.Geteuid() != 0 {
				t.Log("only root can give files away: CI runs as root")
				return
			}
			at, err := c.make(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			_, err = Install(at)
			refused(t, err, 1, c.words)
			if left, _ := filepath.Glob(at + "/*"); len(left) > 0 {
				t.Errorf("written nevertheless: %v", left)
			}
			file := filepath.Join(at, libraryName)
			if err := os.WriteFile(file, library, 0o755); err != nil {
				t.Fatal(err)
			}
			if v, err := Verify(file); err != nil || v.Good() || !strings.Contains(v.Copies[0].Fault, c.words) {
				t.Errorf("verify: %+v, %v", v.Copies, err)
			}
			_, err = Prepare([]string{"/bin/true"}, []string{OwnVariable + "=" + file}, RunOptions{})
			refused(t, err, 1, c.words, OwnVariable)
		})
	}
}

func TestInstallRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "file"), nil, 0o600), os.MkdirAll(filepath.Join(dir, "full", libraryName), 0o755)); err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string]string{"file": "not a directory", "with space": "LD_PRELOAD cannot carry", "full": libraryName} {
		_, err := Install(filepath.Join(dir, name))
		refused(t, err, 1, words)
	}
}

// One flipped byte, wherever it lies, is found.
func TestVerifyFindsOneFlippedByte(t *testing.T) {
	for _, at := range []int{0, 20, len(library) / 2, len(library) - 1} {
		changed := bytes.Clone(library)
		changed[at] ^= 1
		file := filepath.Join(t.TempDir(), "copy.so")
		if err := os.WriteFile(file, changed, 0o755); err != nil {
			t.Fatal(err)
		}
		v, err := Verify(file)
		if err != nil || v.Good() || !strings.Contains(v.Copies[0].Fault, fmt.Sprintf("from byte %d on", at)) {
			t.Errorf("byte %d: %+v, %v", at, v.Copies, err)
		}
	}
	v, err := Verify(filepath.Join(t.TempDir(), "none"))
	if err != nil || v.Good() || !strings.Contains(v.Copies[0].Fault, "no such file") {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestVerifyLooksAtWhatRunWouldUse(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("GPUFRAGTOP_CACHE_DIR", cache)
	if v, err := Verify(""); err != nil || len(v.Copies) != 0 || !v.Good() {
		t.Errorf("nothing is unpacked: %+v, %v", v, err)
	}
	path, err := Unpack()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(""); err != nil || len(v.Copies) != 1 || v.Copies[0].Path != path || !v.Good() {
		t.Errorf("unpacked: %+v, %v", v, err)
	}
	own := filepath.Join(t.TempDir(), "own.so")
	if err := os.WriteFile(own, library[:100], 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(OwnVariable, own)
	if v, err := Verify(""); err != nil || len(v.Copies) != 2 || v.Good() {
		t.Errorf("with one's own: %+v, %v", v, err)
	}
}

// A build of one's own from the same sources is not wrong where the variable
// names it, and is wherever else it lies.
func TestABuildOfOnesOwnIsNotWrong(t *testing.T) {
	t.Setenv("GPUFRAGTOP_CACHE_DIR", t.TempDir())
	own := filepath.Join(t.TempDir(), "own.so")
	t.Setenv(OwnVariable, own)
	verdict := func(content []byte) Verdict {
		t.Helper()
		if err := os.WriteFile(own, content, 0o755); err != nil {
			t.Fatal(err)
		}
		v, err := Verify("")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	kin := append(bytes.Clone(library), "more"...)
	v := verdict(kin)
	if path, how := v.OwnBuild(); path != own || !strings.Contains(how, "bytes, not") || len(v.Wrong()) != 0 || v.Good() {
		t.Errorf("%q, %q: %+v", path, how, v)
	}
	if v := verdict(library); !v.Good() || len(v.Wrong()) != 0 {
		t.Errorf("the embedded one: %+v", v)
	}
	v = verdict(bytes.Replace(kin, []byte(SourceHash()), bytes.Repeat([]byte("a"), hashLength), 1))
	if path, _ := v.OwnBuild(); path != "" || len(v.Wrong()) != 1 {
		t.Errorf("of other sources: %+v", v)
	}
	t.Setenv(OwnVariable, "")
	path, err := Unpack()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, kin, 0o755); err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(""); err != nil || len(v.Wrong()) != 1 {
		t.Errorf("a copy that was changed: %+v, %v", v, err)
	}
}

// A shim of one's own is used, and what it differs in is said.
func TestOwnShim(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.so")
	prepare := func(content []byte) (Launch, error) {
		t.Helper()
		if err := os.WriteFile(own, content, 0o755); err != nil {
			t.Fatal(err)
		}
		return Prepare([]string{"/bin/true"}, []string{OwnVariable + "=" + own}, RunOptions{})
	}
	if l, err := prepare(library); err != nil || l.Note != "" || getenv(l.Env, "LD_PRELOAD") != own {
		t.Errorf("%+v, %v", l, err)
	}
	appended := append(bytes.Clone(library), "more"...)
	if l, err := prepare(appended); err != nil || !strings.Contains(l.Note, "not the same file") || !strings.Contains(l.Note, "shim verify "+own) {
		t.Errorf("with bytes behind it: %+v, %v", l, err)
	}
	other := bytes.Replace(library, []byte(SourceHash()), bytes.Repeat([]byte("a"), hashLength), 1)
	if l, err := prepare(other); err != nil || !strings.Contains(l.Note, "other sources") || !strings.Contains(l.Note, "aaaaaaaaaaaa") {
		t.Errorf("of other sources: %+v, %v", l, err)
	}
	layout := func(now string) []byte {
		start := bytes.Index(library, []byte(abiMark)) + len(abiMark)
		out := bytes.Clone(library)
		copy(out[start:], now+"\x00")
		return out
	}
	if l, err := prepare(layout("9.0")); err != nil || !strings.Contains(l.Note, "cannot read") {
		t.Errorf("another major layout: %+v, %v", l, err)
	}
	if l, err := prepare(layout("1.0")); err != nil || !strings.Contains(l.Note, "layout 1.0") {
		t.Errorf("an older layout: %+v, %v", l, err)
	}
	_, err := prepare([]byte("#!/bin/sh\n"))
	refused(t, err, 1, OwnVariable, "no library")
	_, err = prepare(bytes.Replace(library, []byte(hashMark), []byte("gpufragtop-source-sha257:"), 1))
	refused(t, err, 1, "no shim of gpufragtop")
	strange := bytes.Replace(library, []byte("\x00libdl.so.2\x00"), []byte("\x00libxx.so.2\x00"), 1)
	_, err = prepare(strange)
	refused(t, err, 1, "it needs libxx.so.2")
	_, err = Prepare([]string{"/bin/true"}, []string{OwnVariable + "=" + own + ".none"}, RunOptions{})
	refused(t, err, 1, "no such file")
	if err := errors.Join(os.WriteFile(own, library, 0o755), os.Chmod(own, 0o777)); err != nil {
		t.Fatal(err)
	}
	_, err = Prepare([]string{"/bin/true"}, []string{OwnVariable + "=" + own}, RunOptions{})
	refused(t, err, 1, "writable for other users")
}
