package e2e

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// testDocs are the doc comments of all tests of the module: folder and name of
// each, a space between.
func testDocs(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel("..", filepath.Dir(path))
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil && regexp.MustCompile("^(Test|Fuzz)").MatchString(f.Name.Name) {
				docs[filepath.ToSlash(folder)+" "+f.Name.Name] = f.Doc.Text()
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// TestCases holds CASES.md to the tests that there are: none is missing, and
// each says which case it is for.
func TestCases(t *testing.T) {
	table, err := os.ReadFile("CASES.md")
	if err != nil {
		t.Fatal(err)
	}
	docs, found := testDocs(t), map[int]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \| ([^|]+) \|$`).FindAllStringSubmatch(string(table), -1) {
		number, _ := strconv.Atoi(row[1])
		found[number] = true
		folder := ""
		for _, name := range strings.Split(row[2], ", ") {
			if in, rest, ok := strings.Cut(name, " "); ok {
				folder, name = in, rest
			}
			doc, exists := docs[folder+" "+name]
			if !exists {
				t.Errorf("case %d: there is no test %s in %s", number, name, folder)
			} else if !regexp.MustCompile(fmt.Sprintf(`\b[Cc]ases? ([0-9, and]* )?%d\b`, number)).MatchString(doc) {
				t.Errorf("case %d: the comment of %s does not name it: %q", number, name, doc)
			}
		}
	}
	for _, number := range []int{10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 24, 25} {
		if !found[number] {
			t.Errorf("case %d is missing", number)
		}
	}
}
