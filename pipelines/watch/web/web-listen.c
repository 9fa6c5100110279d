/* SPDX-License-Identifier: MIT */
#include "web-listen.h"

#include "web-spec.h"

/* Of two loopback addresses one may have a port in use that the other has free. */
#define MAX_TRIES 16

static gboolean
add (GSocketListener *listener, GInetAddress *address, guint16 *port,
    GError **error)
{
  g_autoptr (GSocketAddress) wanted =
      g_inet_socket_address_new (address, *port);
  g_autoptr (GSocketAddress) got = NULL;

  if (!g_socket_listener_add_address (listener, wanted, G_SOCKET_TYPE_STREAM,
          G_SOCKET_PROTOCOL_TCP, NULL, &got, error))
    return FALSE;
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
  return TRUE;
}

static gboolean
bind_all (WebListen *l, const WebSpec *spec, GError **error)
{
  g_autoptr (GError) second = NULL;

  l->listener = g_socket_listener_new ();
  g_socket_listener_set_backlog (l->listener, 64);
  l->port = spec->port;
  if (!add (l->listener, spec->addresses[0], &l->port, error))
    return FALSE;
  /* a machine need not have ::1; but where it has, the name localhost may lead
   * to who else listens there */
  if (!spec->addresses[1] ||
      add (l->listener, spec->addresses[1], &l->port, &second) ||
      !g_error_matches (second, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&second));
  return FALSE;
}

static void
explain (GError **error, const gchar *text, guint16 port)
{
  if (!error)
    return;
  if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
    g_clear_error (error);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
        "port %u is in use: give another one, or 0 for any that is free",
        (guint) port);
  } else if (g_error_matches (
                 *error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)) {
    g_clear_error (error);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "port %u is not for everyone: give one above 1023", (guint) port);
  } else {
    g_prefix_error (error, "cannot listen on %s: ", text);
  }
}

gboolean
web_listen (WebListen *l, const gchar *text, GError **error)
{
  WebSpec spec;
  gboolean bound = FALSE;

  *l = (WebListen){ .port = 0 };
  if (!web_spec_parse (&spec, text, error)) {
    web_spec_clear (&spec);
    return FALSE;
  }
  for (guint i = 0; !bound && i < MAX_TRIES; i++) {
    g_autoptr (GError) why = NULL;
    gboolean again;

    web_listen_clear (l);
    bound = bind_all (l, &spec, &why);
    again = spec.port == 0 &&
            g_error_matches (why, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
    if (bound || (again && i + 1 < MAX_TRIES))
      continue;
    g_propagate_error (error, g_steal_pointer (&why));
    explain (error, text, spec.port);
    break;
  }
  if (bound) {
    l->host = web_spec_host (&spec);
    l->loopback = g_inet_address_get_is_loopback (spec.addresses[0]);
  }
  web_spec_clear (&spec);
  return bound;
}

void
web_listen_clear (WebListen *l)
{
  if (l->listener)
    g_socket_listener_close (l->listener);
  g_clear_object (&l->listener);
  g_clear_pointer (&l->host, g_free);
}
