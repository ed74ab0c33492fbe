package tui

import (
	"os"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// The table of keys in docs/screen.md is the help's, row by row.
func TestReadmeNamesEveryKey(t *testing.T) {
	readme, err := os.ReadFile("../docs/screen.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| key | does |\n|---|---|\n")
	for _, group := range newKeyMap(&paint.Glyphs{}, true, true).groups() {
		for _, k := range group.keys {
			names := strings.ReplaceAll(keyNames(k.Binding), " ", "` `")
			table.WriteString("| `" + names + "` | " + strings.ReplaceAll(k.text(), "|", `\|`) + " |\n")
		}
	}
	if strings.Contains(string(readme), table.String()) {
		return
	}
	begin := strings.Index(string(readme), "| key | does |")
	if !*update || begin < 0 {
		t.Fatalf("docs/screen.md does not hold this table of keys (go test ./tui -update writes it):\n%s", table.String())
	}
	_, rest, _ := strings.Cut(string(readme)[begin:], "\n\n")
	anew := string(readme)[:begin] + table.String() + "\n" + rest
	if err := os.WriteFile("../docs/screen.md", []byte(anew), 0o644); err != nil {
		t.Fatal(err)
	}
}
