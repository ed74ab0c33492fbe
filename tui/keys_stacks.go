package tui

import "github.com/charmbracelet/bubbles/key"

// stackKeys are about stacks.
type stackKeys struct {
	Expand, Whole key.Binding
}

func newStackKeys() stackKeys {
	return stackKeys{
		Expand: bind("e", "calls", "e"),
		Whole:  bind("E", "whole stacks", "E"),
	}
}

func (k *stackKeys) group() keyGroup {
	return keyGroup{"Stacks", []keyHelp{
		{k.Expand, "all calls of the stack, or those of libraries folded; PgUp PgDn scroll them"},
		{k.Whole, "stacks that differ in libraries only count as one, or each by itself"},
	}}
}
