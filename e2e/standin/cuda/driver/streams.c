// Streams and events. An event is complete as soon as it is recorded, or, with GFT_FAKE_EVENTS=hold, when something waits for it, for a later
// event of its stream, for its stream or its device, or when gft_fake_events_complete is called.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver.h"

struct Event {
	Stream stream;
	uint64_t recorded; // moment of the last record, 0 for never
	uint64_t capture;  // recorded in this capture, 0 for none
	struct timespec time;
};

static struct Stream default_streams[MAX_DEVICES];
static uint64_t moment;   // counts records
static uint64_t all_done; // everything recorded up to this moment is complete
static enum { UNKNOWN, AT_ONCE, HOLD } mode;

static bool holding(void) {
	if (mode == UNKNOWN) {
		const char *text = getenv("GFT_FAKE_EVENTS");
		mode = text && strcmp(text, "hold") == 0 ? HOLD : AT_ONCE;
	}
	return mode == HOLD;
}

static bool is_complete(const struct Event *e) {
	return !holding() || e->recorded <= all_done || e->recorded <= e->stream->done;
}

void events_complete_all(void) { all_done = moment; }

// Handles 0, 1 and 2 mean the default stream.
Stream stream_of(Stream handle) {
	if ((uintptr_t)handle > 2) return handle;
	Device *d = current_device();
	if (!d) return NULL;
	Stream s = &default_streams[device_ordinal(d)];
	s->device = d;
	return s;
}

Result cuStreamCreateWithPriority(Stream *out, unsigned flags, int priority) {
	(void)flags;
	Device *d;
	Result r = current_device_ready(&d);
	if (r != SUCCESS) return r;
	Stream s = calloc(1, sizeof *s);
	if (!s) return OUT_OF_MEMORY;
	*s = (struct Stream){.device = d, .priority = priority};
	*out = s;
	return SUCCESS;
}

// cuStreamDestroy_v2 keeps the stream's few bytes, because events may still point at it.
Result cuStreamDestroy_v2(Stream s) { return (uintptr_t)s > 2 ? SUCCESS : INVALID_HANDLE; }

Result cuStreamGetPriority(Stream handle, int *priority) {
	Stream s = stream_of(handle);
	if (!s) return INVALID_CONTEXT;
	*priority = s->priority;
	return SUCCESS;
}

Result cuStreamQuery(Stream handle) {
	lock();
	Stream s = stream_of(handle);
	Result r = s ? capture_forbids_waiting(s) : INVALID_CONTEXT;
	unlock();
	return r;
}

Result cuStreamSynchronize(Stream handle) {
	lock();
	Stream s = stream_of(handle);
	Result r = s ? capture_forbids_waiting(s) : INVALID_CONTEXT;
	if (r == SUCCESS) s->done = moment;
	unlock();
	return r;
}

Result cuStreamWaitEvent(Stream handle, Event e, unsigned flags) {
	(void)flags;
	if (!e) return INVALID_HANDLE;
	lock();
	Stream s = stream_of(handle);
	Result r = s ? capture_join(s, e->capture) : INVALID_CONTEXT;
	unlock();
	return r;
}

Result cuEventCreate(Event *out, unsigned flags) {
	(void)flags;
	Device *d;
	Result r = current_device_ready(&d);
	if (r != SUCCESS) return r;
	*out = calloc(1, sizeof **out);
	return *out ? SUCCESS : OUT_OF_MEMORY;
}

Result cuEventDestroy_v2(Event e) {
	if (!e) return INVALID_HANDLE;
	free(e);
	return SUCCESS;
}

Result cuEventRecord(Event e, Stream handle) {
	if (!e) return INVALID_HANDLE;
	lock();
	Stream s = stream_of(handle);
	if (s) {
		e->stream = s;
		e->capture = s->capture;
		e->recorded = s->capture ? 0 : ++moment;
		clock_gettime(CLOCK_MONOTONIC, &e->time);
	}
	unlock();
	return s ? SUCCESS : INVALID_CONTEXT;
}

Result cuEventQuery(Event e) {
	if (!e) return INVALID_HANDLE;
	lock();
	Result r = e->capture ? CAPTURED_EVENT : capture_forbids();
	if (r == SUCCESS && e->recorded && !is_complete(e)) r = NOT_READY;
	unlock();
	return r;
}

Result cuEventSynchronize(Event e) {
	if (!e) return INVALID_HANDLE;
	lock();
	Result r = e->capture ? CAPTURED_EVENT : capture_forbids();
	if (r == SUCCESS && e->recorded && e->stream->done < e->recorded) e->stream->done = e->recorded;
	unlock();
	return r;
}

Result cuEventElapsedTime(float *milliseconds, Event from, Event to) {
	if (!from || !to || !from->recorded || !to->recorded) return INVALID_HANDLE;
	lock();
	Result r = is_complete(from) && is_complete(to) ? SUCCESS : NOT_READY;
	unlock();
	double seconds = (double)(to->time.tv_sec - from->time.tv_sec) + (double)(to->time.tv_nsec - from->time.tv_nsec) / 1e9;
	*milliseconds = (float)(seconds * 1000);
	return r;
}

// gft_fake_events_complete completes every event recorded so far.
void gft_fake_events_complete(void) {
	lock();
	events_complete_all();
	unlock();
}

// gft_fake_events_hold switches GFT_FAKE_EVENTS=hold on and off at run time; off completes everything.
void gft_fake_events_hold(int hold) {
	lock();
	mode = hold ? HOLD : AT_ONCE;
	unlock();
}
