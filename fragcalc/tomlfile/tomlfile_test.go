package tomlfile

import (
	"errors"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	var file struct {
		Size int `toml:"size"`
	}
	if err := Decode([]byte("size = 7\n"), &file); err != nil || file.Size != 7 {
		t.Errorf("%+v, %v", file, err)
	}
	var unknown *UnknownKeyError
	if err := Decode([]byte("size = 1\n\n\"co\\u001blour\" = 2\n"), &file); !errors.As(err, &unknown) || unknown.Line != 3 || unknown.Key != "colour" {
		t.Errorf("%v", err)
	}
	for _, source := range []string{"size = \"many\"\n", "size = \n", "<xml>"} {
		if err := Decode([]byte(source), &file); err == nil || !strings.HasPrefix(err.Error(), "line 1: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", source, err)
		}
	}
}

// shout refuses whatever is written, as a reader of a style does.
type shout struct{}

func (*shout) UnmarshalText(text []byte) error { return errors.New("nothing loud: " + string(text)) }

func TestErrorsNameLineAndKey(t *testing.T) {
	for source, want := range map[string]string{
		"size = 1\n\nsize = \"many\"\n":           "line 3: size: key size is already defined",
		"\n[table]\nsize = \"many\"\n":            "line 3: table.size: the value cannot be of type string",
		"[table]\n\nloud = \"a\"\nsize = 1\n":     `line 3: table.loud: nothing loud: a`,
		"# loud\n[table]\nloud = 7\nsize = 1\n":   `line 3: loud: nothing loud: 7`, // the decoder tells no place
		"[table]\nsize = 1\nloud = true":          `line 3: loud: nothing loud: true`,
		"table = 3\n":                             `line 1: table: the value cannot be of type integer`,
		"[table]\nloud = \"" + "x\\u001b[31m\"\n": `line 2: table.loud: nothing loud: x[31m`,
	} {
		var file struct {
			Size  int `toml:"size"`
			Table struct {
				Size int   `toml:"size"`
				Loud shout `toml:"loud"`
			} `toml:"table"`
		}
		if err := Decode([]byte(source), &file); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}
