// Package tomlfile decodes the TOML files that people write for us (themes,
// settings, limits): every key must be known, and an error is one line that
// names the place.
package tomlfile

import (
	"bytes"
	"errors"
	"fmt"
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
	err := toml.NewDecoder(bytes.NewReader(source)).DisallowUnknownFields().Decode(into)
	var strict *toml.StrictMissingError
	var decode *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &strict) && len(strict.Errors) > 0:
		line, _ := strict.Errors[0].Position()
		return &UnknownKeyError{line, text.Clean(strings.Join(strict.Errors[0].Key(), "."), longestKey)}
	case errors.As(err, &decode):
		line, _ := decode.Position()
		return fmt.Errorf("line %d: %s", line, text.Clean(decode.Error(), longestError))
	}
	return errors.New(text.Clean(err.Error(), longestError))
}
