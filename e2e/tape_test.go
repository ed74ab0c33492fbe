package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/probe/tape"
)

// recorderKills is how often a recorder is killed; each at a random moment.
const recorderKills = 100

// A recorder that is killed at any moment leaves a file that replays up to its
// last whole line.
func TestARecorderThatIsKilledLosesOneLineAtMost(t *testing.T) {
	folder := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	samples, cut := 0, 0
	for i := range recorderKills {
		path := filepath.Join(folder, fmt.Sprintf("%d.tape", i))
		command := exec.Command(binary, "record", "--demo", "-d", "0.1", "-o", path)
		command.Env = cleanEnv()
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		// The moment is one in the file's growth, however slow the machine is,
		// and a random while behind it, up to the next sample.
		kill := int64(1 + random.IntN(70<<10))
		deadline := time.Now().Add(hang)
		for {
			if info, err := os.Stat(path); err == nil && info.Size() >= kill {
				break
			} else if time.Now().After(deadline) {
				t.Fatal("nothing is recorded")
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(random.IntN(100_000)) * time.Microsecond)
		_ = command.Process.Kill()
		_ = command.Wait()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		recording, err := tape.Open(path)
		if err != nil {
			if strings.Contains(err.Error(), "before its first sample") && info.Size() < 64<<10 {
				continue
			}
			t.Fatalf("killed at %d bytes: %v", info.Size(), err)
		}
		for j := range recording.Len() {
			if _, err := recording.Read(j); err != nil {
				t.Errorf("killed at %d bytes: %v", info.Size(), err)
			}
		}
		note := recording.Note()
		if note == "" {
			t.Errorf("killed at %d bytes: not a word of the missing end", info.Size())
		}
		if strings.Contains(note, "cut") {
			cut++
		}
		samples += recording.Len()
		recording.Close()
		if i%20 == 0 { // the built program says the same
			got := invoke(t, nil, "replay", "--json", path)
			var document struct{ Processes []any }
			if err := json.Unmarshal([]byte(got.stdout), &document); err != nil || got.code != 0 || len(document.Processes) == 0 || !strings.Contains(got.stderr, note) {
				t.Errorf("replay: exit code %d, %v, %q", got.code, err, got.stderr)
			}
		}
	}
	t.Logf("%d samples in %d files, %d of them cut within a line", samples, recorderKills, cut)
	if samples < recorderKills {
		t.Errorf("%d samples were recorded: killed too early to show anything", samples)
	}
}

// Cut at every length, as a kill within a write would, a file of the built
// program replays up to the last whole line.
func TestARecordingCutWithinALineReplays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "whole.tape")
	if got := invoke(t, nil, "record", "--demo", "-d", "0.1", "--for", "700ms", "-o", path); got.code != 0 || !strings.Contains(got.stderr, " samples, ") || got.stdout != "" {
		t.Fatalf("record: exit code %d, %q, %q", got.code, got.stderr, got.stdout)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 10 {
		size := len(whole)/3 + random.IntN(len(whole)*2/3-200)
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		got := invoke(t, nil, "replay", "--json", path)
		if got.code != 0 || !json.Valid([]byte(got.stdout)) || !strings.Contains(got.stderr, "whole up to") {
			t.Errorf("cut at %d: exit code %d, %q", size, got.code, got.stderr)
		}
	}
}

func TestRecordPassesTheProgramsEndOn(t *testing.T) {
	folder := t.TempDir()
	cache := "XDG_CACHE_HOME=" + folder
	for name, c := range map[string]struct {
		script string
		code   int
	}{
		"success": {"echo out; echo $LD_PRELOAD; exit 0", 0},
		"failure": {"echo out; exit 7", 7},
		"signal":  {"echo out; kill -KILL $$", 137},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder, name+".tape")
			got := invoke(t, []string{cache}, "record", "--demo", "-o", path, "--", "sh", "-c", c.script)
			if got.code != c.code || !strings.HasPrefix(got.stdout, "out\n") {
				t.Errorf("exit code %d, want %d; %q", got.code, c.code, got.stdout)
			}
			if c.code == 0 && !strings.Contains(got.stdout, folder) {
				t.Errorf("the shim is not preloaded: %q", got.stdout)
			}
			if replayed := invoke(t, nil, "replay", "--json", path); replayed.code != 0 {
				t.Errorf("replay: exit code %d, %q", replayed.code, replayed.stderr)
			}
		})
	}
}

// A signal to the recorder reaches the program, whose end ends both.
func TestRecordForwardsSignals(t *testing.T) {
	folder := t.TempDir()
	path, ready := filepath.Join(folder, "s.tape"), filepath.Join(folder, "ready")
	command := exec.Command(binary, "record", "--demo", "-d", "0.1", "-o", path, "--", "sh", "-c",
		`trap 'exit 9' TERM; : > "$0"; while :; do sleep 0.05; done`, ready)
	command.Env = append(cleanEnv(), "XDG_CACHE_HOME="+folder)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(hang, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ready); err == nil {
			break
		}
	}
	if err := command.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 9 {
		t.Errorf("exit code %d, want the program's, 9", code)
	}
	recording, err := tape.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer recording.Close()
	if note := recording.Note(); note != "" {
		t.Errorf("the recording was not ended: %s", note)
	}
}

// Ctrl-C ends a recording with one line, and leaves it whole.
func TestCtrlCEndsARecording(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.tape")
	term := startTerminal(t, 80, 24, nil, "record", "--demo", "-d", "0.1", "-o", path).drain()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(path); err == nil && info.Size() > 30<<10 {
			break
		}
	}
	term.press("\x03")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.await(" samples, ", 0)
	recording, err := tape.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer recording.Close()
	if note := recording.Note(); note != "" {
		t.Errorf("the recording was not ended: %s", note)
	}
}

// Ctrl-R on the screen records into a file of the current folder, for its owner
// only, and that replays; whatever ends the program ends it.
func TestTheScreenRecords(t *testing.T) {
	for name, end := range map[string]func(*terminal){
		"Ctrl-R":  func(term *terminal) { term.press("\x12") },
		"q":       func(term *terminal) { term.press("q") },
		"Ctrl-C":  func(term *terminal) { term.press("\x03") },
		"SIGTERM": func(term *terminal) { _ = term.command.Process.Signal(unix.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			term := startTerminalIn(t, folder, 120, 40, nil, "--demo", "--readonly", "-d", "0.2").drain()
			from := term.await("q quit", 0)
			term.press("\x12")
			from = term.await("Record what is seen", from)
			term.press("\r")
			from = term.await("REC 0:01", from)
			end(term)
			if name == "Ctrl-R" {
				term.await("gpufragtop replay shows it", from)
				term.press("q")
			}
			if code := term.wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			term.restored()
			files, err := filepath.Glob(filepath.Join(folder, "gpufragtop-demo-*.tape"))
			if err != nil || len(files) != 1 {
				t.Fatalf("%q, %v", files, err)
			}
			if info, err := os.Stat(files[0]); err != nil || info.Mode() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
			recording, err := tape.Open(files[0])
			if err != nil {
				t.Fatal(err)
			}
			defer recording.Close()
			if note := recording.Note(); note != "" || recording.Len() < 2 {
				t.Errorf("%d samples: %s", recording.Len(), note)
			}
			got := invoke(t, nil, "replay", "--once", files[0])
			if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, "python train.py") {
				t.Errorf("replay: exit code %d, %q, %q", got.code, got.stderr, got.stdout)
			}
		})
	}
}

// A disk that is full ends the recording with one line; the screen goes on, and
// what was recorded replays.
func TestAFullDiskEndsTheScreensRecording(t *testing.T) {
	folder := t.TempDir()
	if err := unix.Mount("none", folder, "tmpfs", 0, "size=128k,mode=700"); err != nil {
		t.Fatalf("cannot mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	term := startTerminalIn(t, folder, 200, 40, nil, "--demo", "-d", "0.1").drain()
	from := term.await("q quit", 0)
	term.press("\x12")
	from = term.await("Record what is seen", from)
	term.press("\r")
	from = term.await("the recording has ended: ", from)
	term.await("no space left on device", 0)
	term.press("H")
	from = term.await("esc back", from)
	files, err := filepath.Glob(filepath.Join(folder, "*.tape"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	if got := invoke(t, nil, "replay", "--once", files[0]); got.code != 0 || !strings.Contains(got.stdout, "python train.py") {
		t.Errorf("replay: exit code %d, %q, %q", got.code, got.stderr, got.stdout)
	}
	term.press("l")
	term.await("Done and seen", from)
	term.press("qq")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A name that is taken is refused in the pane, and the file left alone.
func TestTheScreenOverwritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "thesis.tex")
	if err := os.WriteFile(path, []byte("ten years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := startTerminal(t, 200, 40, nil, "--demo").drain()
	from := term.await("q quit", 0)
	term.press("\x12")
	from = term.await("Record what is seen", from)
	term.press("\x15" + path + "\r")
	from = term.await("choose another name", from)
	term.press("\x1b")
	term.await("nothing was written", from)
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if text, _ := os.ReadFile(path); string(text) != "ten years of work" {
		t.Errorf("the file is now %q", text)
	}
}

// The screen over the past, on a terminal: pause, step, speed, quit.
func TestReplayOnATerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.tape")
	if got := invoke(t, nil, "record", "--demo", "-d", "0.1", "--for", "1s", "-o", path); got.code != 0 {
		t.Fatalf("record: exit code %d, %q", got.code, got.stderr)
	}
	term := startTerminal(t, 120, 40, nil, "replay", path).drain()
	from := term.await("REPLAY", 0)
	term.press("{ ")
	from = term.await("PAUSED", from)
	term.press("{")
	term.press(".")
	from = term.await("sample 2 of", max(from-4000, 0))
	term.press(")")
	term.await("speed 2x", from-4000)
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.restored()
}

// Ctrl-C on a terminal signals the program and the recorder: the program gets
// it once, and decides when it ends.
func TestCtrlCReachesARecordedProgramOnce(t *testing.T) {
	folder := t.TempDir()
	path, log := filepath.Join(folder, "p.tape"), filepath.Join(folder, "log")
	term := startTerminal(t, 80, 24, []string{"XDG_CACHE_HOME=" + folder}, "record", "--demo", "-d", "0.1", "-o", path, "--", "sh", "-c",
		`trap 'echo int >> "$0"' INT; echo ready; n=0; while [ $n -lt 40 ]; do sleep 0.01; [ -s "$0" ] && n=$((n+1)); done; exit 5`, log).drain()
	term.await("ready", 0)
	term.press("\x03")
	if code := term.wait(); code != 5 {
		t.Errorf("exit code %d, want 5", code)
	}
	if text, _ := os.ReadFile(log); string(text) != "int\n" {
		t.Errorf("the program saw %q", text)
	}
	term.await(" samples, ", 0)
}
