// An address space: ranges of whole pages, taken first-fit, as addresses only.
#ifndef GFT_STANDIN_SPACE_H
#define GFT_STANDIN_SPACE_H

#include "../types.h"

typedef struct Range {
	uint64_t start, size;
	void *owner;
	struct Range *next; // in address order
} Range;

typedef struct Space {
	uint64_t start, end;
	Range *first;
} Space;

uint64_t space_take(Space *s, uint64_t size, void *owner);            // 0 when nothing is left
bool space_put(Space *s, uint64_t start, uint64_t size, void *owner); // false when something lies there
Range *space_find(Space *s, uint64_t address);                        // the range that holds the address, or NULL
void space_drop(Space *s, Range *range);

#endif
