package tui

import "github.com/charmbracelet/bubbles/key"

// mapKeys move over the memory map and zoom it.
type mapKeys struct {
	CellLeft, CellRight, NextBlock, LastBlock key.Binding
	LargestFree, LargestPinned                key.Binding
	ZoomIn, ZoomOut, ZoomAll                  key.Binding

	Hole  key.Binding // n, as the key bar of a map names it
	Worst key.Binding // B, as the key bars of lists name it
	Order key.Binding // s
}

func newMapKeys() mapKeys {
	return mapKeys{
		CellLeft:      bind("left", "a cell to the left", "left"),
		CellRight:     bind("right", "a cell to the right", "right"),
		NextBlock:     bind("J", "next block", "J"),
		LastBlock:     bind("K", "the block before", "K"),
		LargestFree:   bind("b", "largest free", "b"),
		LargestPinned: bind("B", "largest pinned", "B"),
		ZoomIn:        bind("+", "zoom", "+"),
		ZoomOut:       bind("-", "zoom out", "-"),
		ZoomAll:       bind("=", "all", "="),

		Hole:  bind("n", "next hole", "n"),
		Worst: bind("B", "worst", "B"),
		Order: bind("s", "order", "s"),
	}
}

func (k *mapKeys) group() keyGroup {
	return keyGroup{"On the memory map", []keyHelp{
		{k.CellLeft, ""}, {k.CellRight, ""}, {k.NextBlock, ""}, {k.LastBlock, ""},
		{k.LargestFree, "to the largest free block"},
		{k.LargestPinned, "to the segment with most stranded bytes, in lists too; on the map to the first block that holds it"},
		{k.ZoomIn, "zoom in, with the cursor in the middle"},
		{k.ZoomOut, ""},
		{k.ZoomAll, "zoom out until all is seen"},
		{k.Hole, "next stranded hole; N the one before"},
		{k.Order, "segments by address, by size, or by what is stranded in them"},
	}}
}
