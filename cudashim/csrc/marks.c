/* What a build says about itself to whoever reads the file; see ../source.go.
 * The hash of the sources has its mark in page.c. */
#include "../page/page.h"

#define TEXT(x) #x
#define VALUE(x) TEXT(x)

__attribute__((used)) static const char abi[] = "gpufragtop-abi:" VALUE(GFT_ABI_MAJOR) "." VALUE(GFT_ABI_MINOR); /* "1u.1u" */
