package themes

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// missing names the roles that the theme gives no style, as "table.key".
func (t Theme) missing() []string {
	var names []string
	for _, table := range []struct {
		name   string
		styles any
	}{{"screen", t.Screen}, {"states", t.States}} {
		styles := reflect.ValueOf(table.styles)
		for i := range styles.NumField() {
			if style, ok := styles.Field(i).Interface().(Style); ok && !style.set {
				names = append(names, table.name+"."+styles.Type().Field(i).Tag.Get("toml"))
			}
		}
	}
	return names
}

// explain turns go-toml's errors into one line with the key and its line.
func explain(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		first := strict.Errors[0]
		line, _ := first.Position()
		return fmt.Errorf("line %d: unknown key %q", line, strings.Join(first.Key(), "."))
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, _ := decode.Position()
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}
