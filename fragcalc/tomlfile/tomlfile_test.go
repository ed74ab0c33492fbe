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
