package tui

import "github.com/charmbracelet/bubbles/key"

// replayKeys travel in a recording.
type replayKeys struct {
	Play, StepBack, StepForward, TravelBack, TravelForward key.Binding
	ToBegin, ToEnd, Slower, Faster                         key.Binding

	Travel key.Binding // TravelBack and TravelForward, as the key bar names them
}

func newReplayKeys() replayKeys {
	return replayKeys{
		Play:          bind("space", "play or pause", " ", "p"),
		StepBack:      bind(",", "a sample back", ","),
		StepForward:   bind(".", "a sample forward", "."),
		TravelBack:    bind("[", "a minute back", "["),
		TravelForward: bind("]", "a minute forward", "]"),
		ToBegin:       bind("{", "to its beginning", "{"),
		ToEnd:         bind("}", "to its end", "}"),
		Slower:        bind("(", "slower", "("),
		Faster:        bind(")", "faster", ")"),

		Travel: bind("[ ]", "a minute", "[", "]"),
	}
}

func (k *replayKeys) group() keyGroup {
	return keyGroup{"In a replay", []keyHelp{{k.Play, "play or pause the recording"}, {k.StepBack, ""}, {k.StepForward, ""},
		{k.TravelBack, ""}, {k.TravelForward, ""}, {k.ToBegin, ""}, {k.ToEnd, ""}, {k.Slower, ""}, {k.Faster, ""}}}
}
