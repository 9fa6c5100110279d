/* Where user name and password stand in an address
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Finds USER:PASSWORD of SCHEME://USER:PASSWORD@HOST: @start points to its
 * beginning, @at to the @ behind it. FALSE where there is none. */
gboolean user_info_find (
    const gchar *uri, const gchar **start, const gchar **at);

/* Returns: (transfer full): the address without it */
gchar *user_info_remove (const gchar *uri);
