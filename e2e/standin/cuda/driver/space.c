#include "space.h"

#include <stdlib.h>

static bool insert(Range **at, uint64_t start, uint64_t size, void *owner) {
	Range *r = malloc(sizeof *r);
	if (!r) return false;
	*r = (Range){start, size, owner, *at};
	*at = r;
	return true;
}

uint64_t space_take(Space *s, uint64_t size, void *owner) {
	uint64_t start = s->start;
	Range **at = &s->first;
	while (*at && (*at)->start - start < size) {
		start = (*at)->start + (*at)->size;
		at = &(*at)->next;
	}
	return size <= s->end - start && insert(at, start, size, owner) ? start : 0;
}

bool space_put(Space *s, uint64_t start, uint64_t size, void *owner) {
	if (start < s->start || start > s->end || size > s->end - start) return false;
	Range **at = &s->first;
	while (*at && (*at)->start + (*at)->size <= start) at = &(*at)->next;
	if (*at && (*at)->start < start + size) return false;
	return insert(at, start, size, owner);
}

Range *space_find(Space *s, uint64_t address) {
	for (Range *r = s->first; r; r = r->next)
		if (address >= r->start && address - r->start < r->size) return r;
	return NULL;
}

void space_drop(Space *s, Range *range) {
	Range **at = &s->first;
	while (*at != range) at = &(*at)->next;
	*at = range->next;
	free(range);
}
