/* Links to times of the source
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

/* Where a report's links lead. Returns: (transfer full) (nullable): for a file in
 * the report's folder or below, a relative address, so that both can be moved
 * together; its file URI for other files; an http(s) address without user name
 * and password. NULL for all else, and for addresses with a query, which may hold
 * a password. @source: a URI */
gchar *source_link_new (const gchar *source, const gchar *report_path);

/* Returns: (transfer full): the source for people: the name of a file, an address
 * without user name, password and query */
gchar *source_link_name (const gchar *source);
