/* SPDX-License-Identifier: MIT */
#include "resemotenet.h"

/* G_DEFINE_QUARK keeps it in a variable that threads would write together. */
GQuark
ren_error_quark (void)
{
  return g_quark_from_static_string ("ren-error-quark");
}

const char *
ren_version_string (void)
{
  return REN_VERSION;
}
