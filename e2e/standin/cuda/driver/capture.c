// Stream capture and graphs: which streams take part, what it forbids to which thread, and how many launches a graph holds.
#include <pthread.h>
#include <stdlib.h>

#include "driver.h"

struct Capture {
	uint64_t id;
	int mode;
	pthread_t thread;
	Stream origin;
	bool spoilt;
	size_t nodes;
	Capture *next;
};

struct Graph {
	size_t nodes;
};

static Capture *underway;
static uint64_t last_id;
static _Thread_local int thread_mode = CAPTURE_GLOBAL;

static Capture *find(uint64_t id) {
	Capture *c = underway;
	while (c && c->id != id) c = c->next;
	return c;
}

// capture_of gives the capture a stream takes part in. One that has ended leaves the streams that joined it with a stale id.
static Capture *capture_of(Stream s) {
	Capture *c = s->capture ? find(s->capture) : NULL;
	if (!c) s->capture = 0;
	return c;
}

// forbids follows the table in the documentation of cudaThreadExchangeStreamCaptureMode.
static bool forbids(const Capture *c) {
	if (pthread_equal(c->thread, pthread_self())) return c->mode != CAPTURE_RELAXED && thread_mode != CAPTURE_RELAXED;
	return c->mode == CAPTURE_GLOBAL && thread_mode == CAPTURE_GLOBAL;
}

Result capture_forbids(void) {
	Result r = SUCCESS;
	for (Capture *c = underway; c; c = c->next) {
		if (!forbids(c)) continue;
		c->spoilt = true;
		r = CAPTURE_UNSUPPORTED;
	}
	return r;
}

Result capture_forbids_waiting(Stream s) {
	Capture *c = capture_of(s);
	if (!c) return capture_forbids();
	c->spoilt = true;
	return CAPTURE_UNSUPPORTED;
}

void capture_add_node(Stream s) {
	Capture *c = capture_of(s);
	if (c) c->nodes++;
}

// capture_join is what waiting for an event means: a stream that waits for a captured event takes part in that capture from then on.
Result capture_join(Stream s, uint64_t id) {
	Capture *own = capture_of(s), *of_event = id ? find(id) : NULL;
	if (own == of_event) return SUCCESS;
	if (own) return CAPTURE_ISOLATION;
	s->capture = id;
	return SUCCESS;
}

Result cuStreamBeginCapture_v2(Stream s, int mode) {
	Device *d;
	Result r = current_device_ready(&d);
	if (r != SUCCESS) return r;
	if ((uintptr_t)s <= 2) return CAPTURE_UNSUPPORTED;
	if (mode < CAPTURE_GLOBAL || mode > CAPTURE_RELAXED) return INVALID_VALUE;
	lock();
	Capture *c = capture_of(s) ? NULL : calloc(1, sizeof *c);
	if (c) {
		*c = (Capture){.id = ++last_id, .mode = mode, .thread = pthread_self(), .origin = s, .next = underway};
		underway = c;
		s->capture = c->id;
	}
	unlock();
	return c ? SUCCESS : ILLEGAL_STATE;
}

static void forget(Capture *c) {
	Capture **at = &underway;
	while (*at != c) at = &(*at)->next;
	*at = c->next;
	free(c);
}

static Result end(Stream s, Capture *c, Graph *out) {
	if (!c) return ILLEGAL_STATE;
	if (c->origin != s) return CAPTURE_UNMATCHED;
	if (c->mode != CAPTURE_RELAXED && !pthread_equal(c->thread, pthread_self())) return CAPTURE_WRONG_THREAD;
	Result r = c->spoilt ? CAPTURE_INVALIDATED : SUCCESS;
	if (r == SUCCESS) {
		*out = malloc(sizeof **out);
		if (!*out) abort();
		(*out)->nodes = c->nodes;
	}
	forget(c);
	s->capture = 0;
	return r;
}

Result cuStreamEndCapture(Stream s, Graph *out) {
	if ((uintptr_t)s <= 2 || !out) return ILLEGAL_STATE;
	*out = NULL;
	lock();
	Result r = end(s, capture_of(s), out);
	unlock();
	return r;
}

Result cuStreamGetCaptureInfo_v2(Stream handle, int *status, uint64_t *id, Graph *graph, const void **dependencies, size_t *dependency_count) {
	lock();
	Stream s = stream_of(handle);
	const Capture *c = s ? capture_of(s) : NULL;
	*status = !c ? CAPTURE_NONE : c->spoilt ? CAPTURE_SPOILT : CAPTURE_ACTIVE;
	if (id && c) *id = c->id;
	unlock();
	if (graph) *graph = NULL;
	if (dependencies) *dependencies = NULL;
	if (dependency_count) *dependency_count = 0;
	return s ? SUCCESS : INVALID_CONTEXT;
}

Result cuStreamIsCapturing(Stream handle, int *status) {
	return cuStreamGetCaptureInfo_v2(handle, status, NULL, NULL, NULL, NULL);
}

Result cuThreadExchangeStreamCaptureMode(int *mode) {
	int old = thread_mode;
	thread_mode = *mode;
	*mode = old;
	return SUCCESS;
}

// A graph's executable form is the graph's own copy; both are no more than a count.
Result cuGraphInstantiateWithFlags(Graph *out, Graph graph, uint64_t flags) {
	(void)flags;
	*out = malloc(sizeof **out);
	if (!*out) return OUT_OF_MEMORY;
	**out = *graph;
	return SUCCESS;
}

Result cuGraphGetNodes(Graph graph, void **nodes, size_t *count) {
	if (nodes) return NOT_SUPPORTED;
	*count = graph->nodes;
	return SUCCESS;
}

Result cuGraphDestroy(Graph graph) {
	free(graph);
	return SUCCESS;
}

Result cuGraphExecDestroy(Graph graph) { return cuGraphDestroy(graph); }

Result cuGraphLaunch(Graph graph, Stream stream) {
	(void)graph, (void)stream;
	return SUCCESS;
}

// cuLaunchKernel runs nothing; in a capture it is one more node.
Result cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared_bytes, Stream handle,
                      void **arguments, void **extra) {
	(void)function, (void)gx, (void)gy, (void)gz, (void)bx, (void)by, (void)bz, (void)shared_bytes, (void)arguments, (void)extra;
	lock();
	Stream s = stream_of(handle);
	if (s) capture_add_node(s);
	unlock();
	return s ? SUCCESS : INVALID_CONTEXT;
}
