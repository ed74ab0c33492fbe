// The ledger: how much device memory this process is charged, kept in memory and, for NVML's stand-in, in $GFT_FAKE_DIR/<pid>.
// The format is written down in ../../README.md.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

enum { RECORD_BYTES = 54 };

static int file = -1;
static pid_t file_owner;
static char file_path[4096];
static const Device *record_devices[MAX_DEVICES];
static int record_count;

uint64_t ledger_total(void) { return (uint64_t)environment_number("GFT_FAKE_TOTAL_MIB", 81920) * MIB; }

static void uuid_hex(const Device *d, char hex[33]) {
	for (int i = 0; i < 16; i++) sprintf(hex + 2 * i, "%02x", d->uuid[i]);
}

static void write_record(const Device *d) {
	if (file < 0 || file_owner != getpid()) return;
	for (int slot = 0; slot < record_count; slot++) {
		if (record_devices[slot] != d) continue;
		char record[RECORD_BYTES + 1], hex[33];
		uuid_hex(d, hex);
		snprintf(record, sizeof record, "%s %020llu\n", hex, (unsigned long long)d->charged);
		if (pwrite(file, record, RECORD_BYTES, (off_t)slot * RECORD_BYTES) != RECORD_BYTES) abort();
	}
}

// ledger_open gives a device its record: called when its context is created.
void ledger_open(const Device *d) {
	const char *folder = getenv("GFT_FAKE_DIR");
	if (!folder || !*folder) return;
	if (file < 0) {
		file_owner = getpid();
		snprintf(file_path, sizeof file_path, "%s/%d", folder, (int)file_owner);
		file = open(file_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (file < 0) return;
	}
	for (int slot = 0; slot < record_count; slot++)
		if (record_devices[slot] == d) return;
	record_devices[record_count++] = d;
	write_record(d);
}

__attribute__((destructor)) static void remove_file(void) {
	if (file >= 0 && file_owner == getpid()) unlink(file_path);
}

static bool is_alive(const char *pid) {
	char path[64], line[512] = "";
	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	FILE *f = fopen(path, "re");
	if (!f) return false;
	char *ok = fgets(line, sizeof line, f);
	fclose(f);
	const char *state = ok ? strrchr(line, ')') : NULL;
	return state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}

static uint64_t charged_in(const char *folder, const char *pid, const char *hex) {
	char path[4096], line[128];
	snprintf(path, sizeof path, "%s/%s", folder, pid);
	FILE *f = fopen(path, "re");
	if (!f) return 0;
	uint64_t sum = 0;
	while (fgets(line, sizeof line, f))
		if (strncmp(line, hex, 32) == 0) sum += strtoull(line + 32, NULL, 10);
	fclose(f);
	return sum;
}

static uint64_t charged_to_others(const Device *d) {
	const char *folder = getenv("GFT_FAKE_DIR");
	DIR *dir = folder && *folder ? opendir(folder) : NULL;
	if (!dir) return 0;
	char hex[33];
	uuid_hex(d, hex);
	uint64_t sum = 0;
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (name[strspn(name, "0123456789")] == 0 && atol(name) != getpid() && is_alive(name))
			sum += charged_in(folder, name, hex);
	}
	closedir(dir);
	return sum;
}

uint64_t ledger_free(const Device *d) {
	uint64_t used = d->charged + charged_to_others(d), total = ledger_total();
	return used < total ? total - used : 0;
}

Result ledger_charge(Device *d, uint64_t bytes) {
	if (bytes > ledger_free(d)) return OUT_OF_MEMORY;
	d->charged += bytes;
	write_record(d);
	return SUCCESS;
}

void ledger_credit(Device *d, uint64_t bytes) {
	d->charged -= bytes;
	write_record(d);
}
