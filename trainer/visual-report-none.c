/* What stands for the report where there is no Cairo to draw it.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "visual-report.h"

gboolean
visual_report_check (const char *path, GError **error)
{
  g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
      "--report: this resemotenet was built without reports; build it where "
      "Cairo and Pango are installed (meson setup -Dreport=enabled)");
  return FALSE;
}

gboolean
visual_report_write (
    const VisualReport *report, const char *path, GError **error)
{
  return visual_report_check (path, error);
}
