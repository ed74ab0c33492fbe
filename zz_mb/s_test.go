package mb
import ("testing";"context";"time";"os";"runtime";"github.com/gpufragtop/gpufragtop/probe")
func BenchmarkSample(b *testing.B){
 s:=probe.NewSampler(probe.Options{NVMLPath:"/tmp/ratio-t/libnvidia-ml.so.1"}); defer s.Close()
 for range 3 { s.Sample(context.Background()); time.Sleep(1100*time.Millisecond) }
 n:=len(s.Sample(context.Background()).Processes); b.Log(n); b.ReportAllocs()
 _ = os.Args; runtime.GC()
 for b.Loop(){ s.Sample(context.Background()) }
}
