/* SPDX-License-Identifier: MIT */
#include "web-spec.h"

#include <string.h>

void
web_spec_clear (WebSpec *spec)
{
  g_clear_object (&spec->addresses[0]);
  g_clear_object (&spec->addresses[1]);
}

static gboolean
parse_address (WebSpec *spec, const gchar *address)
{
  if (g_ascii_strcasecmp (address, "localhost") == 0) {
    spec->addresses[0] = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
    spec->addresses[1] = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
    return TRUE;
  }
  spec->addresses[0] = g_inet_address_new_from_string (address);
  return spec->addresses[0] != NULL;
}

gboolean
web_spec_parse (WebSpec *spec, const gchar *text, GError **error)
{
  const gchar *colon = strrchr (text, ':');
  g_autofree gchar *address = NULL;
  guint64 port;

  *spec = (WebSpec){ 0 };
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

gchar *
web_spec_host (const WebSpec *spec)
{
  g_autofree gchar *numeric = NULL;

  if (spec->any)
    return g_strdup (g_get_host_name ());
  numeric = g_inet_address_to_string (spec->addresses[0]);
  return strchr (numeric, ':') ? g_strdup_printf ("[%s]", numeric)
                               : g_steal_pointer (&numeric);
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
