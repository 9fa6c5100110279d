/* What a checkpoint notes beside its numbers: the settings and the state of a
 * training. SPDX-License-Identifier: MIT
 *
 * An input is the notes in the order of `names`, a byte 0 after each, and words of the
 * command line that goes on with it, or begins, in lines.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "app.h"
#include "fuzz-input.h"
#include "fuzzer.h"
#include "train-settings.h"
#include "train-state.h"

static const char *const names[] = { "settings", "position", "best", "schedule",
  "history", "fingerprint", "processes" };

static void
collect (FuzzInput words)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  GStrv copy;

  g_ptr_array_add (argv, g_strdup ("train"));
  while (words.left)
    g_ptr_array_add (argv, fuzz_text (fuzz_until (&words, '\n')));
  g_ptr_array_add (argv, NULL);
  copy = (GStrv) g_ptr_array_steal (argv, NULL);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, train_settings_main, NULL);
  g_option_context_add_main_entries (context, train_settings_more, NULL);
  g_option_context_parse_strv (context, &copy, NULL);
  g_strfreev (copy);
}

/* What was read, is written so that the same is read again. */
static void
check_settings (const char *line)
{
  TrainSettings settings, again;
  g_autoptr (GError) error = NULL;

  if (train_settings_resolve (&settings, line, &error)) {
    g_autofree char *text = train_settings_to_text (&settings), *same = NULL;

    g_assert_true (train_settings_resolve (&again, text, &error));
    same = train_settings_to_text (&again);
    g_assert_cmpstr (text, ==, same);
    train_settings_clear (&again);
  }
  g_assert (!error || error->domain == APP_ERROR);
  train_settings_clear (&settings);
}

static void
check_equal (GHashTable *a, GHashTable *b)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (g_hash_table_lookup (a, names[i]), ==,
        g_hash_table_lookup (b, names[i]));
}

/* So large numbers would be beyond all that is drawn or counted. */
static void
check_state (const TrainState *state)
{
  g_assert_cmpuint (state->history->len, ==, state->epoch);
  g_assert_cmpuint (state->best_epoch, <=, state->epoch);
  g_assert_cmpuint (state->n_correct, <=, state->n_faces);
  for (guint i = 0; i < state->history->len; i++) {
    const EpochRow *row = &g_array_index (state->history, EpochRow, i);
    const double values[] = { row->learning_rate, row->train_loss,
      row->train_accuracy, row->validation_loss, row->validation_accuracy };

    for (guint j = 0; j < G_N_ELEMENTS (values); j++)
      g_assert (!isfinite (values[j]) || fabs (values[j]) <= FLT_MAX);
  }
}

static void
check_notes (GHashTable *notes)
{
  g_auto (TrainState) state = { 0 }, again = { 0 };
  g_autoptr (GHashTable) written = NULL, rewritten = NULL;
  g_autoptr (GError) error = NULL;

  train_state_init (&state);
  if (!train_state_from_notes (&state, notes, &error)) {
    g_assert_nonnull (error);
    return;
  }
  check_state (&state);
  written = train_state_to_notes (&state);
  train_state_init (&again);
  train_state_from_notes (&again, written, &error);
  g_assert_no_error (error);
  rewritten = train_state_to_notes (&again);
  check_equal (written, rewritten);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GHashTable) notes =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  FuzzInput input = { data, size };

  for (guint i = 0; i < G_N_ELEMENTS (names) && input.left; i++)
    g_hash_table_insert (
        notes, (gpointer) names[i], fuzz_text (fuzz_until (&input, 0)));
  if (input.left)
    collect (input);
  check_settings (g_hash_table_lookup (notes, "settings"));
  check_notes (notes);
  return 0;
}
