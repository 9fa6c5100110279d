/* SPDX-License-Identifier: MIT */
#include "connections.h"

#include <gio/gio.h>
#ifdef __linux__
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

static GMutex lock;
static GPtrArray *sockets; /* of GWeakRef: they are their owners' to free */
static guint n_made;

static void
free_reference (gpointer reference)
{
  g_weak_ref_clear (reference);
  g_free (reference);
}

static gboolean
is_gone (GWeakRef *reference)
{
  g_autoptr (GObject) socket = g_weak_ref_get (reference);

  return !socket;
}

/* Of GSocketClient::event, in the thread that connects. */
static gboolean
on_event (GSignalInvocationHint *hint, guint n_values, const GValue *values,
    gpointer user_data)
{
  GObject *connection = g_value_get_object (&values[3]);
  GWeakRef *reference;

  if (g_value_get_enum (&values[1]) != G_SOCKET_CLIENT_CONNECTED ||
      !G_IS_SOCKET_CONNECTION (connection))
    return TRUE; /* to be called again */
  reference = g_new0 (GWeakRef, 1);
  g_weak_ref_init (reference,
      g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection)));
  g_mutex_lock (&lock);
  for (guint i = sockets->len; i-- > 0;)
    if (is_gone (g_ptr_array_index (sockets, i)))
      g_ptr_array_remove_index_fast (sockets, i);
  g_ptr_array_add (sockets, reference);
  n_made++;
  g_mutex_unlock (&lock);
  return TRUE; /* to be called again */
}

void
connections_begin (void)
{
  g_autoptr (GTypeClass) client = NULL;

  g_mutex_lock (&lock);
  n_made = 0;
  if (sockets) {
    g_ptr_array_set_size (sockets, 0);
  } else {
    sockets = g_ptr_array_new_with_free_func (free_reference);
    client = g_type_class_ref (G_TYPE_SOCKET_CLIENT);
    g_signal_add_emission_hook (g_signal_lookup ("event", G_TYPE_SOCKET_CLIENT),
        0, on_event, NULL, NULL);
  }
  g_mutex_unlock (&lock);
}

static guint64
count_bytes (GSocket *socket)
{
#ifdef __linux__
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  if (getsockopt (
          g_socket_get_fd (socket), IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
    return info.tcpi_bytes_received;
#endif
  return 0;
}

guint
connections_count (guint64 *bytes)
{
  guint n;

  *bytes = 0;
  g_mutex_lock (&lock);
  for (guint i = 0; sockets && i < sockets->len; i++) {
    g_autoptr (GSocket) s = g_weak_ref_get (g_ptr_array_index (sockets, i));

    if (s)
      *bytes += count_bytes (s);
  }
  n = n_made;
  g_mutex_unlock (&lock);
  return n;
}

void
connections_break_off (void)
{
  g_mutex_lock (&lock);
  for (guint i = 0; sockets && i < sockets->len; i++) {
    g_autoptr (GSocket) s = g_weak_ref_get (g_ptr_array_index (sockets, i));

    if (s)
      g_socket_shutdown (s, TRUE, TRUE, NULL);
  }
  g_mutex_unlock (&lock);
}
