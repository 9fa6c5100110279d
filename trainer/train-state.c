/* SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <string.h>

#include "app.h"
#include "train-state.h"

/* Numbers of a row of the history, beside the epoch's. */
#define N_VALUES 5
/* More epochs than anybody trains, and more processes. */
#define MAX_EPOCHS 1000000
#define MAX_RANKS 100000

void
train_state_init (TrainState *state)
{
  memset (state, 0, sizeof *state);
  state->best_accuracy = -1;
  state->n_ranks = 1;
  schedule_init (&state->schedule);
  state->history = g_array_new (FALSE, FALSE, sizeof (EpochRow));
}

void
train_state_clear (TrainState *state)
{
  g_clear_pointer (&state->history, g_array_unref);
  g_clear_pointer (&state->settings, g_free);
  g_clear_pointer (&state->fingerprint, g_free);
}

/* ---- to text ------------------------------------------------------------- */

static void
append_number (GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (number, sizeof number, value);
  g_string_append_printf (text, "%s%s", text->len ? " " : "", number);
}

static char *
history_to_text (const GArray *history)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < history->len; i++) {
    const EpochRow *row = &g_array_index (history, EpochRow, i);
    g_autoptr (GString) line = g_string_new (NULL);

    append_number (line, row->learning_rate);
    append_number (line, row->train_loss);
    append_number (line, row->train_accuracy);
    append_number (line, row->validation_loss);
    append_number (line, row->validation_accuracy);
    g_string_append_printf (text, "%s%s", i ? "\n" : "", line->str);
  }
  return g_string_free (text, FALSE);
}

GHashTable *
train_state_to_notes (const TrainState *state)
{
  GHashTable *notes =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GString) position = g_string_new (NULL);
  g_autoptr (GString) best = g_string_new (NULL);

  g_string_printf (position, "%u %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
      state->epoch, state->batch, state->n_faces, state->n_correct);
  append_number (position, state->loss_sum);
  g_string_printf (best, "%u", state->best_epoch);
  append_number (best, state->best_accuracy);
  append_number (best, state->best_loss);

  g_hash_table_insert (notes, g_strdup ("position"), g_strdup (position->str));
  g_hash_table_insert (notes, g_strdup ("best"), g_strdup (best->str));
  g_hash_table_insert (
      notes, g_strdup ("schedule"), schedule_to_text (&state->schedule));
  g_hash_table_insert (
      notes, g_strdup ("history"), history_to_text (state->history));
  g_hash_table_insert (
      notes, g_strdup ("settings"), g_strdup (state->settings));
  g_hash_table_insert (
      notes, g_strdup ("processes"), g_strdup_printf ("%u", state->n_ranks));
  g_hash_table_insert (
      notes, g_strdup ("fingerprint"), g_strdup (state->fingerprint));
  return notes;
}

/* ---- from text ----------------------------------------------------------- */

static gboolean
parse_count (const char *text, guint64 most, guint64 *value)
{
  return text && g_ascii_string_to_unsigned (text, 10, 0, most, value, NULL);
}

/* Undefined values are NaN, so those are allowed; numbers that no training comes
 * to are not, for charts have to be drawn of them. */
static gboolean
parse_number (const char *text, double *value)
{
  char *end = NULL;

  *value = text ? g_ascii_strtod (text, &end) : 0;
  return end && end != text && *end == '\0' &&
         (!isfinite (*value) || fabs (*value) <= FLT_MAX);
}

static gboolean
read_position (TrainState *state, const char *text)
{
  g_auto (GStrv) fields = g_strsplit (text, " ", -1);
  guint64 epoch, batch;

  if (g_strv_length (fields) != 5 ||
      !parse_count (fields[0], MAX_EPOCHS, &epoch) ||
      !parse_count (fields[1], G_MAXINT, &batch) ||
      !parse_count (fields[2], G_MAXINT64, &state->n_faces) ||
      !parse_count (fields[3], state->n_faces, &state->n_correct) ||
      !parse_number (fields[4], &state->loss_sum))
    return FALSE;
  state->epoch = (guint) epoch;
  state->batch = (guint) batch;
  return TRUE;
}

static gboolean
read_best (TrainState *state, const char *text)
{
  g_auto (GStrv) fields = g_strsplit (text, " ", -1);
  guint64 epoch;

  if (g_strv_length (fields) != 3 ||
      !parse_count (fields[0], state->epoch, &epoch) ||
      !parse_number (fields[1], &state->best_accuracy) ||
      !(state->best_accuracy >= -1 && state->best_accuracy <= 1) ||
      !parse_number (fields[2], &state->best_loss))
    return FALSE;
  state->best_epoch = (guint) epoch;
  return TRUE;
}

static gboolean
read_schedule (TrainState *state, const char *text)
{
  return schedule_from_text (&state->schedule, text);
}

static gboolean
read_history (TrainState *state, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_array_set_size (state->history, 0);
  for (guint i = 0; lines[i] && i < MAX_EPOCHS; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i], " ", -1);
    EpochRow row = { .epoch = i + 1, .images_per_second = NAN };
    double *const values[N_VALUES] = { &row.learning_rate, &row.train_loss,
      &row.train_accuracy, &row.validation_loss, &row.validation_accuracy };

    if (g_strv_length (fields) != N_VALUES)
      return FALSE;
    for (guint j = 0; j < N_VALUES; j++)
      if (!parse_number (fields[j], values[j]))
        return FALSE;
    g_array_append_val (state->history, row);
  }
  return state->history->len == state->epoch;
}

static gboolean
read_fingerprint (TrainState *state, const char *text)
{
  g_free (state->fingerprint);
  state->fingerprint = g_strdup (text);
  return TRUE;
}

static gboolean
read_n_ranks (TrainState *state, const char *text)
{
  guint64 n;

  if (!parse_count (text, MAX_RANKS, &n) || n == 0)
    return FALSE;
  state->n_ranks = (guint) n;
  return TRUE;
}

gboolean
train_state_from_notes (TrainState *state, GHashTable *notes, GError **error)
{
  /* the best epoch and the history are checked against the position */
  static const struct
  {
    const char *name;
    gboolean (*read) (TrainState *state, const char *text);
    const char *otherwise; /* (nullable): what earlier versions meant */
  } readers[] = {
    { "position", read_position, NULL },
    { "best", read_best, NULL },
    { "schedule", read_schedule, NULL },
    { "history", read_history, NULL },
    { "fingerprint", read_fingerprint, NULL },
    { "processes", read_n_ranks, "1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++) {
    const char *text = g_hash_table_lookup (notes, readers[i].name);

    if (!text)
      text = readers[i].otherwise;
    if (!text || !readers[i].read (state, text)) {
      g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
          "the checkpoint's note '%s' is %s: it is not one that 'resemotenet "
          "train' can go on from",
          readers[i].name, text ? "damaged" : "missing");
      return FALSE;
    }
  }
  return TRUE;
}
