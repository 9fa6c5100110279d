/* What a training can be told: one table of settings, their ranges and recipes.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "class-weights.h"
#include "dataset.h"
#include "resemotenet.h"
#include "schedule.h"

typedef enum
{
  RECIPE_BEST,
  RECIPE_PAPER,
} Recipe;

/* The values, each checked against its range. Texts may be NULL. */
typedef struct
{
  char *output, *resume;

  /* data */
  char *data, *validation, *kind, *images, *labels, *init;
  guint validation_split; /* DatasetSplit */
  guint votes;            /* DatasetVotes */
  guint limit;            /* 0 = no limit */
  gboolean keep_twins;

  /* course */
  guint recipe; /* Recipe */
  guint epochs, batch, patience;
  guint64 seed;

  /* steps */
  double lr, warmup;
  guint schedule; /* ScheduleKind */
  double plateau_factor;
  guint plateau_patience;
  double momentum, weight_decay;
  gboolean nesterov;
  double dropout, dropout_fc, label_smoothing, average;
  guint class_weights; /* ClassWeighting */

  /* faces */
  double flip, shift, scale, rotate, brightness, contrast, erase, erase_area;
  double mixup;
  gboolean tta;

  gboolean sync_norm;

  /* machine */
  guint threads, cache_mb; /* 0 = see the options' help */
  double checkpoint_minutes;
} TrainSettings;

/* The options, for GOption. They collect what the command line says, which
 * train_settings_resolve() turns into values. */
extern const GOptionEntry train_settings_main[], train_settings_more[];

/* What the command line says of a setting, before they are resolved; NULL if
 * nothing. */
const char *train_settings_given (const char *name);

/* Values of the recipe, then those of an earlier run, then those of the command
 * line. @earlier: (nullable): of train_settings_to_text(); values that decide
 * what is computed may then not be given any more. Frees what the options have
 * collected. */
gboolean train_settings_resolve (
    TrainSettings *settings, const char *earlier, GError **error);

/* Every setting that is not empty as one line of options, quoted for a shell;
 * what depends on the machine only is left out. Free with g_free(). */
char *train_settings_to_text (const TrainSettings *settings);

void train_settings_clear (TrainSettings *settings);
