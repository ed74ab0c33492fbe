package gate

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/tomlfile"
)

// LargestFile is how many bytes of a limit file are read at most.
const LargestFile = 64 << 10

// limitFile has the keys of a limit file: the names of the limits.
type limitFile struct {
	Fragmentation any `toml:"max-fragmentation"`
	Slack         any `toml:"max-slack"`
	LargestFree   any `toml:"min-largest-free"`
	Growth        any `toml:"max-growth"`
	Retries       any `toml:"max-retries"`
	OOMs          any `toml:"max-ooms"`
}

// ParseLimits reads a limit file: TOML with the names of the limits as keys, and
// as values numbers or what the flags take, in quotes. Errors name the line.
func ParseLimits(source []byte) (Limits, error) {
	var file limitFile
	if len(source) > LargestFile {
		return Limits{}, fmt.Errorf("more than %d KiB: this is no file of limits", LargestFile>>10)
	}
	var unknown *tomlfile.UnknownKeyError
	switch err := tomlfile.Decode(source, &file); {
	case errors.As(err, &unknown):
		return Limits{}, fmt.Errorf("%w: there are %s", err, strings.Join(Names(), ", "))
	case err != nil:
		return Limits{}, err
	}
	var limits Limits
	for i, value := range []any{file.Fragmentation, file.Slack, file.LargestFree, file.Growth, file.Retries, file.OOMs} {
		name := rules[i].name
		if value == nil {
			continue
		}
		written, err := asFlag(value)
		if err == nil {
			err = limits.Set(name, written)
		}
		if err != nil {
			return Limits{}, fmt.Errorf("line %d: %s: %w", lineOf(source, name), name, err)
		}
	}
	return limits, nil
}

// asFlag is a value as a flag would have it.
func asFlag(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", errors.New(`write a number, or a text such as "4GiB"`)
}

// lineOf is the line of a key that is known to be there.
func lineOf(source []byte, key string) int {
	place := regexp.MustCompile(`(?m)^[ \t]*["']?` + regexp.QuoteMeta(key) + `["']?[ \t]*=`).FindIndex(source)
	if place == nil {
		return 1
	}
	return 1 + bytes.Count(source[:place[0]], []byte("\n"))
}
