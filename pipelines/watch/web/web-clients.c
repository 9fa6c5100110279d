/* SPDX-License-Identifier: MIT */
#include "web-clients.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* for a whole request, from its connection */
#define REQUEST_US (5 * G_TIME_SPAN_SECOND)
/* for a response, or for one chunk of a stream */
#define RESPONSE_US (10 * G_TIME_SPAN_SECOND)
/* cookies are those of all that this host serves, on any port */
#define MAX_HEAD_BYTES (16 << 10)
/* what the kernel may hold for a slow viewer: pictures that are old when they
 * arrive */
#define MAX_UNSENT_BYTES (128 << 10)

#define KEY "web-client"

/* Of a client that libsoup does not know. */
static void
let_go (WebClient *c)
{
  g_source_destroy (c->head);
  g_clear_pointer (&c->head, g_source_unref);
  g_io_stream_close (G_IO_STREAM (c->connection), NULL, NULL);
  g_clear_object (&c->connection);
  g_object_unref (g_steal_pointer (&c->remote)); /* the last one: frees c */
}

static void
shut (WebClient *c)
{
  if (c->head) {
    let_go (c);
    return;
  }
  c->shut = TRUE;
  /* libsoup sees the end of the connection, and lets go of it */
  g_socket_shutdown (c->socket, TRUE, TRUE, NULL);
  if (c->stream)
    web_stream_end (c->stream);
}

static gboolean
peer_closed (const WebClient *c)
{
  char byte;

  return recv (g_socket_get_fd (c->socket), &byte, 1,
             MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* A stream that waits has no deadline; libsoup does not see its reader go. */
static gboolean
is_over (const WebClient *c, gint64 now)
{
  if (!c->stream)
    return now > c->deadline;
  if (c->stream->waits)
    return peer_closed (c);
  return now > c->stream->sent_from + RESPONSE_US;
}

static gboolean
on_second (gpointer user_data)
{
  WebClients *clients = user_data;
  gint64 now = g_get_monotonic_time ();

  for (GList *l = clients->all.head, *next; l; l = next) {
    WebClient *c = l->data;

    next = l->next; /* the client may go now */
    if (!c->shut && is_over (c, now))
      shut (c);
  }
  web_clients_advance (clients); /* signs of life */
  return G_SOURCE_CONTINUE;
}

static void
stop_timer (WebClients *clients)
{
  if (clients->timer)
    g_source_destroy (clients->timer);
  g_clear_pointer (&clients->timer, g_source_unref);
}

static void
start_timer (WebClients *clients)
{
  if (clients->timer)
    return;
  clients->timer = g_timeout_source_new_seconds (1);
  g_source_set_callback (clients->timer, on_second, clients, NULL);
  g_source_attach (clients->timer, g_main_context_get_thread_default ());
}

/* libsoup has let go of it. */
static void
client_free (gpointer data)
{
  WebClient *c = data;

  web_client_finish (c);
  g_queue_remove (&c->clients->all, c);
  if (g_queue_is_empty (&c->clients->all))
    stop_timer (c->clients);
  g_object_unref (c->socket);
  g_free (c);
}

static gboolean
make_room (WebClients *clients)
{
  guint n = 0;
  WebClient *oldest = NULL;

  for (GList *l = clients->all.tail; l; l = l->prev) {
    WebClient *c = l->data;

    if (c->shut)
      continue;
    n++;
    if (!c->busy)
      oldest = c;
  }
  if (n < WEB_MAX_CLIENTS)
    return TRUE;
  if (oldest)
    shut (oldest);
  return oldest != NULL;
}

static void
set_options (GSocket *socket)
{
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_option (
      socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, MAX_UNSENT_BYTES, NULL);
  /* who went without a word is found out while there is nothing to send, too */
  g_socket_set_keepalive (socket, TRUE);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPIDLE, 15, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPINTVL, 5, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPCNT, 3, NULL);
}

/* ---- the request's head ------------------------------------------------------- */

/* Asked before libsoup is. A name found elsewhere than in a header is refused as
 * well; no address here has it. */
static gboolean
has_body (const gchar *head)
{
  g_autofree gchar *lower = g_ascii_strdown (head, -1);

  return strstr (lower, "content-length") ||
         strstr (lower, "transfer-encoding");
}

static void
refuse_body (WebClient *c, gchar *head, gsize size)
{
  const gchar *answer = c->clients->refusal;

  /* closing what is not read would reset the connection, and lose the answer */
  g_socket_receive_with_blocking (c->socket, head, size, FALSE, NULL, NULL);
  g_socket_send_with_blocking (
      c->socket, answer, strlen (answer), FALSE, NULL, NULL);
  let_go (c);
}

static void
hand_over (WebClient *c)
{
  g_autoptr (GSocketConnection) connection = g_steal_pointer (&c->connection);
  g_autoptr (GSocketAddress) remote = g_steal_pointer (&c->remote);
  g_autoptr (GSocketAddress) local =
      g_socket_get_local_address (c->socket, NULL);

  g_socket_set_option (c->socket, SOL_SOCKET, SO_RCVLOWAT, 1, NULL);
  g_source_destroy (c->head);
  g_clear_pointer (&c->head, g_source_unref);
  if (local)
    soup_server_accept_iostream (
        c->clients->soup, G_IO_STREAM (connection), local, remote, NULL);
}

static gboolean
on_head (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  WebClient *c = user_data;
  gchar head[MAX_HEAD_BYTES + 1];
  ssize_t n = recv (
      g_socket_get_fd (socket), head, MAX_HEAD_BYTES, MSG_PEEK | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  /* no more than before: the other side has ended it */
  if (n <= 0 || (gsize) n == c->head_bytes || !g_ascii_isalpha (head[0])) {
    let_go (c);
    return G_SOURCE_REMOVE;
  }
  head[n] = '\0';
  if (strlen (head) < (gsize) n) {
    let_go (c);
  } else if (strstr (head, "\r\n\r\n")) {
    if (has_body (head))
      refuse_body (c, head, (gsize) n);
    else
      hand_over (c);
  } else if (n == MAX_HEAD_BYTES) {
    let_go (c);
  } else {
    c->head_bytes = (gsize) n;
    /* not to be called again for what was seen */
    g_socket_set_option (socket, SOL_SOCKET, SO_RCVLOWAT, (gint) n + 1, NULL);
    return G_SOURCE_CONTINUE;
  }
  return G_SOURCE_REMOVE;
}

void
web_clients_add (WebClients *clients, GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  GSocketAddress *remote = g_socket_get_remote_address (socket, NULL);
  WebClient *c;

  if (!remote || !make_room (clients)) {
    g_clear_object (&remote);
    g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
    return;
  }
  set_options (socket);
  c = g_new0 (WebClient, 1);
  c->clients = clients;
  c->socket = g_object_ref (socket);
  c->connection = g_object_ref (connection);
  c->remote = remote;
  c->deadline = g_get_monotonic_time () + REQUEST_US;
  g_queue_push_tail (&clients->all, c);
  start_timer (clients);
  /* libsoup's connection keeps this one object, which requests lead to, as long
   * as it lives */
  g_object_set_data_full (G_OBJECT (remote), KEY, c, client_free);
  c->head = g_socket_create_source (socket, G_IO_IN, NULL);
  g_source_set_callback (c->head, G_SOURCE_FUNC (on_head), c, NULL);
  g_source_attach (c->head, g_main_context_get_thread_default ());
}

/* ---- requests and their ends ---------------------------------------------------- */

WebClient *
web_client_of (SoupServerMessage *message)
{
  return g_object_get_data (
      G_OBJECT (soup_server_message_get_remote_address (message)), KEY);
}

void
web_client_begin (WebClient *c)
{
  c->busy = TRUE;
  c->deadline = g_get_monotonic_time () + RESPONSE_US;
}

void
web_client_finish (WebClient *c)
{
  g_clear_pointer (&c->stream, web_stream_free);
  c->busy = FALSE;
}

void
web_clients_advance (WebClients *clients)
{
  for (GList *l = clients->all.head; l; l = l->next) {
    WebClient *c = l->data;

    if (c->stream && !c->shut)
      web_stream_advance (c->stream);
  }
}

void
web_clients_end (WebClients *clients)
{
  for (GList *l = clients->all.head, *next; l; l = next) {
    WebClient *c = l->data;

    next = l->next;
    if (c->head) {
      let_go (c);
      continue;
    }
    if (c->stream && !c->shut)
      web_stream_end (c->stream);
    c->shut = TRUE;
  }
}

gboolean
web_clients_have_streams (const WebClients *clients)
{
  for (GList *l = clients->all.head; l; l = l->next)
    if (((WebClient *) l->data)->stream)
      return TRUE;
  return FALSE;
}

gboolean
web_clients_any (const WebClients *clients)
{
  return clients->all.head != NULL;
}

void
web_clients_clear (WebClients *clients)
{
  stop_timer (clients);
  g_clear_pointer (&clients->refusal, g_free);
}
