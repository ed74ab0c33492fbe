package price

import "github.com/gpufragtop/gpufragtop/fragcalc"

// OnGPU are the stranded bytes and the slack of the processes on a GPU, each the
// sum of those that are known. Where none is known of any of its processes, the
// sum is unknown; on a GPU without processes it is 0.
func OnGPU(uuid string, processes []fragcalc.Process) (stranded, slack fragcalc.Bytes) {
	stranded, slack = fragcalc.Of[int64](0), fragcalc.Of[int64](0)
	first := true
	for i := range processes {
		p := &processes[i]
		if p.GPUUUID != uuid {
			continue
		}
		if first {
			stranded, slack, first = p.Stranded, p.Slack, false
			continue
		}
		stranded, slack = sum(stranded, p.Stranded), sum(slack, p.Slack)
	}
	return stranded, slack
}

// sum adds what is known.
func sum(a, b fragcalc.Bytes) fragcalc.Bytes {
	x, knownX := a.Get()
	y, knownY := b.Get()
	switch {
	case !knownX:
		return b
	case !knownY:
		return a
	}
	return fragcalc.Of(x + y)
}
