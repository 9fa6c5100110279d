/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct _Relay
{
  guint port, to_port;
  GThread *thread;
  gint mode, n_cuts, quit, n_bytes; /* atomic */
  int listener, client, broker;     /* the thread's; -1 = none */
};

static struct sockaddr_in
loopback (guint port)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
    .sin_port = htons ((guint16) port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
hang_up (Relay *relay)
{
  close_fd (&relay->client);
  close_fd (&relay->broker);
}

static void
listen_on_port (Relay *relay)
{
  struct sockaddr_in address = loopback (relay->port);
  const int yes = 1;

  relay->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (relay->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind (relay->listener, (struct sockaddr *) &address, sizeof address) ||
      listen (relay->listener, 8))
    g_error ("relay: %s", g_strerror (errno));
}

static void
take_client (Relay *relay)
{
  struct sockaddr_in address = loopback (relay->to_port);
  const int client = accept (relay->listener, NULL, NULL);

  if (client < 0)
    return;
  hang_up (relay);
  relay->client = client;
  if (g_atomic_int_get (&relay->mode) != RELAY_PASS)
    return;
  relay->broker = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (relay->broker, (struct sockaddr *) &address, sizeof address))
    hang_up (relay);
}

/* Returns FALSE where a side is gone. */
static gboolean
pump (Relay *relay, int from, int to)
{
  gchar block[4096];
  gssize n = recv (from, block, sizeof block, 0);

  if (n <= 0)
    return FALSE;
  if (from == relay->client)
    g_atomic_int_add (&relay->n_bytes, (gint) n);
  return to < 0 || send (to, block, (gsize) n, MSG_NOSIGNAL) == n;
}

static gpointer
relay_run (gpointer data)
{
  Relay *relay = data;
  gint n_cuts = 0;

  while (!g_atomic_int_get (&relay->quit)) {
    const gint wanted = g_atomic_int_get (&relay->n_cuts);
    struct pollfd fds[3];

    if (g_atomic_int_get (&relay->mode) == RELAY_CLOSED) {
      close_fd (&relay->listener);
      hang_up (relay);
    } else if (relay->listener < 0) {
      listen_on_port (relay);
    }
    if (n_cuts != wanted)
      hang_up (relay);
    n_cuts = wanted;
    fds[0] = (struct pollfd){ relay->listener, POLLIN, 0 };
    fds[1] = (struct pollfd){ relay->client, POLLIN, 0 };
    fds[2] = (struct pollfd){ relay->broker, POLLIN, 0 };
    poll (fds, 3, 2);
    if (fds[1].revents && !pump (relay, relay->client, relay->broker))
      hang_up (relay);
    else if (fds[2].revents && !pump (relay, relay->broker, relay->client))
      hang_up (relay);
    if (fds[0].revents)
      take_client (relay);
  }
  close_fd (&relay->listener);
  hang_up (relay);
  return NULL;
}

Relay *
relay_new (guint to_port, RelayMode mode)
{
  Relay *relay = g_new0 (Relay, 1);
  struct sockaddr_in address = loopback (0);
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  /* a port that is free: it is taken again when the relay listens */
  if (bind (fd, (struct sockaddr *) &address, size) ||
      getsockname (fd, (struct sockaddr *) &address, &size))
    g_error ("relay: %s", g_strerror (errno));
  close (fd);
  relay->port = ntohs (address.sin_port);
  relay->to_port = to_port;
  relay->mode = (gint) mode;
  relay->listener = relay->client = relay->broker = -1;
  relay->thread = g_thread_new ("relay", relay_run, relay);
  return relay;
}

guint
relay_port (const Relay *relay)
{
  return relay->port;
}

void
relay_set_mode (Relay *relay, RelayMode mode)
{
  g_atomic_int_set (&relay->mode, (gint) mode);
}

void
relay_cut (Relay *relay)
{
  g_atomic_int_inc (&relay->n_cuts);
}

guint
relay_bytes (Relay *relay)
{
  return (guint) g_atomic_int_get (&relay->n_bytes);
}

void
relay_free (Relay *relay)
{
  g_atomic_int_set (&relay->quit, TRUE);
  g_thread_join (relay->thread);
  g_free (relay);
}
