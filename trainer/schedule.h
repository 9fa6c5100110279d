/* How large the steps of a training are.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef enum
{
  SCHEDULE_CONSTANT,
  SCHEDULE_COSINE,  /* half a cosine down to 0 at the end of the last epoch */
  SCHEDULE_PLATEAU, /* × factor when accuracy stops rising */
} ScheduleKind;

typedef struct
{
  /* set by the caller, after schedule_init() */
  ScheduleKind kind;
  double learning_rate; /* the highest */
  double warmup;        /* epochs in which it rises to that, in a line */
  double epochs;        /* of the whole training */
  double factor;        /* of SCHEDULE_PLATEAU */
  guint patience;       /* of SCHEDULE_PLATEAU: epochs that may bring nothing */

  /* what has happened */
  double best;    /* highest accuracy so far; −1 before the first */
  guint n_bad;    /* epochs since that brought nothing */
  double reduced; /* product of the factors so far */
} Schedule;

/* The defaults of torch.optim.lr_scheduler.ReduceLROnPlateau, factor .1 and
 * patience 10, and a constant learning rate. */
void schedule_init (Schedule *schedule);

/* The learning rate at a point of the training, in epochs from its start. A
 * step's is that of its middle: at its begin, the first would not move. */
double schedule_rate (const Schedule *schedule, double position);

/* Notes how an epoch ended. An accuracy counts as better if it is so by more
 * than 1e-4 of the best; more than `patience` epochs without reduce the rate:
 * ReduceLROnPlateau (mode='max'). */
void schedule_epoch (Schedule *schedule, double accuracy);

/* What has happened, as text, exactly. Free with g_free(). */
char *schedule_to_text (const Schedule *schedule);

/* The way back. FALSE if the text is none of schedule_to_text(). */
gboolean schedule_from_text (Schedule *schedule, const char *text);
