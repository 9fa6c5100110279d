/* Who may see the page where others can reach it. SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/**
 * web_token_from_environment:
 * @token: (out) (nullable): the token that the user gave, %NULL if none
 *
 * Reads `RESEMOTENET_HTTP_TOKEN`, which it removes from the environment; or the
 * first line of the file that `RESEMOTENET_HTTP_TOKEN_FILE` names, or of the
 * credential `http-token` of a service of systemd.
 *
 * Returns: %FALSE with @error set if it cannot be read, others may read the file,
 *   it is shorter than 16 or longer than 128 characters, or would not be the same
 *   in an address
 */
gboolean web_token_from_environment (gchar **token, GError **error);

/**
 * web_token_new:
 *
 * Returns: (transfer full) (nullable): 128 random bits from the kernel as 32
 *   hexadecimal digits, %NULL with @error set if there are none
 */
gchar *web_token_new (GError **error);

/**
 * web_token_equal:
 * @token: the right one
 * @given: (nullable): what a request has
 *
 * The time it takes depends on the length of @given only.
 */
gboolean web_token_equal (const gchar *token, const gchar *given);
