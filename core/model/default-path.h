/* Where the model lies that is used when none is named.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Places to look at, best first, NULL-terminated. @library: (nullable): the
 * file that this code was loaded from, symbolic links resolved. */
char **ren_default_model_places (const char *library);
