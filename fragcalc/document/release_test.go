package document

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// released is a release of two GPUs, one of which is not known to have ended.
func released() fragcalc.ReleaseOutcome {
	return fragcalc.ReleaseOutcome{Target: fragcalc.ProcessID{PID: 42}, Status: fragcalc.ReleaseDone, Took: 84 * time.Millisecond, Hold: 1500 * time.Microsecond,
		Own: &fragcalc.OwnRelease{Name: "kv \"cache\"", Back: fragcalc.Of[int64](5), Took: time.Millisecond},
		GPUs: []fragcalc.ReleasedGPU{
			{GPUUUID: uuid, Estimate: fragcalc.Of[int64](10), Before: fragcalc.Of[int64](30), After: fragcalc.Of[int64](20), Taken: fragcalc.Of[int64](4)},
			{GPUUUID: "GPU-2", Before: fragcalc.Of[int64](7), Estimate: fragcalc.Unknown[int64]("e"), After: fragcalc.Unknown[int64]("a"), Taken: fragcalc.Unknown[int64]("t")},
		}}
}

func TestRelease(t *testing.T) {
	var out bytes.Buffer
	if err := EncodeRelease(&out, released(), fragcalc.Unknown[int64]("not waited for")); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"schema":"gpufragtop-release/1","pid":42,"status":"done","reason":null,"took_ms":84,"hold_ms":1.5,`+
		`"own_release":{"name":"kv \"cache\"","released_bytes":5,"took_ms":1},"retries_next_10s":null,"gpus":[`+
		`{"gpu_uuid":"%s","estimate_bytes":10,"before_bytes":30,"after_bytes":20,"released_bytes":10,"taken_bytes":4},`+
		`{"gpu_uuid":"GPU-2","estimate_bytes":null,"before_bytes":7,"after_bytes":null,"released_bytes":null,"taken_bytes":null}],"faults":[`+
		`{"gpu_uuid":"","field":"retries_next_10s","reason":"not waited for"},{"gpu_uuid":"GPU-2","field":"estimate_bytes","reason":"e"},`+
		`{"gpu_uuid":"GPU-2","field":"after_bytes","reason":"a"},{"gpu_uuid":"GPU-2","field":"released_bytes","reason":"a"},`+
		`{"gpu_uuid":"GPU-2","field":"taken_bytes","reason":"t"}]}`, uuid)
	if strings.TrimSpace(out.String()) != want {
		t.Errorf("got  %s\nwant %s", out.String(), want)
	}
}
