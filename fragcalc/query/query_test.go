package query

import (
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const gpu0, gpu1 = "GPU-0", "GPU-1"

func rows() []fragcalc.Process {
	trainer := fragcalc.Process{User: "alice", Command: "python train.py --name \"a b\"", GPUMemory: fragcalc.Of[int64](60 << 30), Framework: fragcalc.Framework{Name: "pytorch"}}
	trainer.PID, trainer.GPUUUID = 100, gpu0
	trainer.Reserved, trainer.Fragmentation = fragcalc.Of[int64](50<<30), fragcalc.Of(0.4)
	server := fragcalc.Process{User: "bob", Command: "llama-server", GPUMemory: fragcalc.Of[int64](2 << 30)}
	server.PID, server.GPUUUID = 200, gpu1
	small := fragcalc.Process{User: "Alice", Command: "python eval.py", GPUMemory: fragcalc.Of[int64](1 << 30)}
	small.PID, small.GPUUUID = 50, gpu1
	small.Reserved, small.Fragmentation = fragcalc.Of[int64](1<<29), fragcalc.Of(0.0)
	return []fragcalc.Process{trainer, server, small}
}

func node2() *fragcalc.Snapshot {
	return &fragcalc.Snapshot{GPUs: []fragcalc.GPU{{Index: 0, UUID: gpu0}, {Index: 1, UUID: gpu1}}}
}

// Jobs, and where processes live.
func TestFilterByJob(t *testing.T) {
	all := rows()
	all[0].Where = fragcalc.Where{Kind: "slurm", ID: "4711.0", SlurmJob: "4711", SlurmStep: "0"}
	all[0].Task = fragcalc.Task{JobKind: "slurm", JobID: "4711.0", Rank: fragcalc.Of(5), World: fragcalc.Of(8)}
	all[0].Job = "rank 5/8 slurm 4711"
	all[1].Where = fragcalc.Where{Kind: "systemd", ID: "llama.service", Unit: "llama.service"}
	all[2].Where = fragcalc.Where{Kind: "kubernetes", Name: "eval-0", Pod: "ml/eval-0", Container: "0a1b2c"}
	all[2].Task = fragcalc.Task{JobKind: "torchrun", JobID: "run7", Rank: fragcalc.Of(0)}
	for expression, want := range map[string][]int{
		"job==4711": {100}, "job==run7": {50}, "job!=4711": {50}, "rank==5": {100}, "rank<5": {50}, "rank>=0": {100, 50},
		"where~slurm": {100}, `where=="pod eval-0"`: {50}, "unit==llama.service": {200}, "pod~eval": {50}, "pod==ml/eval-0": {50},
		"container~0a1b": {50}, "4711": {100}, "llama.service": {200}, "eval-0": {50}, `"rank 5"`: {100},
	} {
		f, err := ParseFilter(expression)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, p := range all {
			if f.Match(p, node2()) {
				got = append(got, p.PID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", expression, got, want)
		}
	}
	Sort(all, "rank", false, node2())
	if all[0].PID != 50 || all[1].PID != 100 || all[2].PID != 200 {
		t.Errorf("by rank: %d, %d, %d", all[0].PID, all[1].PID, all[2].PID)
	}
}

func TestFilter(t *testing.T) {
	for expression, want := range map[string][]int{
		"":                         {100, 200, 50},
		"python":                   {100, 50},
		"train.py --name":          {100},
		"PYTHON":                   {100, 50},
		"user==alice":              {100, 50},
		"user!=alice":              {200},
		"user~ob":                  {200},
		"frag>0.3":                 {100},
		"frag>=30%":                {100},
		"frag<0.3":                 {50}, // unknown never matches
		"frag!=0.4":                {50},
		"!frag<0.3":                {100},
		"!frag>=0":                 {},
		"frag>0.3 | bob":           {100, 200},
		"!(frag>0.3 & bob)":        {100, 50}, // false whatever the first is, or unknown
		"frag<0.3 or gpu==0":       {100, 50},
		"not python and gpu==1":    {200},
		`"not"`:                    {},
		"framework!=jax":           {100}, // the others' is unknown
		"reserved >= 4 GiB":        {100},
		"reserved>4 GiB & python":  {100},
		"uuid~gpu-1":               {200, 50},
		"reserved>=4GiB":           {100},
		"memory<2GiB | gpu==0":     {100, 50},
		"gpu==1 & !python":         {200},
		"(pid==100|pid==200)&py":   {100},
		"pid=200":                  {200},
		"framework==pytorch":       {100},
		Quote(`"a b"`):             {100},
		"user==" + Quote("alice"):  {100, 50},
		"command~" + Quote("a b"):  {100},
		"100":                      {100},
		"memory>1g && memory<100g": {100, 200},
	} {
		filter, err := ParseFilter(expression)
		if err != nil {
			t.Errorf("%q: %v", expression, err)
			continue
		}
		var got []int
		for _, row := range rows() {
			if filter.Match(row, node2()) {
				got = append(got, row.PID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q matches %v, want %v", expression, got, want)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for _, expression := range []string{
		"frag>", "frag>>1", "size>1", "frag>x", "user>a", "pid~1", "(python", "python)", "&", "a &", "!", "a | | b",
		strings.Repeat("(", 100), strings.Repeat("x", 20_000), "reserved>50%", "frag>30", "frag>-1", "frag>NaN", "pid==1.5", "pid==x", "gpu==GPU-1", "--lr=3", "and", "python or",
	} {
		if _, err := ParseFilter(expression); err == nil {
			t.Errorf("%q: no error", expression[:min(len(expression), 20)])
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: more than one line: %v", expression, err)
		}
	}
}

func TestSort(t *testing.T) {
	for _, c := range []struct {
		key     string
		reverse bool
		want    []int
	}{
		{"memory", false, []int{100, 200, 50}},
		{"memory", true, []int{50, 200, 100}},
		{"reserved", false, []int{100, 50, 200}}, // unknown last
		{"reserved", true, []int{50, 100, 200}},  // either way
		{"pid", false, []int{50, 100, 200}},
		{"pid", true, []int{200, 100, 50}},
		{"gpu", false, []int{100, 200, 50}},
		{"command", false, []int{200, 50, 100}},
		{"nonsense", false, []int{100, 200, 50}},
	} {
		sorted := rows()
		Sort(sorted, c.key, c.reverse, node2())
		var got []int
		for _, row := range sorted {
			got = append(got, row.PID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("by %s, reverse %v: %v, want %v", c.key, c.reverse, got, c.want)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add(`frag>0.3 & (user=="x" | !gpu==0) text`)
	f.Fuzz(func(_ *testing.T, expression string) {
		if filter, err := ParseFilter(expression); err == nil {
			filter.Match(rows()[0], nil)
		}
	})
}

func TestKeys(t *testing.T) {
	for _, key := range Keys() {
		if !HasKey(key.Name) || key.Help == "" {
			t.Errorf("key %+v", key)
		}
		sorted := rows()
		Sort(sorted, key.Name, false, node2())
		if len(sorted) != 3 {
			t.Errorf("%s loses rows", key.Name)
		}
	}
	if HasKey("estimate") || HasKey("") {
		t.Error("a field without a sort order has one")
	}
}

func TestSortIsStableAndPutsUnknownWordsLast(t *testing.T) {
	for _, reverse := range []bool{false, true} {
		list := rows()
		list = append(list, rows()[1], rows()[0])
		list[0].User = ""
		for i := range list {
			list[i].UID = i // where it was
		}
		Sort(list, "user", reverse, node2())
		var got []int
		for _, row := range list {
			got = append(got, row.UID)
		}
		want := []int{2, 4, 1, 3, 0}
		if reverse {
			want = []int{1, 3, 4, 2, 0}
		}
		if !slices.Equal(got, want) {
			t.Errorf("reverse %v: %v, want %v", reverse, got, want)
		}
	}
}

func BenchmarkSort(b *testing.B) {
	var list []fragcalc.Process
	for i := range 1600 {
		row := rows()[i%3]
		row.Reserved = fragcalc.Of(int64(i*7919) % 1600)
		list = append(list, row)
	}
	for b.Loop() {
		Sort(list, "reserved", false, nil)
		Sort(list, "reserved", true, nil)
	}
}

// A process can be asked for by the processors it keeps busy.
func TestDecimals(t *testing.T) {
	busy := fragcalc.Process{}
	busy.Host.CPU = fragcalc.Of(1.5)
	for expression, want := range map[string]bool{"cpu>1.25": true, "cpu<1": false, "cpu>=1.5 & type==C": false} {
		if filter, err := ParseFilter(expression); err != nil || filter.Match(busy, nil) != want {
			t.Errorf("%s: %v", expression, err)
		}
	}
	if _, err := ParseFilter("cpu>lots"); err == nil {
		t.Error("cpu>lots is a filter")
	}
}

// Any row can have a language of its own.
func TestFieldsOfOtherRows(t *testing.T) {
	type block struct {
		address uint64
		size    int64
		free    bool
		stack   string
	}
	fields := NewFields([]Field[block]{
		{Name: "address", Help: "where", Key: true, Value: Address(func(b *block) uint64 { return b.address })},
		{Name: "size", Help: "bytes", Key: true, Value: Size(func(b *block) (int64, bool) { return b.size, true })},
		{Name: "hole", Help: "bytes of a hole", Value: Size(func(b *block) (int64, bool) { return b.size, b.free })},
		{Name: "state", Help: "what", Value: Words(func(b *block) []string {
			if b.free {
				return []string{"stranded", "free"}
			}
			return []string{"used"}
		})},
		{Name: "stack", Help: "who", Value: Word(func(b *block) string { return b.stack })},
	}, nil)
	blocks := []block{
		{0x7f0000000000, 4 << 20, false, "forward (model.py:7)"},
		{0x7f0000400000, 1 << 20, true, ""},
		{0x7f0000500000, 2 << 20, true, "backward"},
	}
	for expression, want := range map[string]int{
		"": 3, "size>1MiB": 2, "hole>=1MiB": 2, "!hole>1": 0, "hole>1MiB & stack~back": 1, "FORWARD": 1,
		"address==0x7f0000400000": 1, "address>7F0000000000": 2, "stack!=backward": 1, "nowhere": 0,
		"state==free": 2, "state==stranded": 2, "state!=free": 1, "state~ee": 2, "used": 1,
	} {
		parsed, err := fields.Parse(expression)
		got := 0
		for i := range blocks {
			if err == nil && parsed.Match(&blocks[i]) {
				got++
			}
		}
		if err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", expression, got, err, want)
		}
	}
	for _, expression := range []string{"frag>0.3", "address==zoo", "size~1"} {
		if _, err := fields.Parse(expression); err == nil {
			t.Errorf("%q is a filter of blocks", expression)
		}
	}
	if fields.HasKey("hole") || len(fields.Keys()) != 2 {
		t.Errorf("sort orders %v", fields.Keys())
	}
	fields.Sort(blocks, "size", false)
	if blocks[0].size != 4<<20 || blocks[2].size != 1<<20 {
		t.Errorf("by size: %v", blocks)
	}
	fields.Sort(blocks, "address", false)
	if blocks[1].address != 0x7f0000400000 {
		t.Errorf("by address: %v", blocks)
	}
	fields.Sort(blocks, "hole", true)
	if blocks[0].size != 1<<20 || blocks[2].free {
		t.Errorf("by holes, unknown last: %v", blocks)
	}
}
