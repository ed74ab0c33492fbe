package themes

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// library is a folder that holds these files, "NAME.toml" by name.
func library(t *testing.T, sources map[string]string) Library {
	t.Helper()
	l := Library{Folder: t.TempDir()}
	for name, source := range sources {
		if err := os.WriteFile(filepath.Join(l.Folder, name+extension), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestTheUsersThemeComesFirst(t *testing.T) {
	l := library(t, map[string]string{
		"nord":  "inherits = \"nord\"\n[screen]\nwarn = \"bold #ffffff\"\n",
		"mine":  "description = \"My\\u001b[31m own\"\ninherits = \"nord\"\nbackground = \"dark\"\n",
		"plain": "inherits = \"mono\"\n",
	})
	original, err := Load("nord")
	if err != nil {
		t.Fatal(err)
	}
	nord, err := l.Load("nord")
	if err != nil {
		t.Fatal(err)
	}
	white := Color{Kind: TrueColor, R: 255, G: 255, B: 255}
	if nord.Screen.Warn.FG != white || !nord.Screen.Warn.Bold || nord.Screen.OK != original.Screen.OK || nord.Background != original.Background || nord.Description != "As nord, changed" {
		t.Errorf("%+v", nord)
	}
	mine, err := l.Load("mine")
	if err != nil {
		t.Fatal(err)
	}
	if mine.Screen.Warn != nord.Screen.Warn || mine.Background.Ground != Dark || mine.Background.Painted() || mine.Description != "My[31m own" || mine.Name != "mine" {
		t.Errorf("%+v", mine)
	}
	if names := l.Names(); !slices.Contains(names, "mine") || !slices.Contains(names, "tokyo-night") || !slices.IsSorted(names) || len(names) != len(Names())+2 {
		t.Errorf("%v", names)
	}
	if l.Path("nord") == "" || l.Path("tokyo-night") != "" || (Library{}).Path("nord") != "" {
		t.Error("wrong paths")
	}
	if _, err := (Library{Folder: filepath.Join(l.Folder, "none")}).Load("nord"); err != nil {
		t.Errorf("without a folder: %v", err)
	}
}

func TestHostileFiles(t *testing.T) {
	chain := map[string]string{}
	for i := range mostInherits + 1 {
		chain["chain"+string(rune('a'+i))] = "inherits = \"chain" + string(rune('b'+i)) + "\"\n"
	}
	for name, source := range chain {
		if name == "chain"+string(rune('a'+mostInherits)) {
			chain[name] = strings.Replace(source, "chain", "", 1)
		}
	}
	sources := map[string]string{
		"empty":   "",
		"no-toml": "\x00\x01<xml/>",
		"bad":     "inherits = \"mono\"\n[screen]\nok = \"mau\\u001b[2Jve\"\n",
		"number":  "inherits = \"mono\"\n[screen]\nok = 7\n",
		"unknown": "inherits = \"mono\"\n\n[states]\npendng = \"red\"\n",
		"ground":  "inherits = \"mono\"\nbackground = \"#102030\"\n",
		"loop":    "inherits = \"pool\"\n",
		"pool":    "inherits = \"loop\"\n",
		"orphan":  "inherits = \"\\u001b[2J../../etc/passwd\"\n",
		"huge":    strings.Repeat("#\n", mostFile),
		"utf8":    "description = \"\xff\"\ninherits = \"mono\"\n",
	}
	for name, source := range chain {
		sources[name] = source
	}
	l := library(t, sources)
	if err := syscall.Mkfifo(filepath.Join(l.Folder, "pipe.toml"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(l.Folder, "folder.toml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(l.Folder, "link.toml")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"empty":   {"empty.toml: nothing for background, screen.fg,", `inherits = "default"`},
		"no-toml": {"no-toml.toml: line 1: "},
		"bad":     {`bad.toml: line 3: screen.ok: no colour or attribute "mau\x1b[2Jve": write`},
		"number":  {"number.toml: line 3: ok: "},
		"unknown": {`unknown.toml: line 4: unknown key "states.pendng"`, "mend or remove"},
		"ground":  {"ground.toml: screen.fg has no colour", "give it one"},
		"loop":    {"loop.toml inherits itself", "pool.toml"},
		"orphan":  {"orphan.toml: inherits = ", "no such theme", "choose one of"},
		"huge":    {"huge.toml: longer than 64 KiB"},
		"utf8":    {"utf8.toml: line 1: "},
		"pipe":    {"pipe.toml: not a plain file"},
		"folder":  {"folder.toml: not a plain file"},
		"link":    {"link.toml: no such file"},
		"chaina":  {"chaina.toml: 8 themes inherit"},

		"../themes/bad": {"no theme", "choose one of"},
		"..":            {"no theme"},
		"\x1b[2J":       {"no theme"},
	} {
		_, err := l.Load(name)
		if err == nil {
			t.Errorf("%q: no error", name)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v, want %q in it", name, err, part)
			}
		}
		if strings.ContainsAny(err.Error(), "\n\x1b\x00") {
			t.Errorf("%q: not one clean line: %q", name, err.Error())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		source, err := files.ReadFile(name + extension)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	f.Add([]byte("inherits = \"mine\"\n[screen]\nok = 7\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		theme, err := Parse("mine", source)
		switch {
		case err == nil && theme.missing() != nil:
			t.Errorf("lacks %v", theme.missing())
		case err != nil && strings.ContainsAny(err.Error(), "\n\x1b"):
			t.Errorf("%q", err.Error())
		}
	})
}

// The theme in docs/screen.md is one.
func TestTheReadmesTheme(t *testing.T) {
	readme, err := os.ReadFile("../docs/screen.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```toml\ninherits")
	source, _, found := strings.Cut("inherits"+rest, "```")
	if !found {
		t.Fatal("docs/screen.md shows no theme")
	}
	theme, err := Parse("mine", []byte(source))
	if err != nil || theme.Faint() != nil || theme.Background.Ground != Dark || !theme.States.Stranded.Bold {
		t.Errorf("%v, %v, %+v", err, theme.Faint(), theme)
	}
	whole := Theme{}
	whole.Each(func(name string, _ *Style) {
		if _, key, _ := strings.Cut(name, "."); !strings.Contains(source, " "+key) {
			t.Errorf("docs/screen.md does not name %s", name)
		}
	})
}
