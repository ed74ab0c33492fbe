//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const otherUser = "other user: needs root or CAP_SYS_PTRACE"

// Another user's process is shown with what NVML tells, and can be neither
// looked into nor released; its own user and root can do both.
func TestOtherUsers(t *testing.T) {
	n := newNode(t)
	p := n.publish(as(alice)...)
	n.charge(fmt.Sprintf("%d:0:100", p.pid))

	row := n.look(as(bob)).row(t, p.pid)
	if !row.OutOfReach || row.Instrumented || row.Available || row.Refusal == nil || *row.Refusal != otherUser || row.Reserved != nil {
		t.Errorf("as another user: %+v", row)
	}
	if row.Memory == nil || *row.Memory != 100<<20 || *row.UID != alice || row.Command == "" {
		t.Errorf("what everybody may know: %+v", row)
	}
	if got := n.run(as(bob), "--once"); !strings.Contains(got.stdout, "\n×") || !strings.Contains(got.stdout, strconv.Itoa(alice)) {
		t.Errorf("not told apart without colour: %s", got.stdout)
	}
	if got := n.run(as(bob), "release", strconv.Itoa(p.pid), "--yes"); got.code != 4 || !strings.Contains(got.stderr, otherUser) {
		t.Errorf("release by another user: %d %q", got.code, got.stderr)
	}
	if releases := p.releases(); releases != 0 {
		t.Errorf("%d releases by another user", releases)
	}
	for who, wrapper := range map[string][]string{"its user": as(alice), "root": nil} {
		if row := n.look(wrapper).row(t, p.pid); row.OutOfReach || !row.Available || row.Reserved == nil {
			t.Errorf("as %s: %+v", who, row)
		}
		if got := n.run(wrapper, "release", strconv.Itoa(p.pid), "--yes"); got.code != 0 {
			t.Errorf("release by %s: %d %q", who, got.code, got.stderr)
		}
		if releases := p.releases(); releases != 1 {
			t.Errorf("%d releases by %s", releases, who)
		}
	}
}

// The kernel keeps another user from the command page itself: no request can
// be forged around the monitor.
func TestOtherUsersCannotOpenTheCommandPage(t *testing.T) {
	n := newNode(t)
	p := n.publish(as(alice)...)
	const try = `for fd in /proc/$1/fd/* /proc/$1/map_files/*; do
		{ true <"$fd"; } 2>/dev/null && echo "opened $fd"
		{ true >>"$fd"; } 2>/dev/null && echo "opened $fd for writing"
	done; ls /proc/$1/fd >/dev/null 2>&1 && echo "listed"; true`
	argv := as(bob, "sh", "-c", try, "sh", strconv.Itoa(p.pid))
	if got := invokeCommand(t, n.env, argv[0], argv[1:]...); got.stdout != "" {
		t.Errorf("another user could: %s", got.stdout)
	}
	argv = as(alice, "sh", "-c", try, "sh", strconv.Itoa(p.pid))
	if got := invokeCommand(t, n.env, argv[0], argv[1:]...); strings.Count(got.stdout, "for writing") < 2 {
		t.Error("not even its user could: this test has shown nothing")
	}
}

// With /proc mounted hidepid=2 others are hidden, which is not ended.
func TestHiddenIsNotEnded(t *testing.T) {
	n := newNode(t)
	p := n.publish(as(alice)...)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	n.charge(fmt.Sprintf("%d:0:100", p.pid), fmt.Sprintf("%d:0:50", dead.Process.Pid))
	hidden := append([]string{"unshare", "--mount", "--", "sh", "-c", `mount -t proc -o hidepid=2 proc /proc && exec "$@"`, "sh"}, as(bob)...)
	document := n.look(hidden)
	row := document.row(t, p.pid)
	if !row.OutOfReach || !strings.Contains(row.Command, "hidden") || row.Refusal == nil || !strings.Contains(*row.Refusal, "hidepid") || *row.Memory != 100<<20 {
		t.Errorf("hidden: %+v %v", row, *row.Refusal)
	}
	if row := document.row(t, dead.Process.Pid); !strings.Contains(row.Command, "ended") {
		t.Errorf("ended: %+v", row)
	}
	if got := n.run(hidden, "release", strconv.Itoa(p.pid), "--yes"); got.code != 4 || !strings.Contains(got.stderr, "hidepid") {
		t.Errorf("release: %d %q", got.code, got.stderr)
	}
	if releases := p.releases(); releases != 0 {
		t.Errorf("%d releases", releases)
	}
}

// A process whose user has no number in its user namespace is nobody's: it is
// shown, and never asked. With a number it is like any other.
func TestUserNamespaces(t *testing.T) {
	n := newNode(t)
	nobody, somebody := n.publish("unshare", "--user"), n.publish("unshare", "--user", "--map-root-user")
	n.charge(fmt.Sprintf("%d:0:100", nobody.pid), fmt.Sprintf("%d:0:50", somebody.pid))
	document := n.look(nil)
	row := document.row(t, nobody.pid)
	if row.Reserved == nil || row.Available || row.Refusal == nil || !strings.Contains(*row.Refusal, "read-only: its user has no number in the user namespace that it runs in") {
		t.Errorf("without a number: %+v", row)
	}
	if got := n.run(nil, "release", strconv.Itoa(nobody.pid), "--yes"); got.code != 4 || !strings.Contains(got.stderr, "read-only") {
		t.Errorf("release without a number: %d %q", got.code, got.stderr)
	}
	if releases := nobody.releases(); releases != 0 {
		t.Errorf("%d releases", releases)
	}
	if row := document.row(t, somebody.pid); !row.Available {
		t.Errorf("with a number: %+v", row)
	}
	if got := n.run(nil, "release", strconv.Itoa(somebody.pid), "--yes"); got.code != 0 || somebody.releases() != 1 {
		t.Errorf("release with a number: %d %q", got.code, got.stderr)
	}
}

// A monitor in a user namespace without numbers for others: the number that
// the kernel shows in their place is nobody's, and nothing is asked for it.
func TestAMonitorThatDoesNotKnowTheUser(t *testing.T) {
	n := newNode(t)
	argv := as(alice, "unshare", "--user", "--map-root-user", "sleep", "1000")
	inside := exec.Command(argv[0], argv[1:]...)
	if err := inside.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = inside.Process.Kill()
		_ = inside.Wait()
	}()
	enter := []string{"nsenter", "--user", "-t", strconv.Itoa(inside.Process.Pid), "--preserve-credentials", "--"}
	for end := time.Now().Add(hang); ; time.Sleep(10 * time.Millisecond) {
		if text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/uid_map", inside.Process.Pid)); strings.Contains(string(text), strconv.Itoa(alice)) {
			break
		} else if time.Now().After(end) {
			t.Fatalf("no user namespace: %q", text)
		}
	}
	// In there alice is root, and the real root has no number.
	p, monitor := n.publish(enter...), as(alice, enter...)
	n.charge(fmt.Sprintf("%d:0:100", p.pid))
	row := n.look(monitor).row(t, p.pid)
	if !row.OutOfReach || row.Available || row.Refusal == nil || *row.Refusal != otherUser || row.UID == nil || *row.UID != 65534 {
		t.Errorf("%+v", row)
	}
	if got := n.run(monitor, "release", strconv.Itoa(p.pid), "--yes"); got.code != 4 || !strings.Contains(got.stderr, otherUser) {
		t.Errorf("release: %d %q", got.code, got.stderr)
	}
	if releases := p.releases(); releases != 0 {
		t.Errorf("%d releases", releases)
	}
}

// Under sudo with the home of another user, root reads none of its links and
// makes nothing in it.
func TestRootInAnotherUsersHome(t *testing.T) {
	n := newNode(t)
	home := filepath.Join(n.folder, "home")
	config := filepath.Join(home, ".config", "gpufragtop")
	secret := filepath.Join(n.folder, "shadow")
	for _, err := range []error{
		os.MkdirAll(config, 0o755), os.WriteFile(secret, []byte("root-secret-line\n"), 0o600), os.Symlink(secret, filepath.Join(config, "config.toml")),
		filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, alice, alice))
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	n.env = append(n.env, "HOME="+home, "XDG_CONFIG_HOME=", "XDG_CACHE_HOME=")
	got := n.run(nil, "--demo", "--once")
	if got.code != 0 || strings.Contains(got.stderr+got.stdout, "root-secret-line") || !strings.Contains(got.stderr, "settings are not read") {
		t.Errorf("settings by a link: %d %q", got.code, got.stderr)
	}
	own := filepath.Join(config, "themes", "mine.toml")
	if err := errors.Join(os.Mkdir(filepath.Dir(own), 0o755), os.Symlink(secret, own), os.Lchown(own, alice, alice)); err != nil {
		t.Fatal(err)
	}
	got = n.run(nil, "themes", "mine")
	if got.code == 0 || strings.Contains(got.stderr+got.stdout, "root-secret-line") || !strings.Contains(got.stderr, "root does not follow it") {
		t.Errorf("a theme by a link: %d %q", got.code, got.stderr)
	}
	got = n.run(nil, "run", "--", "true")
	if got.code != 1 || !strings.Contains(got.stderr, "belongs to another user") {
		t.Errorf("run: %d %q", got.code, got.stderr)
	}
	if _, err := os.Lstat(filepath.Join(home, ".cache")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("root made something in the home: %v", err)
	}
	tape := filepath.Join(home, "run.tape")
	if err := errors.Join(os.Symlink(secret, tape), os.Lchown(tape, alice, alice)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"record", "--demo", "--for", "1ms", "--force", "-o", tape},
		{"record", "--demo", "--for", "1ms", "-o", tape},
		{"check", "--max-slack", "1KiB", "--report", tape, "../probe/dump/testdata/none"},
	} {
		if got := n.run(nil, args...); got.code == 0 {
			t.Errorf("%v: %d %q", args, got.code, got.stderr)
		}
	}
	if text, err := os.ReadFile(secret); string(text) != "root-secret-line\n" {
		t.Errorf("the file behind the link holds %q, %v", text, err)
	}
}

// Whoever owns a folder on the way to the library can put another in its place.
func TestACacheOfAnotherUser(t *testing.T) {
	n := newNode(t)
	theirs := filepath.Join(n.folder, "theirs")
	mine := filepath.Join(theirs, "mine")
	if err := errors.Join(os.MkdirAll(mine, 0o755), os.Chown(theirs, alice, alice), os.Chown(mine, bob, bob)); err != nil {
		t.Fatal(err)
	}
	n.env = append(n.env, "GPUFRAGTOP_CACHE_DIR="+mine)
	got := n.run(as(bob), "run", "--", "true")
	if got.code != 1 || !strings.Contains(got.stderr, theirs+" belongs to another user") {
		t.Errorf("%d %q", got.code, got.stderr)
	}
	if err := os.Chown(theirs, bob, bob); err != nil {
		t.Fatal(err)
	}
	if got := n.run(as(bob), "run", "--", "true"); got.code != 0 {
		t.Errorf("in a folder of his own: %d %q", got.code, got.stderr)
	}
}
