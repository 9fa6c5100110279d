/* SPDX-License-Identifier: MIT */
#include "player.h"

#include "backoff.h"
#include "connections.h"
#include "heap.h"
#include "terminal.h"

#define TICK_MS 250
/* A first picture comes with a keyframe, and after UDP was given up for TCP. */
#define FIRST_FRAME_US (15 * G_USEC_PER_SEC)
/* What is slower than others by itself is not silent yet. */
#define SILENCE_US (5 * G_USEC_PER_SEC)
#define SILENCE_FRAMES 10
/* Of one try: after UDP was given up, and after some leading elsewhere. */
#define MAX_CONNECTIONS 10
/* Without a picture. Who reads keeps what comes in its place, without a limit. */
#define MAX_BYTES (64 << 20)
/* For a file to show what is in it: on a slow disk, perhaps asleep. */
#define READY_LIMIT_S 30

struct _Player
{
  const Source *source;
  InputSettings settings;
  Feed *feed;
  PlayerCallbacks callbacks;
  gpointer user_data;

  Input *input;
  guint index; /* of the source's uris */
  gboolean stopped;
  guint n_failed;

  /* live */
  Backoff backoff;
  guint tick, retry;                        /* timers, or 0 */
  gint64 begun_us;                          /* this try */
  gint64 first_us, last_us, longest_gap_us; /* of its frames */
  guint64 n_bytes;                          /* that came up to the last one */
  gboolean ever;                            /* there was a frame in some try */
  gboolean lost;      /* it was said, and not yet that it is back */
  gchar *last_reason; /* the failure that was said last */
  guint n_reconnects;
};

static void begin (Player *player);

static const gchar *
get_uri (Player *player)
{
  return g_ptr_array_index (player->source->uris, player->index);
}

/* As people know it: with a directory's files their own names. */
static gchar *
get_name (Player *player)
{
  if (player->source->is_directory)
    return g_filename_from_uri (get_uri (player), NULL, NULL);
  return g_strdup (player->source->name);
}

static void
clear_input (Player *player)
{
  g_clear_pointer (&player->input, input_free);
  heap_trim ();
  g_clear_handle_id (&player->tick, g_source_remove);
}

static void
finish (Player *player)
{
  player->stopped = TRUE;
  feed_finish (player->feed);
  player->callbacks.end (player->user_data);
}

/* ---- files ---------------------------------------------------------------- */

static void
next_file (Player *player, const GError *error)
{
  clear_input (player);
  if (error) {
    g_autofree gchar *name = get_name (player);

    say ("%s: %s%s", name, error->message,
        player->source->is_directory ? " (skipped)" : "");
    player->n_failed++;
  }
  if (++player->index < player->source->uris->len)
    begin (player);
  else
    finish (player);
}

/* The decoder now and then keeps to itself that a broken file cannot be read. */
static gboolean
on_ready_limit (gpointer user_data)
{
  Player *player = user_data;
  g_autoptr (GError) error = g_error_new_literal (GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "nothing that plays was found in it");

  player->tick = 0;
  next_file (player, error);
  return G_SOURCE_REMOVE;
}

/* ---- live ----------------------------------------------------------------- */

static gboolean
is_refused (const GError *error)
{
  return g_error_matches (
             error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED) ||
         g_error_matches (
             error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
}

static const gchar *
get_advice (const GError *error)
{
  if (g_error_matches (
          error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED))
    return " (set RESEMOTENET_RTSP_USER and RESEMOTENET_RTSP_PASSWORD, or give "
           "--credentials FILE)";
  return "";
}

static const gchar *
get_reason (Player *player, const GError *error)
{
  if (!error)
    return "it came to an end";
  if (g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ))
    return player->first_us ? "the connection was lost"
                            : "it gives no answer, or none that makes sense";
  if (g_error_matches (
          error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE))
    return "nobody answers";
  return error->message;
}

static gboolean
on_retry (gpointer user_data)
{
  Player *player = user_data;

  player->retry = 0;
  begin (player);
  return G_SOURCE_REMOVE;
}

/* Each try is told, but not for ever in the same words. */
static void
say_lost (Player *player, const gchar *reason, guint wait_ms, gboolean longest)
{
  if (longest && g_strcmp0 (reason, player->last_reason) == 0)
    return;
  say ("%s: %s; next try in %.1f s%s", player->source->name, reason,
      wait_ms / 1e3, longest ? ", and so on" : "");
  g_free (player->last_reason);
  player->last_reason = g_strdup (reason);
}

static void
lose (Player *player, const GError *error, const gchar *reason)
{
  gboolean longest = backoff_is_longest (&player->backoff);
  guint wait_ms;

  clear_input (player);
  /* a name or a password that was never right is not to be tried for ever */
  if (!player->ever && error && is_refused (error)) {
    say ("%s: %s%s", player->source->name, error->message, get_advice (error));
    player->n_failed++;
    finish (player);
    return;
  }
  wait_ms = backoff_next_ms (&player->backoff);
  say_lost (player, reason, wait_ms, longest);
  player->lost = TRUE;
  player->retry = g_timeout_add (wait_ms, on_retry, player);
}

static void
note_frames (Player *player, gint64 last_us)
{
  if (player->first_us == 0) {
    player->first_us = last_us;
    if (player->ever)
      player->n_reconnects++;
    if (player->lost)
      say ("%s: it is there%s", player->source->name,
          player->ever ? " again" : "");
    player->ever = TRUE;
    player->lost = FALSE;
    backoff_reset (&player->backoff);
    g_clear_pointer (&player->last_reason, g_free);
  } else if (last_us != player->last_us) {
    /* as seen each tick, which is near enough */
    player->longest_gap_us =
        MAX (player->longest_gap_us, last_us - player->last_us);
  }
  player->last_us = last_us;
}

/* Returns: why it is to be given up, or NULL */
static const gchar *
find_fault (Player *player, gint64 last_us, gint64 now_us)
{
  const gint64 patience_us =
      MAX (SILENCE_US, SILENCE_FRAMES * player->longest_gap_us);
  guint64 n_bytes;
  const guint n_connections = connections_count (&n_bytes);

  if (last_us == 0 && n_connections > MAX_CONNECTIONS)
    return "it leads from address to address";
  if (n_bytes > player->n_bytes + MAX_BYTES) {
    /* there is no time to take leave of it */
    connections_break_off ();
    return "it sends much, and no picture";
  }
  if (last_us == 0 && now_us - player->begun_us >= FIRST_FRAME_US)
    return "no picture came";
  if (last_us && now_us - last_us >= patience_us)
    return "it is silent";
  return NULL;
}

static gboolean
on_tick (gpointer user_data)
{
  Player *player = user_data;
  gint64 last_us = feed_get_last_us (player->feed);
  const gchar *fault;

  if (last_us != player->last_us) {
    note_frames (player, last_us);
    connections_count (&player->n_bytes);
  }
  fault = find_fault (player, last_us, g_get_monotonic_time ());
  if (!fault)
    return G_SOURCE_CONTINUE;
  player->tick = 0;
  lose (player, NULL, fault);
  return G_SOURCE_REMOVE;
}

/* ---- inputs --------------------------------------------------------------- */

static GstFlowReturn
on_video (gpointer user_data, GstSample *sample)
{
  return feed_video (((Player *) user_data)->feed, sample);
}

static GstFlowReturn
on_audio (gpointer user_data, GstSample *sample)
{
  return feed_audio (((Player *) user_data)->feed, sample);
}

static void
on_video_end (gpointer user_data)
{
  feed_video_end (((Player *) user_data)->feed);
}

static void
on_audio_end (gpointer user_data)
{
  feed_audio_end (((Player *) user_data)->feed);
}

static void
on_ready (gpointer user_data, gboolean has_audio)
{
  Player *player = user_data;

  if (player->stopped)
    return;
  g_clear_handle_id (&player->tick, g_source_remove);
  feed_begin (player->feed, get_uri (player), has_audio);
  if (player->callbacks.ready (player->user_data, has_audio))
    input_play (player->input);
}

static void
on_end (gpointer user_data, const GError *error)
{
  Player *player = user_data;

  if (player->stopped)
    return;
  if (player->settings.live) {
    /* those that came since the last tick */
    const gint64 last_us = feed_get_last_us (player->feed);

    if (last_us)
      note_frames (player, last_us);
    lose (player, error, get_reason (player, error));
  } else
    next_file (player, error);
}

static void
begin (Player *player)
{
  static const InputCallbacks callbacks = {
    .video = on_video,
    .audio = on_audio,
    .video_end = on_video_end,
    .audio_end = on_audio_end,
    .ready = on_ready,
    .end = on_end,
  };

  player->settings.uri = get_uri (player);
  player->input = input_new (&player->settings, &callbacks, player);
  if (player->settings.live) {
    feed_begin (player->feed, get_uri (player), FALSE);
    player->begun_us = g_get_monotonic_time ();
    player->first_us = player->last_us = player->longest_gap_us = 0;
    player->n_bytes = 0;
    player->tick = g_timeout_add (TICK_MS, on_tick, player);
  } else if (g_str_has_prefix (get_uri (player), "file:")) {
    player->tick =
        g_timeout_add_seconds (READY_LIMIT_S, on_ready_limit, player);
  }
  input_start (player->input);
}

Player *
player_new (const Source *source, const InputSettings *settings, Feed *feed,
    const PlayerCallbacks *callbacks, gpointer user_data)
{
  Player *player = g_new0 (Player, 1);

  player->source = source;
  player->settings = *settings;
  player->settings.live = source->live;
  player->feed = feed;
  player->callbacks = *callbacks;
  player->user_data = user_data;
  return player;
}

void
player_free (Player *player)
{
  if (!player)
    return;
  clear_input (player);
  g_clear_handle_id (&player->retry, g_source_remove);
  g_free (player->last_reason);
  g_free (player);
}

void
player_start (Player *player)
{
  if (player->settings.live &&
      !player->callbacks.ready (player->user_data, FALSE))
    return;
  begin (player);
}

void
player_stop (Player *player)
{
  if (player->stopped)
    return;
  player->stopped = TRUE;
  g_clear_handle_id (&player->tick, g_source_remove);
  g_clear_handle_id (&player->retry, g_source_remove);
  feed_finish (player->feed);
}

gboolean
player_is_all_failed (Player *player)
{
  return player->n_failed == player->source->uris->len;
}

gboolean
player_is_reconnecting (Player *player)
{
  return player->ever && player->lost;
}

guint
player_get_n_reconnects (Player *player)
{
  return player->n_reconnects;
}

guint
player_get_total (Player *player, guint *done, GstClockTime *duration)
{
  *done = player->index;
  *duration =
      player->input ? input_get_duration (player->input) : GST_CLOCK_TIME_NONE;
  return player->source->uris->len;
}
