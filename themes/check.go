package themes

import (
	"reflect"
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
