/* NumPy's files, as labels are kept in. SPDX-License-Identifier: MIT */
#include "fuzzer.h"
#include "memory-file.h"
#include "npy.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  gint64 number;
  const gboolean ok =
      npy_read_number (memory_file (0, data, size), &number, &error);

  g_assert (ok == !error);
  return 0;
}
