package tui

import "github.com/charmbracelet/bubbles/key"

// findKeys filter and sort.
type findKeys struct {
	Filter, Next, Previous, Tree             key.Binding
	Columns, Follow                          key.Binding
	Sort, SortLeft, SortRight, Invert        key.Binding
	ByMemory, ByFragmentation, ByPID, ByUser key.Binding
}

func newFindKeys() findKeys {
	return findKeys{
		Filter:   bind("/", "filter", "/"),
		Next:     bind("n", "next match", "n"),
		Previous: bind("N", "previous match", "N"),
		Tree:     bind("T", "jobs", "T"),
		Columns:  bind("c", "columns", "c", "f2"),
		Follow:   bind("ctrl-f", "follow", "ctrl+f"),

		Sort:            bind("s", "sort", "s", "f6"),
		SortLeft:        bind("<", "sort by the column to the left", "<"),
		SortRight:       bind(">", "sort by the column to the right", ">"),
		Invert:          bind("I", "reverse the order", "I"),
		ByMemory:        bind("M", "sort by GPU memory", "M"),
		ByFragmentation: bind("F", "sort by fragmentation", "F"),
		ByPID:           bind("P", "sort by PID", "P"),
		ByUser:          bind("U", "sort by user", "U"),
	}
}

func (k *findKeys) group() keyGroup {
	return keyGroup{"Find and sort", []keyHelp{
		{k.Filter, "filter any list: frag>0.3 & user==bob, or a text"},
		{k.Next, ""}, {k.Previous, ""},
		{k.Tree, "the processes of a job together, by rank"},
		{k.Sort, "choose what to sort by"}, {k.SortLeft, ""}, {k.SortRight, ""}, {k.Invert, ""},
		{k.Columns, "choose the columns of a list"},
		{k.Follow, "the cursor follows its row, or stays on its line"},
		{k.ByMemory, ""}, {k.ByFragmentation, ""}, {k.ByPID, ""}, {k.ByUser, ""},
	}}
}
