/* SPDX-License-Identifier: MIT */
#include "web-server.h"

#include <string.h>

#include "web-page.h"
#include "web-spec.h"
#include "web-token.h"

#define MAX_STREAMS 16 /* of each kind */
#define RESOURCES "/org/resemotenet/watch/"

typedef struct
{
  const gchar *path;
  const gchar *type;
  const gchar *resource; /* below RESOURCES; NULL: a stream */
  WebStreamKind stream;
} Page;

static const Page pages[] = {
  { "/", "text/html; charset=utf-8", "index.html", 0 },
  { "/style.css", "text/css; charset=utf-8", "style.css", 0 },
  { "/app.js", "text/javascript; charset=utf-8", "app.js", 0 },
  { "/faces.js", "text/javascript; charset=utf-8", "faces.js", 0 },
  { "/timeline.js", "text/javascript; charset=utf-8", "timeline.js", 0 },
  { "/icon.svg", "image/svg+xml", "icon.svg", 0 },
  { "/pictures", WEB_PICTURES_TYPE, NULL, WEB_STREAM_PICTURES },
  { "/events", "text/event-stream", NULL, WEB_STREAM_EVENTS },
};

static const gchar *const headers[][2] = {
  { "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; "
      "img-src 'self'; connect-src 'self'; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'" },
  { "Cache-Control", "no-store" }, { "X-Content-Type-Options", "nosniff" },
  { "X-Frame-Options", "DENY" }, { "Referrer-Policy", "no-referrer" },
  { "Cross-Origin-Resource-Policy", "same-origin" },
  { "Cross-Origin-Opener-Policy", "same-origin" },
  { "Connection", "close" }, /* see web-clients.h */
};

/* ---- who may ask ----------------------------------------------------------- */

static void
respond (SoupServerMessage *message, guint status, const gchar *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain; charset=utf-8",
      SOUP_MEMORY_COPY, text, strlen (text));
}

/* Cookies do not know ports: another app on the same host has its own. */
static gchar *
cookie_name (const WebServer *server)
{
  return g_strdup_printf ("resemotenet-%u", (guint) server->listen.port);
}

static gboolean
has_cookie (const WebServer *server, SoupServerMessage *message)
{
  const gchar *all = soup_message_headers_get_list (
      soup_server_message_get_request_headers (message), "Cookie");
  g_autofree gchar *name = cookie_name (server);
  g_auto (GStrv) cookies = all ? g_strsplit (all, ";", -1) : NULL;

  for (guint i = 0; cookies && cookies[i]; i++) {
    const gchar *c = g_strstrip (cookies[i]);
    gsize n = strlen (name);

    if (strncmp (c, name, n) == 0 && c[n] == '=' &&
        web_token_equal (server->token, c + n + 1))
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_token_in_query (const WebServer *server, SoupServerMessage *message)
{
  const gchar *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GHashTable) fields =
      query ? g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, NULL)
            : NULL;

  return fields &&
         web_token_equal (server->token, g_hash_table_lookup (fields, "token"));
}

/* Browsers that do not say where a request is from name the origin of those that
 * would read the answer. */
static gboolean
has_other_origin (SoupMessageHeaders *request)
{
  const gchar *origin = soup_message_headers_get_list (request, "Origin");
  const gchar *host = soup_message_headers_get_list (request, "Host");
  const gchar *name = origin ? strstr (origin, "://") : NULL;

  return origin && (!name || !host || g_ascii_strcasecmp (name + 3, host) != 0);
}

/* Other sites' pages may lead here, but not load anything from here. */
static gboolean
is_of_other_site (SoupMessageHeaders *request)
{
  const gchar *site = soup_message_headers_get_list (request, "Sec-Fetch-Site");
  const gchar *mode = soup_message_headers_get_list (request, "Sec-Fetch-Mode");

  if (site && !g_str_equal (site, "same-origin") &&
      !g_str_equal (site, "none") && g_strcmp0 (mode, "navigate") != 0)
    return TRUE;
  return has_other_origin (request);
}

/* Whether it was refused. */
static gboolean
refuse (const WebServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *request =
      soup_server_message_get_request_headers (message);
  const gchar *method = soup_server_message_get_method (message);

  if (!g_str_equal (method, "GET") && !g_str_equal (method, "HEAD")) {
    soup_message_headers_replace (
        soup_server_message_get_response_headers (message), "Allow",
        "GET, HEAD");
    respond (message, SOUP_STATUS_METHOD_NOT_ALLOWED,
        "Only GET and HEAD are answered here.\n");
  } else if (server->listen.loopback &&
             !web_host_is_loopback (
                 soup_message_headers_get_list (request, "Host"))) {
    respond (message, SOUP_STATUS_FORBIDDEN,
        "This page is served to this machine only, by the names localhost, "
        "127.0.0.1 and [::1].\n");
  } else if (is_of_other_site (request)) {
    respond (message, SOUP_STATUS_FORBIDDEN,
        "This is not for pages of other sites.\n");
  } else if (server->token && !has_cookie (server, message) &&
             !has_token_in_query (server, message)) {
    respond (message, SOUP_STATUS_FORBIDDEN,
        "Open the whole address that resemotenet-watch printed, with its "
        "token.\n");
  } else {
    return FALSE;
  }
  return TRUE;
}

static void
on_got_headers (SoupServerMessage *message, gpointer user_data)
{
  SoupMessageHeaders *request =
      soup_server_message_get_request_headers (message);

  /* a list of ranges could ask for much more than there is */
  soup_message_headers_remove (request, "Range");
  refuse (user_data, message);
}

static void
on_request_started (
    SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  SoupMessageHeaders *response =
      soup_server_message_get_response_headers (message);

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    soup_message_headers_replace (response, headers[i][0], headers[i][1]);
  g_signal_connect (
      message, "got-headers", G_CALLBACK (on_got_headers), user_data);
}

/* ---- what they get ------------------------------------------------------------ */

/* Sent to the page itself: a cookie that is kept from other sites' links is not
 * sent along with a redirection that such a link leads to, and is after this. */
static void
exchange_token (const WebServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *response =
      soup_server_message_get_response_headers (message);
  g_autofree gchar *name = cookie_name (server);
  g_autofree gchar *cookie = g_strdup_printf (
      "%s=%s; Path=/; HttpOnly; SameSite=Strict", name, server->token);
  static const gchar page[] =
      "<!doctype html><meta charset=utf-8><title>resemotenet</title>"
      "<p><a href=\"/\">To the page</a>\n";

  soup_message_headers_replace (response, "Set-Cookie", cookie);
  soup_message_headers_replace (response, "Refresh", "0; url=/");
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/html; charset=utf-8",
      SOUP_MEMORY_STATIC, page, sizeof page - 1);
}

static void
send_resource (SoupServerMessage *message, const Page *page)
{
  g_autofree gchar *name = g_strconcat (RESOURCES, page->resource, NULL);
  g_autoptr (GBytes) data = g_resource_lookup_data (
      web_page_get_resource (), name, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (
      soup_server_message_get_response_headers (message), page->type, NULL);
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (message), data);
}

static void
send_stream (WebServer *server, SoupServerMessage *message, const Page *page)
{
  WebClient *client = web_client_of (message);
  SoupMessageHeaders *request =
      soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response =
      soup_server_message_get_response_headers (message);

  if (server->n_streams[page->stream] >= MAX_STREAMS) {
    soup_message_headers_replace (response, "Retry-After", "5");
    respond (message, SOUP_STATUS_SERVICE_UNAVAILABLE,
        "Too many pages are open; try again later.\n");
    return;
  }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (response, page->type, NULL);
  if (g_str_equal (soup_server_message_get_method (message), "HEAD"))
    return;
  client->stream = web_stream_start (page->stream, server->feed, message,
      soup_message_headers_get_one (request, "Last-Event-ID"),
      &server->n_waiting[page->stream]);
  server->n_streams[page->stream]++;
  g_atomic_int_set (
      &server->n_pages, (gint) server->n_streams[WEB_STREAM_EVENTS]);
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  WebServer *server = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    const Page *page = &pages[i];

    if (!g_str_equal (path, page->path))
      continue;
    if (!page->resource)
      send_stream (server, message, page);
    else if (i == 0 && server->token && has_token_in_query (server, message))
      exchange_token (server, message);
    else
      send_resource (message, page);
    return;
  }
  respond (message, SOUP_STATUS_NOT_FOUND, "There is no such page.\n");
}

static void
on_request_read (
    SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  web_client_begin (web_client_of (message));
}

static void
on_request_over (
    SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  WebServer *server = user_data;
  WebClient *client = web_client_of (message);

  if (client->stream) {
    server->n_streams[client->stream->kind]--;
    g_atomic_int_set (
        &server->n_pages, (gint) server->n_streams[WEB_STREAM_EVENTS]);
  }
  web_client_finish (client);
}

/* ---- accepting ------------------------------------------------------------------ */

static void accept_next (WebServer *server);

static gboolean
on_retry (gpointer user_data)
{
  WebServer *server = user_data;

  g_clear_pointer (&server->retry, g_source_unref);
  accept_next (server);
  return G_SOURCE_REMOVE;
}

/* Out of descriptors, say: not again at once, which would be for ever. */
static void
retry_later (WebServer *server)
{
  server->retry = g_timeout_source_new (200);
  g_source_set_callback (server->retry, on_retry, server, NULL);
  g_source_attach (server->retry, g_main_context_get_thread_default ());
}

static void
on_accepted (GObject *listener, GAsyncResult *result, gpointer user_data)
{
  WebServer *server = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_listener_accept_finish (
      G_SOCKET_LISTENER (listener), result, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return;
  if (connection) {
    web_clients_add (&server->clients, connection);
    accept_next (server);
  } else {
    retry_later (server);
  }
}

static void
accept_next (WebServer *server)
{
  g_socket_listener_accept_async (
      server->listen.listener, server->accepting, on_accepted, server);
}

/* The answer that web-clients.h gives by itself, with the headers of all others. */
static gchar *
refusal_new (void)
{
  GString *text = g_string_new ("HTTP/1.1 413 Request Entity Too Large\r\n");

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    g_string_append_printf (text, "%s: %s\r\n", headers[i][0], headers[i][1]);
  g_string_append (text, "Content-Length: 0\r\n\r\n");
  return g_string_free (text, FALSE);
}

void
web_server_start (WebServer *server)
{
  server->soup = soup_server_new ("raw-paths", TRUE, NULL);
  server->clients.soup = server->soup;
  server->clients.refusal = refusal_new ();
  server->accepting = g_cancellable_new ();
  soup_server_add_handler (server->soup, NULL, on_request, server, NULL);
  g_signal_connect (
      server->soup, "request-started", G_CALLBACK (on_request_started), server);
  g_signal_connect (
      server->soup, "request-read", G_CALLBACK (on_request_read), server);
  g_signal_connect (
      server->soup, "request-finished", G_CALLBACK (on_request_over), server);
  g_signal_connect (
      server->soup, "request-aborted", G_CALLBACK (on_request_over), server);
  accept_next (server);
}

void
web_server_end (WebServer *server)
{
  g_cancellable_cancel (server->accepting);
  if (server->retry)
    g_source_destroy (server->retry);
  g_clear_pointer (&server->retry, g_source_unref);
  g_socket_listener_close (server->listen.listener);
  web_clients_end (&server->clients);
}

void
web_server_clear (WebServer *server)
{
  if (server->soup)
    soup_server_disconnect (server->soup);
  g_clear_object (&server->soup);
  web_clients_clear (&server->clients);
  g_clear_object (&server->accepting);
}
