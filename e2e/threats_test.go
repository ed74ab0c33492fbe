package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// threats is how many rows there are.
const threats = 14

// The table of threats names tests that exist, leaves no row out, and says of
// each guard what was seen without it; the script that removes guards knows
// every row.
func TestTheTableOfThreats(t *testing.T) {
	table, err := os.ReadFile("THREATS.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("mutate")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for test := range testDocs(t) {
		_, name, _ := strings.Cut(test, " ")
		written[name] = true
	}
	rows := map[string]bool{}
	named := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	for line := range strings.Lines(string(table)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| ") || len(cells) < 2 || strings.HasPrefix(line, "| row ") || strings.HasPrefix(line, "| fault ") {
			continue
		}
		what := strings.TrimSpace(cells[0])
		rows[what] = true
		tests := named.FindAllString(line, -1)
		if len(tests) == 0 {
			t.Errorf("%s: no test", what)
		}
		for _, test := range tests {
			if !written[test] {
				t.Errorf("%s: there is no %s", what, test)
			}
		}
		if strings.HasPrefix(what, "2.") && (len(cells) != 5 || strings.TrimSpace(cells[4]) == "") {
			t.Errorf("%s: what was seen without the guard is not said", what)
		}
	}
	for i := range threats {
		row := fmt.Sprintf("2.%d", i+1)
		if !rows[row] {
			t.Errorf("row %s is missing", row)
		}
		if !strings.Contains(string(script), "guard "+row+" ") {
			t.Errorf("mutate removes no guard of row %s", row)
		}
	}
	const faults = 31 // of the notes that this project was designed from
	if got := len(rows) - threats; got < faults {
		t.Errorf("%d faults, %d are known", got, faults)
	}
	for _, test := range named.FindAllString(string(script), -1) {
		if !written[test] {
			t.Errorf("mutate names %s, which does not exist", test)
		}
	}
}
