/* SPDX-License-Identifier: MIT */
#include "web-listen.h"

#include <string.h>

/* Of two loopback addresses one may have a port in use that the other has free. */
#define MAX_TRIES 16

/* Addresses to bind, and the port. */
typedef struct
{
  GInetAddress *addresses[2]; /* the second may be missing on a machine */
  guint16 port;
  gboolean any; /* all of this machine's */
} Spec;

static void
spec_clear (Spec *spec)
{
  g_clear_object (&spec->addresses[0]);
  g_clear_object (&spec->addresses[1]);
}

static gboolean
parse_address (Spec *spec, const gchar *address)
{
  if (g_ascii_strcasecmp (address, "localhost") == 0) {
    spec->addresses[0] = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
    spec->addresses[1] = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
    return TRUE;
  }
  spec->addresses[0] = g_inet_address_new_from_string (address);
  return spec->addresses[0] != NULL;
}

static gboolean
parse (Spec *spec, const gchar *text, GError **error)
{
  const gchar *colon = strrchr (text, ':');
  g_autofree gchar *address = NULL;
  guint64 port;

  if (!colon)
    address = g_strdup ("localhost");
  else if (text[0] == '[' && colon > text + 1 && colon[-1] == ']')
    address = g_strndup (text + 1, (gsize) (colon - text - 2));
  else if (colon > text && memchr (text, ':', (gsize) (colon - text)) == NULL)
    address = g_strndup (text, (gsize) (colon - text));

  if (address &&
      g_ascii_string_to_unsigned (
          colon ? colon + 1 : text, 10, 0, G_MAXUINT16, &port, NULL) &&
      parse_address (spec, address)) {
    spec->port = (guint16) port;
    spec->any = g_inet_address_get_is_any (spec->addresses[0]);
    return TRUE;
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "%s is no PORT, ADDRESS:PORT or [ADDRESS]:PORT (with the numeric address "
      "of a network interface, 0.0.0.0 or [::] for all)",
      text);
  return FALSE;
}

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
bind_all (WebListen *l, const Spec *spec, GError **error)
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

static gchar *
host_for_people (const Spec *spec)
{
  g_autofree gchar *numeric = NULL;

  if (spec->any)
    return g_strdup (g_get_host_name ());
  numeric = g_inet_address_to_string (spec->addresses[0]);
  return strchr (numeric, ':') ? g_strdup_printf ("[%s]", numeric)
                               : g_steal_pointer (&numeric);
}

gboolean
web_listen (WebListen *l, const gchar *text, GError **error)
{
  Spec spec = { .port = 0 };
  gboolean bound = FALSE;

  *l = (WebListen){ .port = 0 };
  if (!parse (&spec, text, error)) {
    spec_clear (&spec);
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
    l->host = host_for_people (&spec);
    l->loopback = g_inet_address_get_is_loopback (spec.addresses[0]);
  }
  spec_clear (&spec);
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

gboolean
web_host_is_loopback (const gchar *host)
{
  g_autoptr (GSocketConnectable) parsed =
      host ? g_network_address_parse (host, 80, NULL) : NULL;
  g_autoptr (GInetAddress) address = NULL;
  const gchar *name;

  if (!parsed)
    return FALSE;
  name = g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed));
  if (g_ascii_strcasecmp (name, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (name);
  return address && g_inet_address_get_is_loopback (address);
}
