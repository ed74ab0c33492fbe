// The few CUDA types and numbers that the stand-ins need, declared here because no CUDA header is required to build them.
#ifndef GFT_STANDIN_TYPES_H
#define GFT_STANDIN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Result codes; cudaError_t has the same numbers for all of these.
enum {
	SUCCESS = 0,
	INVALID_VALUE = 1,
	OUT_OF_MEMORY = 2,
	NOT_INITIALIZED = 3,
	INSUFFICIENT_DRIVER = 35, // runtime only
	NO_DEVICE = 100,
	INVALID_DEVICE = 101,
	INVALID_CONTEXT = 201,
	INVALID_HANDLE = 400,
	ILLEGAL_STATE = 401,
	NOT_FOUND = 500,
	NOT_READY = 600,
	NOT_SUPPORTED = 801,
	CAPTURE_UNSUPPORTED = 900,
	CAPTURE_INVALIDATED = 901,
	CAPTURE_UNMATCHED = 903,
	CAPTURE_ISOLATION = 905,
	CAPTURED_EVENT = 907,
	CAPTURE_WRONG_THREAD = 908,
};

enum { CAPTURE_GLOBAL = 0, CAPTURE_THREAD_LOCAL = 1, CAPTURE_RELAXED = 2 };
enum { CAPTURE_NONE = 0, CAPTURE_ACTIVE = 1, CAPTURE_SPOILT = 2 };

enum { DRIVER_VERSION = 12050, RUNTIME_VERSION = 12040 };

typedef int Result;
typedef struct Context *Context;
typedef struct Stream *Stream;
typedef struct Event *Event;
typedef struct Graph *Graph;
typedef struct Pool *MemoryPool;
typedef uint64_t DevicePtr;

// Device addresses lie where Linux maps nothing by itself: below the stacks and libraries, above the heap's usual places.
#define DEVICE_MEMORY_START  0x200000000000ULL
#define POOL_MEMORY_START    0x280000000000ULL
#define VIRTUAL_MEMORY_START 0x300000000000ULL
#define DEVICE_MEMORY_END    0x400000000000ULL

static inline bool is_device_address(uint64_t address) {
	return address >= DEVICE_MEMORY_START && address < DEVICE_MEMORY_END;
}

#define MIB (1ULL << 20)
#define PAGE_BYTES (2 * MIB) // what the driver hands out and charges in

static inline uint64_t round_to_pages(uint64_t bytes) {
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

#endif
