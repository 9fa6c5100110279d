/* Requests to the page of resemotenet-watch. SPDX-License-Identifier: MIT
 *
 * An input is a byte of flags; with the flag 1, a line that is the token's file; and
 * requests, each sent on a connection of its own, with a byte 0x1e behind each. PORT
 * in one stands for the port.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz-input.h"
#include "fuzzer.h"
#include "memory-file.h"
#include "web-server.h"
#include "web-token.h"

#define TOKEN_FILE "RESEMOTENET_HTTP_TOKEN_FILE"

#define HAS_TOKEN 1
#define IS_OPEN 2 /* as if others could reach it */
#define MAX_REQUESTS 24
/* What happens at once is over by then. */
#define MAX_ROUNDS 500
#define QUIET_ROUNDS 3

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;
  gchar *token;

  g_setenv (TOKEN_FILE, "/nowhere", TRUE);
  g_assert_false (web_token_from_environment (&token, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_setenv (TOKEN_FILE, memory_file (0, NULL, 0), TRUE);
  return 0;
}

static int
connect_to (guint16 port)
{
  const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_port = htons (port),
    .sin_addr = { htonl (INADDR_LOOPBACK) } };
  /* closing it leaves nothing behind, which would use up all ports */
  const struct linger linger = { 1, 0 };

  g_assert (fd >= 0);
  g_assert (
      connect (fd, (const struct sockaddr *) &address, sizeof address) == 0);
  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  return fd;
}

/* Has the server work until it waits for something. */
static void
receive (int fd, GString *answer)
{
  for (guint round = 0, quiet = 0; round < MAX_ROUNDS && quiet < QUIET_ROUNDS;
       round++) {
    gchar block[8192];
    gssize n;

    quiet = g_main_context_iteration (NULL, FALSE) ? 0 : quiet + 1;
    n = recv (fd, block, sizeof block, MSG_DONTWAIT);
    if (n > 0) {
      quiet = 0;
      g_string_append_len (answer, block, n);
    }
  }
}

static gboolean
contains (FuzzInput part, const gchar *text)
{
  return part.at && memmem (part.at, part.left, text, strlen (text)) != NULL;
}

/* Nobody gets anything without the token, and each page has its headers. */
static void
check_answer (const WebServer *server, FuzzInput request, const GString *answer)
{
  if (!g_str_has_prefix (answer->str, "HTTP/1.1 200") &&
      !g_str_has_prefix (answer->str, "HTTP/1.0 200"))
    return;
  g_assert (!server->token || contains (request, server->token) ||
            contains (request, "%"));
  g_assert_nonnull (strstr (answer->str, "Content-Security-Policy: default"));
  g_assert_nonnull (strstr (answer->str, "Cache-Control: no-store"));
  g_assert_nonnull (strstr (answer->str, "X-Content-Type-Options: nosniff"));
}

static void
send_bytes (int fd, const guint8 *data, gsize size)
{
  if (size > 0)
    send (fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
send_with_port (int fd, FuzzInput request, guint16 port)
{
  static const gchar mark[] = "PORT";
  const guint8 *at =
      request.left ? memmem (request.at, request.left, mark, sizeof mark - 1)
                   : NULL;
  gchar number[8];
  FuzzInput before;

  if (at) {
    before = fuzz_part (&request, (gsize) (at - request.at));
    g_snprintf (number, sizeof number, "%u", port);
    send_bytes (fd, before.at, before.left);
    send_bytes (fd, (const guint8 *) number, strlen (number));
    fuzz_part (&request, sizeof mark - 1);
  }
  send_bytes (fd, request.at, request.left);
}

static void
send_request (const WebServer *server, FuzzInput request, int *fd)
{
  g_autoptr (GString) answer = g_string_new (NULL);

  *fd = connect_to (server->listen.port);
  send_with_port (*fd, request, server->listen.port);
  receive (*fd, answer);
  check_answer (server, request, answer);
}

static void
end (WebServer *server)
{
  web_server_end (server);
  while (web_clients_have_streams (&server->clients))
    g_main_context_iteration (NULL, TRUE);
  web_server_clear (server);
  while (web_clients_any (&server->clients))
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  web_listen_clear (&server->listen);
  web_feed_free (server->feed);
  g_free (server->token);
}

/* A page with a picture and a frame. */
static WebFeed *
make_feed (void)
{
  const WebSettings settings = { "0", "a source" };
  g_autoptr (GBytes) jpeg = g_bytes_new_static ("\xff\xd8\xff", 3);
  WebFeed *feed;

  g_random_set_seed (1); /* it has a random name */
  feed = web_feed_new (&settings);
  web_feed_push_picture (feed, jpeg);
  web_feed_push_frame (feed, TRUE, "{}");
  return feed;
}

static gboolean
begin (WebServer *server, FuzzInput *input)
{
  const guint flags = (guint) fuzz_take (input, 1);
  g_autoptr (GError) error = NULL;

  *server = (WebServer){ 0 };
  if (flags & HAS_TOKEN) {
    const FuzzInput line = fuzz_until (input, '\n');

    memory_file (0, line.at, line.left);
    if (!web_token_from_environment (&server->token, &error)) {
      g_assert_nonnull (error);
      return FALSE;
    }
  }
  g_assert_true (web_listen (&server->listen, "0", &error));
  if (flags & IS_OPEN)
    server->listen.loopback = FALSE;
  server->feed = make_feed ();
  web_server_start (server);
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  int fds[MAX_REQUESTS];
  WebServer server;
  guint n = 0;

  if (!begin (&server, &input))
    return 0;
  for (; n < MAX_REQUESTS && input.left; n++)
    send_request (&server, fuzz_until (&input, 0x1e), &fds[n]);
  while (n > 0)
    close (fds[--n]);
  end (&server);
  return 0;
}
