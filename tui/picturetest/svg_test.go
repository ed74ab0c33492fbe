package picturetest

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

var ground = Ground{"#101010", "#e0e0e0"}

func wellFormed(t *testing.T, picture string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in:\n%s", err, picture)
		}
	}
}

func contains(t *testing.T, picture string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(picture, part) {
			t.Errorf("no %q in:\n%s", part, picture)
		}
	}
}

func TestAStillShowsTextShapesAndColours(t *testing.T) {
	picture := Still("a <b>  c\x1b[0;1;38;2;255;0;16mred\x1b[m███\x1b[0;7mx\x1b[m\n\nend", 20, 3, ground)
	wellFormed(t, picture)
	contains(t, picture,
		`textLength="40" lengthAdjust="spacingAndGlyphs">a &lt;b&gt;</text>`, // five cells, one run
		".c1{fill:#ff0010;font-weight:bold}",
		`width="24" height="16"/>`, // three full cells as one rectangle
		`<use href="#r1" y="32"/>`, // the third line; the empty one is not drawn
		"#101010")
	if strings.Contains(picture, "█") {
		t.Error("a block is drawn as text")
	}
}

func TestAFilmShowsItsFramesInTurnAndSharesRows(t *testing.T) {
	film := Film([]Frame{{"same\none", "start", 1}, {"same\ntwo", "Enter", 3}}, 10, 2, ground)
	wellFormed(t, film)
	contains(t, film, "@keyframes f0{0%{visibility:visible}0.000%{visibility:visible}25.000%{visibility:hidden}}",
		"@keyframes f1{0%{visibility:hidden}25.000%{visibility:visible}100.000%{visibility:hidden}}", "animation:f1 4.0s", ">Enter</text>")
	if strings.Count(film, ">same</text>") != 1 {
		t.Error("a row that frames share is drawn twice")
	}
}
