package fragcalc

// HostUse is what a process takes of the node besides GPU memory.
type HostUse struct {
	CPU    Known[float64] // processors kept busy since the sample before, at first since it started; 1 is one of them
	Memory Bytes          // resident
}

// UnknownHostUse is a use of which nothing is known, for one reason.
func UnknownHostUse(reason string) HostUse {
	return HostUse{CPU: Unknown[float64](reason), Memory: Unknown[int64](reason)}
}
