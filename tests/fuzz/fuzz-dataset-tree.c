/* Data sets that are folders. SPDX-License-Identifier: MIT
 *
 * An input is two bytes of options and the files of the folder, each as its name, a
 * byte 0x1f, what is in it, and a byte 0x1e.
 */
#include "app.h"
#include "dataset-input.h"
#include "fuzzer.h"
#include "tree.h"

#define MAX_FILES 64

static Tree *tree;

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  console_set_mute (TRUE);
  tree = tree_new ();
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  DatasetOptions options = dataset_input_options (&input);

  for (guint i = 0; i < MAX_FILES && input.left; i++) {
    FuzzInput file = fuzz_until (&input, 0x1e);
    g_autofree char *name = fuzz_text (fuzz_until (&file, 0x1f));

    tree_add (tree, name, file.at, file.left);
  }
  options.path = tree_path (tree);
  dataset_input_open (&options);
  tree_clear (tree);
  return 0;
}
