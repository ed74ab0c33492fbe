package fragcalc

// Signal is a signal that can be sent to a process, by its name without SIG.
type Signal string

// SignalChoice is a signal with what it is for.
type SignalChoice struct {
	Signal
	Means string // what a program does on it, unless it has decided otherwise
	Ends  bool   // the program ends
}

// SignalChoices are the signals worth sending to a program on a GPU, the most
// useful first.
func SignalChoices() []SignalChoice {
	return []SignalChoice{
		{"TERM", "asks it to end; what it has not saved may be lost", true},
		{"INT", "as Ctrl-C does: Python raises KeyboardInterrupt", true},
		{"HUP", "its terminal is gone; most programs end", true},
		{"USR1", "its own meaning; ends a program that has none (Slurm jobs: often a checkpoint)", true},
		{"USR2", "its own meaning; ends a program that has none", true},
		{"STOP", "stands still and keeps its memory; ranks that wait for it stand still, too", false},
		{"CONT", "goes on after STOP", false},
		{"KILL", "ends at once, without a chance to save anything", true},
	}
}
