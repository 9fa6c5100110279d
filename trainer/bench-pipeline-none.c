/* What stands for the pipeline where there is no GStreamer to run it.
 * SPDX-License-Identifier: MIT
 */
#include "bench.h"

gboolean
bench_pipeline (RenModel *model, guint batch, guint n_threads, double seconds,
    GString *text, JsonBuilder *builder, GError **error)
{
  g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
      "this resemotenet was built without GStreamer; build it where that is "
      "installed (meson setup -Dplugin=enabled)");
  return FALSE;
}
