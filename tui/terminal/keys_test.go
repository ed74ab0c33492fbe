package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// typed is a keyboard: pieces that come at once, and "" for a pause.
func typed(pieces ...string) *keys {
	k := &keys{}
	k.more = func(wait time.Duration) ([]byte, error) {
		for len(pieces) > 0 {
			piece := pieces[0]
			pieces = pieces[1:]
			if piece != "" {
				return []byte(piece), nil
			}
			if wait != forever {
				return nil, nil
			}
		}
		return nil, errors.New("gone")
	}
	return k
}

// reads are the pieces that Bubble Tea would read.
func (k *keys) reads() []string {
	var all []string
	buffer := make([]byte, 256)
	for {
		n, err := k.Read(buffer)
		if err != nil {
			return all
		}
		all = append(all, string(buffer[:n]))
	}
}

func TestKeysComeWhole(t *testing.T) {
	for _, test := range []struct{ typed, want []string }{
		{[]string{"q"}, []string{"q"}},
		{[]string{"jj\x1b[B"}, []string{"jj\x1b[B"}},
		{[]string{"\x1b", "[", "1", ";", "5", "A", "q"}, []string{"\x1b[1;5A", "q"}}, // over a slow line
		{[]string{"\x1b", "O", "P"}, []string{"\x1bOP"}},
		{[]string{"\x1b[[", "A"}, []string{"\x1b[[A"}}, // F1 of the Linux console
		{[]string{"\x1b", "", "j"}, []string{"\x1b", "j"}},
		{[]string{"\xc3", "\xa4"}, []string{"ä"}},
		{[]string{"\xc3", "", "a"}, []string{"\xc3", "a"}},
		{[]string{"\xff", "a"}, []string{"\xff", "a"}},
		{[]string{"a\x1b[200~q", "ry\x1b[20", "1~b"}, []string{"a", "\x1b[200~qry\x1b[201~", "b"}},
		{[]string{"\x1b", "[200~", "q\x1b[201~\x1b", "[A"}, []string{"\x1b[200~q\x1b[201~", "\x1b[A"}},
		{[]string{"\x1b[200~never ends", "", "q"}, []string{"\x1b[200~never ends\x1b[201~", "q"}},
		{[]string{"\x1b[200~1\x1b[201~\x1b[200~2\x1b[201~"}, []string{"\x1b[200~1\x1b[201~", "\x1b[200~2\x1b[201~"}},
	} {
		if got := typed(test.typed...).reads(); !slices.Equal(got, test.want) {
			t.Errorf("%q is read as %q, want %q", test.typed, got, test.want)
		}
	}
}

func TestALongPasteIsBounded(t *testing.T) {
	pieces := []string{pasteBegin}
	for i := range 3000 {
		pieces = append(pieces, fmt.Sprintf("%0100d", i))
	}
	pieces = append(pieces, "end\x1b[2", "01~q")
	got := typed(pieces...).reads()
	whole := strings.Join(got, "")
	if !strings.HasPrefix(whole, pasteBegin+"0000") || !strings.HasSuffix(whole, pasteEnd+"q") || len(whole) > pasteLimit+200 {
		t.Errorf("%d bytes: %.20q … %q", len(whole), whole, whole[len(whole)-40:])
	}
	if strings.Count(whole, pasteEnd) != 1 {
		t.Error("the paste has more than one end")
	}
}

func TestAnEndedTerminalIsTold(t *testing.T) {
	k := typed("q")
	told := make(chan struct{})
	k.ended = func() { close(told) }
	k.reads()
	<-told
}

func TestKeysAsFastAsNoHand(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	h := &hurry{}
	for i, step := range []struct {
		at     int
		worked int  // since the key before
		asking bool // when the key comes
		want   bool
	}{
		{0, 0, false, false},       // r
		{1, 0, true, true},         // and y, pasted
		{3, 0, true, true},         // and more
		{200, 0, true, false},      // a hand
		{201, 0, true, false},      // the question was there before it
		{1000, 0, false, false},    // r
		{4000, 2990, true, true},   // y, read late: the program was busy for most of the time between
		{5000, 0, true, false},     // y
		{5001, 0, false, false},    // that one was answered by it; and, pasted with it, r
		{5002, 0, true, true},      // and y
		{9000, 3998, false, false}, // j, late too, where nothing is asked
	} {
		h.worked(time.Duration(step.worked) * time.Millisecond)
		if got := h.tooFast(at(step.at), step.asking); got != step.want {
			t.Errorf("key %d: %v", i, got)
		}
	}
}
