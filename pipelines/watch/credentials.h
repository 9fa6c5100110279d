/* User name and password of a stream, kept out of all that others can read.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

typedef struct
{
  gchar *user;     /* NULL: none */
  gchar *password; /* NULL: none */
} Credentials;

/**
 * credentials_take_from_arguments:
 * @credentials: (inout): set to what was found, if anything
 * @argc: arguments of main()
 * @argv: (inout): arguments of main(); a user and password in an address are
 *   replaced by asterisks in place, where `ps` reads them
 *
 * Returns: whether there was a stream's address with a user or a password in it
 */
gboolean credentials_take_from_arguments (
    Credentials *credentials, int argc, char **argv);

/**
 * credentials_hide_parameters:
 * @argc: arguments of main()
 * @argv: (inout): arguments of main(); parameters of addresses that look secret,
 *   as in ?token=123, are replaced in the same way
 *
 * Returns: (transfer full): the arguments as they were, ended by %NULL: without
 *   its parameters an address would lead elsewhere
 */
gchar **credentials_hide_parameters (int argc, char **argv);

/**
 * credentials_complete:
 * @credentials: (inout): fields that are %NULL are set
 * @path: (nullable): a file of one line USER:PASSWORD that only its owner reads
 *
 * Completes what the command line did not say, from @path; without one, from what
 * systemd hands over as `rtsp`, which is such a file; or else from the environment:
 * RESEMOTENET_RTSP_USER and RESEMOTENET_RTSP_PASSWORD, which programs that are
 * started later do not get to see.
 *
 * Returns: %FALSE with @error set where @path cannot be used
 */
gboolean credentials_complete (
    Credentials *credentials, const gchar *path, GError **error);

void credentials_clear (Credentials *credentials);
