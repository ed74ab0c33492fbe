// Streams, events, capture and graphs: each is the driver's function of the same meaning.
#include "runtime.h"

Result cudaStreamCreateWithPriority(Stream *out, unsigned flags, int priority) { WITH_CONTEXT(driver.cuStreamCreateWithPriority(out, flags, priority)); }
Result cudaStreamCreateWithFlags(Stream *out, unsigned flags) { return cudaStreamCreateWithPriority(out, flags, 0); }
Result cudaStreamCreate(Stream *out) { return cudaStreamCreateWithPriority(out, 0, 0); }
Result cudaStreamDestroy(Stream s) { WITH_CONTEXT(driver.cuStreamDestroy(s)); }
Result cudaStreamGetPriority(Stream s, int *priority) { WITH_CONTEXT(driver.cuStreamGetPriority(s, priority)); }
Result cudaStreamQuery(Stream s) { WITH_CONTEXT(driver.cuStreamQuery(s)); }
Result cudaStreamSynchronize(Stream s) { WITH_CONTEXT(driver.cuStreamSynchronize(s)); }
Result cudaStreamWaitEvent(Stream s, Event e, unsigned flags) { WITH_CONTEXT(driver.cuStreamWaitEvent(s, e, flags)); }

Result cudaEventCreateWithFlags(Event *out, unsigned flags) { WITH_CONTEXT(driver.cuEventCreate(out, flags)); }
Result cudaEventCreate(Event *out) { return cudaEventCreateWithFlags(out, 0); }
Result cudaEventDestroy(Event e) { WITH_CONTEXT(driver.cuEventDestroy(e)); }
Result cudaEventRecord(Event e, Stream s) { WITH_CONTEXT(driver.cuEventRecord(e, s)); }
Result cudaEventQuery(Event e) { WITH_CONTEXT(driver.cuEventQuery(e)); }
Result cudaEventSynchronize(Event e) { WITH_CONTEXT(driver.cuEventSynchronize(e)); }
Result cudaEventElapsedTime(float *milliseconds, Event from, Event to) { WITH_CONTEXT(driver.cuEventElapsedTime(milliseconds, from, to)); }

Result cudaStreamBeginCapture(Stream s, int mode) { WITH_CONTEXT(driver.cuStreamBeginCapture(s, mode)); }
Result cudaStreamEndCapture(Stream s, Graph *out) { WITH_CONTEXT(driver.cuStreamEndCapture(s, out)); }
Result cudaStreamIsCapturing(Stream s, int *status) { WITH_CONTEXT(driver.cuStreamIsCapturing(s, status)); }

Result cudaStreamGetCaptureInfo_v2(Stream s, int *status, uint64_t *id, Graph *graph, const void **dependencies, size_t *count) {
	WITH_CONTEXT(driver.cuStreamGetCaptureInfo(s, status, id, graph, dependencies, count));
}

Result cudaThreadExchangeStreamCaptureMode(int *mode) {
	Result r = use_driver();
	return note(r ? r : driver.cuThreadExchangeStreamCaptureMode(mode));
}

Result cudaGraphInstantiateWithFlags(Graph *out, Graph graph, uint64_t flags) { WITH_CONTEXT(driver.cuGraphInstantiateWithFlags(out, graph, flags)); }
Result cudaGraphInstantiate(Graph *out, Graph graph, uint64_t flags) { return cudaGraphInstantiateWithFlags(out, graph, flags); }
Result cudaGraphGetNodes(Graph graph, void **nodes, size_t *count) { WITH_CONTEXT(driver.cuGraphGetNodes(graph, nodes, count)); }
Result cudaGraphDestroy(Graph graph) { WITH_CONTEXT(driver.cuGraphDestroy(graph)); }
Result cudaGraphExecDestroy(Graph graph) { WITH_CONTEXT(driver.cuGraphExecDestroy(graph)); }
Result cudaGraphLaunch(Graph graph, Stream s) { WITH_CONTEXT(driver.cuGraphLaunch(graph, s)); }
