/* SPDX-License-Identifier: MIT */
#include "resemotenet.h"

G_DEFINE_QUARK (ren-error-quark, ren_error)

const char *
ren_version_string (void)
{
  return REN_VERSION;
}
