/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "schedule.h"

/* ReduceLROnPlateau's, relative */
#define THRESHOLD 1e-4

void
schedule_init (Schedule *schedule)
{
  *schedule = (Schedule){ .kind = SCHEDULE_CONSTANT,
    .factor = .1,
    .patience = 10,
    .best = -1,
    .reduced = 1 };
}

double
schedule_rate (const Schedule *schedule, double position)
{
  const double highest = schedule->learning_rate * schedule->reduced;
  const double rest = schedule->epochs - schedule->warmup;

  if (position < schedule->warmup)
    return highest * position / schedule->warmup;
  if (schedule->kind != SCHEDULE_COSINE || rest <= 0)
    return highest;
  return highest / 2 *
         (1 + cos (G_PI * MIN ((position - schedule->warmup) / rest, 1)));
}

void
schedule_epoch (Schedule *schedule, double accuracy)
{
  if (schedule->best < 0 || accuracy > schedule->best * (1 + THRESHOLD)) {
    schedule->best = accuracy;
    schedule->n_bad = 0;
    return;
  }
  schedule->n_bad++;
  if (schedule->kind == SCHEDULE_PLATEAU &&
      schedule->n_bad > schedule->patience) {
    schedule->reduced *= schedule->factor;
    schedule->n_bad = 0;
  }
}

char *
schedule_to_text (const Schedule *schedule)
{
  char best[G_ASCII_DTOSTR_BUF_SIZE], reduced[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (best, sizeof best, schedule->best);
  g_ascii_dtostr (reduced, sizeof reduced, schedule->reduced);
  return g_strdup_printf ("%s %u %s", best, schedule->n_bad, reduced);
}

static gboolean
parse_number (const char *text, double least, double most, double *value)
{
  char *end;

  *value = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && *value >= least && *value <= most;
}

gboolean
schedule_from_text (Schedule *schedule, const char *text)
{
  g_auto (GStrv) fields = g_strsplit (text, " ", -1);
  guint64 n_bad;

  if (g_strv_length (fields) != 3 ||
      !parse_number (fields[0], -1, 1, &schedule->best) ||
      !g_ascii_string_to_unsigned (fields[1], 10, 0, G_MAXUINT, &n_bad, NULL) ||
      !parse_number (fields[2], 0, 1, &schedule->reduced))
    return FALSE;
  schedule->n_bad = (guint) n_bad;
  return TRUE;
}
