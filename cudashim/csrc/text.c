#include "shim.h"

void gft_text(char *field, size_t size, const char *text) {
  size_t at = 0;
  for (; text != NULL && text[at] != '\0' && at + 1 < size; at++) {
    unsigned char c = (unsigned char)text[at];
    field[at] = (c >= ' ' && c != 0x7f) || c == '\n' ? (char)c : ' ';
  }
  while (at < size) field[at++] = '\0';
}

uint64_t gft_number(const char *text, uint64_t otherwise) {
  if (text == NULL || *text < '0' || *text > '9') return otherwise;
  uint64_t value = 0;
  for (; *text >= '0' && *text <= '9'; text++) {
    if (value > UINT64_MAX / 10 - 1) return otherwise;
    value = value * 10 + (uint64_t)(*text - '0');
  }
  return value;
}
