// Package tomlfile decodes the TOML files that people write for us (themes,
// settings, limits): every key must be known, and an error is one line that
// names the place.
package tomlfile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Most of an error's foreign words.
const (
	longestKey   = 80
	longestError = 200
)

// UnknownKeyError is a key that the file may not have.
type UnknownKeyError struct {
	Line int    // from 1 on
	Key  string // dotted, cleaned of control characters
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("line %d: unknown key %q", e.Line, e.Key)
}

// Decode reads a source into a struct with toml tags. The error is an
// *UnknownKeyError for the first key that the struct does not have.
func Decode(source []byte, into any) error {
	err := decode(source, into)
	var strict *toml.StrictMissingError
	var place *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &strict) && len(strict.Errors) > 0:
		line, _ := strict.Errors[0].Position()
		return &UnknownKeyError{line, text.Clean(strings.Join(strict.Errors[0].Key(), "."), longestKey)}
	case errors.As(err, &place):
		line, _ := place.Position()
		return failure(line, strings.Join(place.Key(), "."), reason(place))
	}
	line := lineOf(err, source, into)
	key, _, _ := strings.Cut(string(bytes.Split(source, newline)[line-1]), "=")
	return failure(line, strings.TrimSpace(key), err.Error())
}

func decode(source []byte, into any) error {
	return toml.NewDecoder(bytes.NewReader(source)).DisallowUnknownFields().Decode(into)
}

// failure is the error at a key, if one is known there.
func failure(line int, key, reason string) error {
	reason = text.Clean(reason, longestError)
	if key = text.Clean(key, longestKey); key != "" {
		return fmt.Errorf("line %d: %s: %s", line, key, reason)
	}
	return fmt.Errorf("line %d: %s", line, reason)
}

// reason says what is wrong at a place without the words of our sources, such
// as the names of structs.
func reason(err *toml.DecodeError) string {
	words := strings.TrimPrefix(err.Error(), "toml: ")
	if kind, ok := strings.CutPrefix(words, "cannot decode TOML "); ok {
		kind, _, _ = strings.Cut(kind, " into ")
		return "the value cannot be of type " + kind
	}
	return words
}

var newline = []byte("\n")

// lineOf finds the line of an error that does not tell it: the first line with
// which the source before it fails in the same way.
func lineOf(err error, source []byte, into any) int {
	lines := bytes.SplitAfter(source, newline)
	ends := make([]int, len(lines))
	end := 0
	for i, line := range lines {
		end += len(line)
		ends[i] = end
	}
	at := sort.Search(len(ends)-1, func(i int) bool {
		fresh := reflect.New(reflect.TypeOf(into).Elem()).Interface()
		got := decode(source[:ends[i]], fresh)
		return got != nil && got.Error() == err.Error()
	})
	return at + 1
}
