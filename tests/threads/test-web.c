/* What threads share in the page of --http: the stream's push, viewers come and
 * go, and the end comes while they do.
 * SPDX-License-Identifier: MIT
 */
#include <gio/gio.h>
#include <string.h>

#include "web.h"

#define N_PUSHERS 2
#define N_VIEWERS 4
#define N_ROUNDS 5

typedef struct
{
  Web *web;
  guint16 port;
  gint over;    /* atomic */
  gint n_bytes; /* atomic: that viewers got */
} Shared;

static gpointer
push (gpointer user_data)
{
  Shared *s = user_data;
  WebStatus status = { .state = WEB_STATE_PLAYING };
  gchar *data = g_malloc0 (20000);
  g_autoptr (GBytes) jpeg = g_bytes_new_take (data, 20000);

  while (!g_atomic_int_get (&s->over)) {
    if (web_wants_jpeg (s->web))
      web_push_jpeg (s->web, jpeg);
    if (web_wants_frame_json (s->web))
      web_push_frame_json (s->web, "{\"objects\":[]}");
    status.frames++;
    web_set_status (s->web, &status);
    g_usleep (1000);
  }
  return NULL;
}

/* Asks for @path and takes @n_bytes, or what there is to the end. By a socket: a
 * GSocketClient has threads that find proxies. */
static void
view (Shared *s, const gchar *path, gsize n_bytes)
{
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new (loopback, s->port);
  g_autofree gchar *request =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
  g_autofree gchar *answer = g_malloc (n_bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  gssize n = 1;

  g_assert_no_error (error);
  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  g_socket_send (socket, request, strlen (request), NULL, &error);
  g_assert_no_error (error);
  while (n_bytes > 0 && n > 0) {
    n = g_socket_receive (socket, answer, n_bytes, NULL, &error);
    g_assert_no_error (error);
    n_bytes -= (gsize) n;
    g_atomic_int_add (&s->n_bytes, (gint) n);
  }
}

/* More than one chunk of a stream, to its end, and without reading. */
static gpointer
come_and_go (gpointer user_data)
{
  for (guint i = 0; i < N_ROUNDS; i++) {
    view (user_data, "/pictures", 50000);
    view (user_data, "/events", 3000);
    view (user_data, "/", 500);
    view (user_data, "/pictures", 1);
  }
  return NULL;
}

/* Until the server ends it. */
static gpointer
stay (gpointer user_data)
{
  view (user_data, "/events", 1 << 20);
  return NULL;
}

static void
test_viewers (void)
{
  const WebSettings settings = { .listen = "0", .source = "test" };
  g_autoptr (GError) error = NULL;
  GThread *pushers[N_PUSHERS], *viewers[N_VIEWERS], *staying;
  Shared s = { .web = web_new (&settings, &error) };

  g_assert_no_error (error);
  s.port = (guint16) g_ascii_strtoull (
      strrchr (web_get_url (s.web), ':') + 1, NULL, 10);
  for (guint i = 0; i < N_PUSHERS; i++)
    pushers[i] = g_thread_new ("push", push, &s);
  for (guint i = 0; i < N_VIEWERS; i++)
    viewers[i] = g_thread_new ("view", come_and_go, &s);
  for (guint i = 0; i < N_VIEWERS; i++)
    g_thread_join (viewers[i]);
  g_assert_cmpint (g_atomic_int_get (&s.n_bytes), ==,
      N_VIEWERS * N_ROUNDS * (50000 + 3000 + 500 + 1));

  staying = g_thread_new ("stay", stay, &s);
  g_usleep (G_USEC_PER_SEC / 5);
  g_atomic_int_set (&s.over, TRUE);
  for (guint i = 0; i < N_PUSHERS; i++)
    g_thread_join (pushers[i]);
  web_free (s.web);
  g_thread_join (staying);
}

/* The end comes before the thread has begun to listen. */
static void
test_at_once (void)
{
  const WebSettings settings = { .listen = "0", .source = "test" };

  for (guint i = 0; i < 20; i++) {
    Web *web = web_new (&settings, NULL);

    g_assert_nonnull (web);
    web_free (web);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/web/viewers", test_viewers);
  g_test_add_func ("/web/at-once", test_at_once);
  return g_test_run ();
}
