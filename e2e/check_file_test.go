package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckOfFiles(t *testing.T) {
	const snapshot = "../probe/dump/testdata/decode_server.default.pickle.gz" // 10.8 % stranded
	recording := filepath.Join(t.TempDir(), "demo.tape")
	if got := invoke(t, nil, "record", "--demo", "-o", recording, "--for", "1s", "-d", "0.2"); got.code != 0 {
		t.Fatalf("record: %+v", got)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string // on standard output
	}{
		{"within", []string{"--max-fragmentation", "0.2", snapshot}, 0, "passed"},
		{"crossed", []string{"--max-fragmentation", "0.05", snapshot}, 3, "crossed"},
		{"not told", []string{"--max-retries", "0", snapshot}, 1, "not known"},
		{"not told, and allowed", []string{"--max-retries", "0", "--allow-unknown", snapshot}, 0, "not known"},
		{"a recording", []string{"--max-fragmentation", "0.2", recording}, 3, "samples over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := invoke(t, nil, append([]string{"check"}, c.args...)...)
			if got.code != c.code || !strings.Contains(got.stdout, c.want) {
				t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}
