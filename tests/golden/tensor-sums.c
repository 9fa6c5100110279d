/* Prints a sum for each tensor of a model, for comparison with PyTorch's
 * values: test-load.py. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "model.h"

/* Bits of all numbers, each times an odd weight that depends on its place, so
 * that neither a wrong value nor two swapped ones cancel out; or of the first
 * piece and the last only. */
static guint64
sum_tensor (const RenModel *model, RenLayerId id, RenPart part, gboolean ends)
{
  enum
  {
    N = 65536
  };
  guint64 n = ren_tensor_size (id, part, ren_model_n_classes (model));
  guint64 sum = 0;
  static float v[N];

  for (guint64 at = 0; at < n; at += N) {
    guint k = MIN (N, n - at);
    guint64 piece = 0;

    if (ends && at > 0 && n - at > N)
      continue;
    if (!ren_model_read_tensor (model, id, part, at, k, v, NULL))
      g_error ("%s cannot be read", ren_network[id].name);
    for (guint i = 0; i < k; i++) {
      guint32 bits;

      memcpy (&bits, &v[i], sizeof bits);
      piece += (guint64) bits * (2 * i + 1);
    }
    sum = sum * 31 + piece;
  }
  return sum;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RenModel) model = NULL;
  g_autofree char *status = NULL;
  const gboolean ends = argc == 3 && strcmp (argv[2], "ends") == 0;
  const char *peak;

  if (argc != 2 && !ends)
    return 2;
  model = ren_model_load (argv[1], &error);
  if (!model) {
    printf ("error %d %s\n", error->code, error->message);
    return 1;
  }
  /* getrusage() would tell the peak of the process that started this one */
  if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL) &&
      (peak = strstr (status, "VmHWM:")))
    printf ("peak_kb %" G_GINT64_FORMAT "\n",
        g_ascii_strtoll (peak + strlen ("VmHWM:"), NULL, 10));
  printf ("n_classes %u\n", ren_model_n_classes (model));
  printf ("precision %d\n", ren_model_precision (model));
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      char name[REN_TENSOR_NAME_MAX];

      if (!ren_layer_has_part (id, part))
        continue;
      ren_tensor_name (id, part, name);
      printf ("%s %" G_GUINT64_FORMAT "\n", name,
          sum_tensor (model, id, part, ends));
    }
  return 0;
}
