package explain

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Whatever is pasted: no panic, nothing negative, sums that close, and lines
// that are safe to print and not many.
func FuzzExplain(f *testing.F) {
	for _, s := range corpus {
		f.Add(s.text)
	}
	f.Add("CUDA out of memory. Tried to allocate " + strings.Repeat("9", 50) + " GiB (GPU 99999999999; 1e9 GiB total capacity;")
	f.Add("CUDA out of memory. Tried to allocate 0 bytes. GPU 0 has a total capacity of 1023.99 PiB of which 0 bytes is free. Process 1 has 1023.99 PiB memory in use. Process 2 has 1023.99 PiB memory in use. Of the allocated memory 1.00 PiB is allocated by PyTorch, with 2.00 PiB allocated in private pools (")
	f.Add("out of memory. tried to allocate ...,,, GiB\x1b[\x1b]\x1b")
	f.Fuzz(func(t *testing.T, pasted string) {
		e, err := Explain(pasted)
		if err != nil {
			if message := err.Error(); !safe(message) || len(message) > 300 {
				t.Fatalf("error %q", message)
			}
			return
		}
		if e.Verdict == "" || e.Source == "" || e.Messages < 1 || len(e.Lines) == 0 {
			t.Fatalf("%+v", e)
		}
		for name, size := range named(e.Figures) {
			if n := size.Or(0); n < 0 || n >= 2*impossible {
				t.Errorf("%s is %d", name, n)
			}
		}
		used, knowsUsed := e.Figures.Used.Get()
		unallocated, knowsUnallocated := e.Figures.Unallocated.Get()
		reserved, knowsReserved := e.Figures.Reserved.Get()
		if knowsUsed && knowsUnallocated && knowsReserved && used+e.Figures.Parked.Or(0)+unallocated != reserved {
			t.Errorf("%d used + %d parked + %d unallocated is not %d", used, e.Figures.Parked.Or(0), unallocated, reserved)
		}
		for _, holder := range e.Processes {
			if holder.PID < 0 || holder.Bytes.Or(0) < 0 {
				t.Errorf("%+v", holder)
			}
		}
		for _, line := range append(e.Lines, e.Next...) {
			if !safe(line) || len(line) > 500 || strings.Contains(line, "-0") || strings.Contains(line, "%!") {
				t.Errorf("line %q", line)
			}
		}
	})
}

func safe(line string) bool {
	for _, r := range line {
		if !text.Printable(r) {
			return false
		}
	}
	return utf8.ValidString(line)
}

// Every half of every message, from both ends, with every single byte changed
// once: nothing panics, and a half never has a figure that the whole has not.
func TestHalvesOfMessagesAreReadAsFarAsTheyGo(t *testing.T) {
	for _, s := range corpus {
		whole, err := Explain(s.text)
		if err != nil {
			t.Fatal(err)
		}
		figures := named(whole.Figures)
		for cut := range len(s.text) {
			e, err := Explain(s.text[:cut])
			if err != nil || e.Source != whole.Source {
				continue
			}
			for name, size := range named(e.Figures) {
				// Reserved and the like follow from others: only what was read is held.
				if n, known := size.Get(); known && figures[name].Known() && n != figures[name].Or(0) && name != "used" && name != "parked" && name != "reserved" {
					t.Errorf("%s, cut at %d: %s is %d, not %d", s.name, cut, name, n, figures[name].Or(0))
				}
			}
		}
		for cut := range len(s.text) {
			_, _ = Explain(s.text[cut:])
			_, _ = Explain(s.text[:cut] + "\x00" + s.text[cut+1:])
			_, _ = Explain(s.text[:cut] + "9" + s.text[cut+1:])
		}
	}
}
