/* What stands for the picture where there is no Cairo to draw it.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "explain-picture.h"

gboolean
explain_picture_check (GError **error)
{
  g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
      "this resemotenet was built without drawings; build it where Cairo and "
      "Pango are installed (meson setup -Dreport=enabled)");
  return FALSE;
}

GString *
explain_picture (const Explanation *explanation, GError **error)
{
  explain_picture_check (error);
  return NULL;
}
