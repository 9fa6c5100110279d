/* Where addresses hold user names and passwords, and how they are kept from others
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

/* Writes asterisks over values of parameters that look like user names, passwords
 * or keys, as in ?user=me&token=123, where they stand */
void uri_mask_parameters (gchar *uri);

/* The address without user name, password, and what looks like either in its
 * parameters; what is no address, as it is. Returns: (transfer full): in UTF-8 */
gchar *uri_without_credentials (const gchar *uri);

/* The same for all addresses in a message, and for what is left of some there, as
 * in GET /x?token=123. Returns: (transfer full): with the bytes that it had */
gchar *text_without_credentials (const gchar *text);
