package explain

import (
	"bytes"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// kind is what refused.
type kind int

const (
	driver  kind = iota // a library that asks the driver itself
	arena               // a framework with an allocator of its own
	host                // the machine's memory, not the GPU's
	partial             // the words alone
)

// refusals are the messages of others than PyTorch's allocator, without white
// space and in lower case; what says most comes first.
var refusals = []struct {
	kind   kind
	source string
	words  []string
}{
	{host, "PyTorch (CPU)", []string{"defaultcpuallocator"}},
	{host, "Linux (out-of-memory killer)", []string{"outofmemory:kill", "oom-killer", "oom_kill", "oom-kill:"}},
	{host, "Ray (memory monitor)", []string{"noderunninglowonmemory"}},
	{arena, "JAX (XLA)", []string{"resource_exhausted:outofmemory", "resourceexhausted:outofmemory", "resource_exhausted:failedtoallocate"}},
	{arena, "TensorFlow", []string{"oomwhenallocating"}},
	{arena, "CuPy", []string{"cupy.cuda.memory.outofmemoryerror", "(allocatedsofar:"}},
	{arena, "PyTorch (MPS)", []string{"mpsbackendoutofmemory"}},
	{driver, "NCCL", []string{"ncclwarncudafailure'outofmemory'", "ncclwarncudafailure2'outofmemory'", "failedtocudamalloc", "failedtocudacalloc"}},
	{driver, "cuBLAS", []string{"cublas_status_alloc_failed", "hipblas_status_alloc_failed"}},
	{driver, "cuDNN", []string{"cudnn_status_alloc_failed"}},
	{driver, "cuSOLVER", []string{"cusolver_status_alloc_failed"}},
	{driver, "cuSPARSE", []string{"cusparse_status_alloc_failed"}},
	{driver, "cuFFT", []string{"cufft_alloc_failed"}},
	{driver, "llama.cpp (ggml)", []string{"cudamallocfailed:outofmemory"}},
	{driver, "the CUDA driver", []string{"cudaerror:outofmemory", "cuda_error_out_of_memory", "cudaerrormemoryallocation", "cudaerror2:outofmemory", "cudaruntimeerror(2):outofmemory"}},
	{driver, "the HIP driver", []string{"hiperror:outofmemory", "hiperroroutofmemory", "hip_error_out_of_memory"}},
	{partial, "PyTorch", []string{"cudaoutofmemory", "hipoutofmemory", "torch.outofmemoryerror", "torch.cuda.outofmemoryerror"}},
}

// foreign is a refusal of another allocator.
type foreign struct {
	kind    kind
	source  string
	count   int
	request fragcalc.Bytes
}

// findForeign finds the refusal that says most in a squeezed text.
func findForeign(t []byte) (foreign, bool) {
	for _, refusal := range refusals {
		for _, words := range refusal.words {
			if !bytes.Contains(t, []byte(words)) { // far quicker than looking from behind
				continue
			}
			last := bytes.LastIndex(t, []byte(words))
			f := foreign{kind: refusal.kind, source: refusal.source, count: bytes.Count(t, []byte(words))}
			f.request = asked(t[max(0, last-48):min(len(t), last+200)])
			return f, true
		}
	}
	return foreign{}, false
}

// refusedBeside is the source of a library's refusal, which often follows one
// of PyTorch's; nothing when there is none.
func refusedBeside(t []byte) string {
	for _, refusal := range refusals {
		for _, words := range refusal.words {
			if refusal.kind == driver && bytes.Contains(t, []byte(words)) {
				return refusal.source
			}
		}
	}
	return ""
}

// asked is the size that was refused, in the surroundings of the words.
func asked(near []byte) fragcalc.Bytes {
	for _, key := range [...]string{"tryingtoallocate", "triedtoallocate", "allocating", "failedtocudamalloc", "failedtocudacalloc", "failedtoallocaterequestfor"} {
		for at := next(near, key, 0); at >= 0; at = next(near, key, at+len(key)) {
			if size, found := sizeAt(near[at+len(key):]); found {
				return size
			}
		}
	}
	return fragcalc.Unknown[int64](notSaid)
}

func (f foreign) explanation() Explanation {
	e := Explanation{Verdict: OtherAllocator, Source: f.source, Messages: f.count, Figures: unknownFigures(notSaid), Device: fragcalc.Unknown[int64](notSaid)}
	e.Figures.Request = f.request
	const run = "gpufragtop run -- COMMAND"
	switch f.kind {
	case host:
		e.say("Not GPU memory: %s ran out of the machine's own memory%s.", f.source, of(f.request))
		e.say("gpufragtop shows GPU memory only; look at free -h and the limits of the container or job.")
	case arena:
		e.say("%s ran out in an allocator of its own%s; its figures are not PyTorch's, and this message has none to explain.", f.source, of(f.request))
		e.say("Without figures nothing can be said about fragmentation.")
		e.Next = []string{"gpufragtop"}
	case driver:
		e.say("%s asked the driver for memory%s, past PyTorch's cache, and the GPU had none left (if no earlier error is the cause: CUDA reports errors late).", f.source, of(f.request))
		e.say("A release could have helped if PyTorch kept a cache: it empties that for its own requests only, not for libraries.")
		e.say("Without figures nothing can be said about fragmentation.")
		e.Next = []string{run, "gpufragtop release PID"}
	case partial:
		e.Verdict = Unclear
		e.say("An out-of-memory error without its figures: nothing can be said. Paste the whole message, to \"reserved by PyTorch but unallocated\".")
		e.Next = []string{run}
	}
	return e
}
