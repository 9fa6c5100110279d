/* SPDX-License-Identifier: MIT */
#include "web.h"

#include "web-server.h"
#include "web-token.h"

/* for pages to hear that the app ends */
#define END_MS 500

struct _Web
{
  WebServer server;
  WebFeed *feed;
  gchar *url;
  GThread *thread;
  GMainContext *context;
  GSource *news; /* its ready time is set from any thread */
  gint ending;   /* atomic */
};

/* ---- the server's thread ------------------------------------------------------ */

static gboolean
on_news (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSourceFuncs news_funcs = { .dispatch = on_news };

static gboolean
advance (gpointer user_data)
{
  Web *web = user_data;

  web_clients_advance (&web->server.clients);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_end_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
end (Web *web)
{
  GSource *timer = g_timeout_source_new (END_MS);
  gboolean late = FALSE;

  web_server_end (&web->server);
  g_source_set_callback (timer, on_end_timeout, &late, NULL);
  g_source_attach (timer, web->context);
  while (!late && web_clients_have_streams (&web->server.clients))
    g_main_context_iteration (web->context, TRUE);
  web_server_clear (&web->server);
  while (!late && web_clients_any (&web->server.clients))
    g_main_context_iteration (web->context, TRUE);
  g_source_destroy (timer);
  g_source_unref (timer);
  /* what is cancelled says so once more */
  while (g_main_context_iteration (web->context, FALSE))
    ;
}

static gpointer
serve (gpointer user_data)
{
  Web *web = user_data;

  g_main_context_push_thread_default (web->context);
  web_server_start (&web->server);
  while (!g_atomic_int_get (&web->ending))
    g_main_context_iteration (web->context, TRUE);
  end (web);
  g_main_context_pop_thread_default (web->context);
  return NULL;
}

/* ---- start and end --------------------------------------------------------------- */

static gboolean
set_token (Web *web, gboolean *is_given, GError **error)
{
  if (!web_token_from_environment (&web->server.token, error))
    return FALSE;
  *is_given = web->server.token != NULL;
  if (!web->server.token && !web->server.listen.loopback)
    web->server.token = web_token_new (error);
  return web->server.token || web->server.listen.loopback;
}

/* Who gave a token knows it, and what is printed is in the logs of services. */
static gchar *
make_url (const WebServer *server, gboolean token_is_given)
{
  g_autofree gchar *query = NULL;

  if (server->token)
    query = g_strconcat ("?token=", token_is_given ? "…" : server->token, NULL);
  return g_strdup_printf ("http://%s:%u/%s", server->listen.host,
      (guint) server->listen.port, query ? query : "");
}

Web *
web_new (const WebSettings *settings, GError **error)
{
  Web *web = g_new0 (Web, 1);
  gboolean token_is_given;

  if (!web_listen (&web->server.listen, settings->listen, error) ||
      !set_token (web, &token_is_given, error)) {
    web_free (web);
    return NULL;
  }
  web->url = make_url (&web->server, token_is_given);
  web->feed = web->server.feed = web_feed_new (settings);
  web->context = g_main_context_new ();
  web->news = g_source_new (&news_funcs, sizeof (GSource));
  g_source_set_callback (web->news, advance, web, NULL);
  g_source_attach (web->news, web->context);
  web->thread = g_thread_new ("web", serve, web);
  return web;
}

void
web_free (Web *web)
{
  if (!web)
    return;
  g_atomic_int_set (&web->ending, TRUE);
  if (web->thread) {
    g_main_context_wakeup (web->context);
    g_thread_join (web->thread);
    g_source_destroy (web->news);
    g_source_unref (web->news);
    g_main_context_unref (web->context);
    web_feed_free (web->feed);
  }
  web_listen_clear (&web->server.listen);
  g_free (web->server.token);
  g_free (web->url);
  g_free (web);
}

const gchar *
web_get_url (Web *web)
{
  return web->url;
}

/* ---- from the stream ---------------------------------------------------------------- */

/* Tells the server's thread; many at once are one. */
static void
tell (Web *web)
{
  g_source_set_ready_time (web->news, 0);
}

void
web_set_colors (Web *web, const WebColor *colors, guint n_colors)
{
  web_feed_set_colors (web->feed, colors, n_colors);
  tell (web);
}

gboolean
web_wants_jpeg (Web *web)
{
  return g_atomic_int_get (&web->server.n_waiting[WEB_STREAM_PICTURES]) > 0 &&
         web_feed_picture_age (web->feed) >= 25 * G_TIME_SPAN_MILLISECOND;
}

void
web_push_jpeg (Web *web, GBytes *jpeg)
{
  if (web_feed_push_picture (web->feed, jpeg))
    tell (web);
}

gboolean
web_wants_frame_json (Web *web)
{
  return web_feed_wants_frame (
      web->feed, g_atomic_int_get (&web->server.n_pages) > 0);
}

void
web_push_frame_json (Web *web, const gchar *json)
{
  if (web_feed_push_frame (
          web->feed, g_atomic_int_get (&web->server.n_pages) > 0, json))
    tell (web);
}

void
web_set_status (Web *web, const WebStatus *status)
{
  if (web_feed_set_status (web->feed, status))
    tell (web);
}
