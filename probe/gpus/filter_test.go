package gpus

import (
	"strings"
	"testing"
)

func TestFilter(t *testing.T) {
	whole := identity{index: 1, instance: -1, uuid: uuid1, bus: "00000000:0A:00.0"}
	instance := identity{index: 1, instance: 0, uuid: "MIG-11111111-0000-0000-0000-000000000000", bus: whole.bus}
	for word, want := range map[string]string{
		"1": "whole", "0": "", "01": "whole",
		uuid1: "whole", strings.ToUpper(uuid1): "whole", uuid0: "", "GPU-67707566": "whole", "GPU-": "", "67707566": "whole",
		"0a:00.0": "whole", "0000:0A:00.0": "whole", "00000000:0a:00.0": "whole", "00000001:0a:00.0": "", "1:0a:00.0": "",
		"MIG-1111": "instance", "1:0": "instance", "1:1": "",
	} {
		f := NewFilter([]string{word})
		got := ""
		if f.Match(whole.index, whole.uuid, whole.bus) {
			got += "whole"
		}
		if f.matchInstance(instance) {
			got += "instance"
		}
		if got != want {
			t.Errorf("-i %s selects %q, want %q", word, got, want)
		}
	}
}

func TestFilteredSample(t *testing.T) {
	w, _ := watch(t, "1")
	n := sample(w)
	expect(t, n, head+line1)
	if len(n.Ignored) != 1 || n.Ignored[0] != uuid0 {
		t.Errorf("ignored %v", n.Ignored)
	}
}

func TestFilterWithoutMatch(t *testing.T) {
	w, _ := watch(t, "0,7", "GPU-beef")
	expect(t, sample(w), head+line0+"fault node  id: no GPU matches 7, gpu-beef\n")
}

func TestUUID(t *testing.T) {
	bytes, ok := ParseUUID(uuid1)
	if !ok || string(bytes[:15]) != "gpufragtop-fake" || bytes[15] != 1 || FormatUUID(bytes) != uuid1 {
		t.Errorf("%s became %q", uuid1, bytes)
	}
	for _, bad := range []string{"", "GPU-", "GPU-1", "67707566-7261-6774-6f70-2d66616b6501", "MIG-GPU-67707566-7261-6774-6f70-2d66616b6501/1/0", uuid1 + "00", "GPU-zz707566-7261-6774-6f70-2d66616b6501"} {
		if _, ok := ParseUUID(bad); ok {
			t.Errorf("%q was taken for a UUID", bad)
		}
	}
}
