package explain

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestEveryMessageOfTheCorpusIsReadAndJudged(t *testing.T) {
	if len(corpus) < 25 {
		t.Fatalf("only %d messages", len(corpus))
	}
	for _, s := range corpus {
		t.Run(s.name, func(t *testing.T) { s.check(t, s.text, max(s.messages, 1)) })
	}
}

// check holds the explanation of a text against the sample.
func (s sample) check(t *testing.T, text string, messages int) {
	t.Helper()
	e, err := Explain(text)
	if err != nil {
		t.Fatal(err)
	}
	spoken := strings.Join(slices.Concat(e.Lines, e.Next), "\n")
	if e.Verdict != s.verdict || e.Source != s.source || e.Messages != messages {
		t.Errorf("%s by %s of %d, want %s by %s of %d\n%s", e.Verdict, e.Source, e.Messages, s.verdict, s.source, messages, spoken)
	}
	if device := e.Device.Or(-1); device != s.device {
		t.Errorf("device %d, want %d", device, s.device)
	}
	if self := e.Self.Or(0); self != s.self {
		t.Errorf("this process is %d, want %d", self, s.self)
	}
	got, want := named(e.Figures), named(s.figures)
	for name, size := range want {
		if figure := got[name]; figure.Known() != size.Known() || figure.Or(0) != size.Or(0) {
			t.Errorf("%s: %d (known: %v), want %d (known: %v)", name, figure.Or(0), figure.Known(), size.Or(0), size.Known())
		}
	}
	if len(e.Processes) != len(s.others) {
		t.Fatalf("other processes %v, want %v", e.Processes, s.others)
	}
	for i, holder := range e.Processes {
		if want := s.others[i]; holder.PID != want.PID || holder.Bytes.Known() != want.Bytes.Known() || holder.Bytes.Or(0) != want.Bytes.Or(0) {
			t.Errorf("other process %v, want %v", holder, want)
		}
	}
	for _, words := range s.says {
		if !strings.Contains(spoken, words) {
			t.Errorf("does not say %q:\n%s", words, spoken)
		}
	}
	for _, words := range s.never {
		if strings.Contains(spoken, words) {
			t.Errorf("says %q:\n%s", words, spoken)
		}
	}
}

func named(f Figures) map[string]fragcalc.Bytes {
	return map[string]fragcalc.Bytes{
		"request": f.Request, "capacity": f.Capacity, "free": f.Free, "allowed": f.Allowed, "process": f.Process,
		"reserved": f.Reserved, "used": f.Used, "parked": f.Parked, "unallocated": f.Unallocated,
	}
}

// disguises are what terminals, logs and mails do to a message.
var disguises = map[string]func(string) string{
	"in a traceback": func(s string) string {
		return "Traceback (most recent call last):\n  File \"train.py\", line 9, in <module>\n    raise RuntimeError(\"CUDA out of memory. Tried to allocate \" + size)\n" + s + "\n\nwandb: waiting 12 files; 3.00 GiB allowed; 4.00 GiB free;\n"
	},
	"after another message": func(s string) string {
		return "CUDA out of memory. Tried to allocate 9.00 GiB. GPU 6 has a total capacity of 99.00 GiB of which 1.00 GiB is free.\nretrying\n" + s
	},
	"with ranks":        func(s string) string { return "[rank7]: " + strings.ReplaceAll(s, "\n", "\n[rank7]: ") },
	"of slurm's labels": func(s string) string { return "12: " + strings.ReplaceAll(s, "\n", "\n12: ") },
	"of docker compose": func(s string) string { return "worker_1  | " + strings.ReplaceAll(s, "\n", "\nworker_1  | ") },
	"with times": func(s string) string {
		return "2031-02-03T04:05:06.789Z " + strings.ReplaceAll(s, "\n", "\n2031-02-03T04:05:06.790Z ")
	},
	"of vLLM's log": func(s string) string {
		return "(EngineCore pid=78) ERROR 05-19 00:53:24 [core.py:1138] " + strings.ReplaceAll(s, "\n", "\n(EngineCore pid=78) ERROR 05-19 00:53:24 [core.py:1138] ")
	},
	"quoted in a mail":    func(s string) string { return "> " + strings.ReplaceAll(wrapped(s, 58), "\n", "\n> ") },
	"wrapped at 17":       func(s string) string { return wrapped(s, 17) },
	"wrapped at 40":       func(s string) string { return wrapped(s, 40) },
	"wrapped, with ranks": func(s string) string { return "[rank0]: " + strings.ReplaceAll(wrapped(s, 61), "\n", "\n[rank0]: ") },
	"in a box":            func(s string) string { return "│ " + strings.ReplaceAll(wrapped(s, 44), "\n", " │\n│ ") + " │" },
	"with Windows' lines": func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(wrapped(s, 80), "\r", ""), "\n", "\r\n")
	},
	"with wide spaces": func(s string) string { return strings.ReplaceAll(s, " ", "  \u00a0\t") },
	"in colour": func(s string) string {
		return "\x1b[31m" + strings.ReplaceAll(s, " ", "\x1b[0m \x1b[1;31m") + "\x1b[0m\x1b]0;title\x07"
	},
	"in written colour": func(s string) string { return `\u001b[31m` + strings.ReplaceAll(s, ". ", `.\x1b[0m ^[[1m`) },
	"in a JSON string": func(s string) string {
		return `{"error":"` + strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "\n", `\n`) + `","code":500}`
	},
	"in capitals": strings.ToUpper,
}

// wrapped breaks a text after so many characters, in words and numbers too.
func wrapped(s string, width int) string {
	var out strings.Builder
	for len(s) > width {
		out.WriteString(s[:width] + "\n")
		s = s[width:]
	}
	return out.String() + s
}

func TestAMessageIsReadThroughWhatLogsAndTerminalsDoToIt(t *testing.T) {
	for name, disguise := range disguises {
		for _, s := range corpus {
			messages := 1
			switch {
			case name == "after another message" && (s.verdict == OtherAllocator || s.name == "the words alone"):
				continue // PyTorch's message, which has figures, is explained then
			case name == "after another message", name == "in a traceback" && s.name == "the words alone":
				messages = 2
			}
			t.Run(name+"/"+s.name, func(t *testing.T) { s.check(t, disguise(s.text), messages) })
		}
	}
}

func TestTheLastOfSeveralMessagesIsExplained(t *testing.T) {
	var log strings.Builder
	for _, s := range corpus[:3] {
		log.WriteString(s.text + "\n")
	}
	e, err := Explain(log.String())
	if err != nil || e.Messages != 3 || e.Figures.Request.Or(0) != 64*mib {
		t.Errorf("%v messages, request %v, %v", e.Messages, e.Figures.Request.Or(0), err)
	}
	if !strings.HasPrefix(e.Lines[0], "The last of 3 messages: ") {
		t.Error(e.Lines[0])
	}
}

func TestOnlyTheEndOfALongLogIsRead(t *testing.T) {
	log := corpus[0].text + strings.Repeat("a line of a log\n", Limit/16) + corpus[3].text
	e, err := Explain(log)
	if err != nil || e.Messages != 1 || e.Verdict != PrivatePools {
		t.Errorf("%v messages, %v, %v", e.Messages, e.Verdict, err)
	}
}

func TestATextWithoutAMessageSaysWhatItCouldNotRead(t *testing.T) {
	for text, says := range map[string]string{
		"hello\nworld":    `no out-of-memory message in 2 lines (the last says "world"): paste from "out of memory" on`,
		"epoch 3 \x1b[1m": `no out-of-memory message in 1 line (the last says "epoch 3"): paste from "out of memory" on`,
		"日本語":             "no out-of-memory message: nothing in it is readable text",
		"":                "no out-of-memory message: nothing in it is readable text",
		"we tried to allocate 5 GiB to the budget": `no out-of-memory message in 1 line (the last says "we tried to allocate 5 GiB to the budget"): paste from "out of memory" on`,
		strings.Repeat("x", 1000):                  `no out-of-memory message in 1 line (the last says "` + strings.Repeat("x", 57) + `…"): paste from "out of memory" on`,
	} {
		_, err := Explain(text)
		var unread Unread
		if !errors.As(err, &unread) || err.Error() != says {
			t.Errorf("%.40q: %v, want %s", text, err, says)
		}
	}
}

// Long texts of what costs most for its length.
func BenchmarkExplainEvil(b *testing.B) {
	for name, piece := range map[string]string{
		"requests":   "out of memory. Tried to allocate 1.00 GiB. ",
		"processes":  "Process 1 has 1.00 GiB memory in use. ",
		"escapes":    "\x1b]\x1b[\x1bP",
		"brackets":   "[(pid=\n",
		"digits":     "9",
		"settings":   "expandable_segments",
		"short ones": "\n0: \n> ",
	} {
		b.Run(name, func(b *testing.B) {
			text := corpus[0].text + strings.Repeat(piece, Limit/len(piece)-100)
			b.SetBytes(int64(len(text)))
			for range b.N {
				_, _ = Explain(text)
			}
		})
	}
}
