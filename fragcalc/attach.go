package fragcalc

// AttachPlan is what attaching to a process that runs without instrumentation
// would do to it.
type AttachPlan struct {
	Target ProcessID
	Name   string // of the program, as the kernel has it
	Python string // "3.12"; empty when unknown
	Pause  string // how long it will stand still, in words
	Stops  bool   // it does stand still, be it for a moment: to be consented to
	Why    string // why not without that, where one could expect it; empty if there is nothing to say
}
