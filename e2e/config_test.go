package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettingsFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("gpufragtop/config.toml", "gpu_hour_price = 2.5\nsort = \"pid\"\n")
	other := write("other.toml", "gpu_hour_price = 4\n")
	home := []string{"XDG_CONFIG_HOME=" + folder}
	price := func(args ...string) string {
		got := invoke(t, home, append([]string{"--demo", "--json"}, args...)...)
		_, rest, _ := strings.Cut(got.stdout, `"price_per_gpu_hour":`)
		end := strings.IndexAny(rest, ",}")
		if got.code != 0 || end < 0 {
			t.Fatalf("exit code %d: %s", got.code, got.stderr)
		}
		return strings.TrimSpace(rest[:end])
	}
	if got := price(); got != "2.5" {
		t.Errorf("the default file: %s", got)
	}
	if got := price("--config", other); got != "4" {
		t.Errorf("another file: %s", got)
	}
	if got := price("--gpu-hour-price", "3"); got != "3" {
		t.Errorf("a flag comes first: %s", got)
	}
	for name, c := range map[string]struct{ text, want string }{
		"unknown key": {"\ncolour = 1\n", `line 2: unknown key "colour"`},
		"wrong kind":  {"delay = \"fast\"\n", "line 1"},
		"bad value":   {"delay = 0.001\n", "delay"},
		"no TOML":     {"<xml/>", "line 1"},
	} {
		got := invoke(t, nil, "--demo", "--once", "--config", write(name+".toml", c.text))
		if got.code != 2 || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d: %q", name, got.code, got.stderr)
		}
	}
	if got := invoke(t, nil, "--demo", "--once", "--config", filepath.Join(folder, "none.toml")); got.code != 2 || !strings.Contains(got.stderr, "none.toml") {
		t.Errorf("no such file: exit code %d: %q", got.code, got.stderr)
	}
}
