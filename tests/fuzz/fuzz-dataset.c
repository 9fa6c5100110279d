/* Data sets that are one table. SPDX-License-Identifier: MIT
 *
 * An input is two bytes of options, the table, and behind a byte 0x1e another one,
 * where the pixels of FERPlus are.
 */
#include "app.h"
#include "dataset-input.h"
#include "fuzzer.h"
#include "memory-file.h"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  console_set_mute (TRUE);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  DatasetOptions options = dataset_input_options (&input);
  const FuzzInput table = fuzz_until (&input, 0x1e);

  options.path = memory_file (0, table.at, table.left);
  if (input.left)
    options.images = memory_file (1, input.at, input.left);
  dataset_input_open (&options);
  return 0;
}
