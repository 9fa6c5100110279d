/* What the files of the trainer share. SPDX-License-Identifier: MIT */
#pragma once

#include "decay.h"
#include "net.h"
#include "resemotenet.h"

struct _RenTrainer
{
  RenTrainerOptions options;
  GStrv labels;
  RenNet *net;
  guint64 n_steps;

  /* arrays of layout->n_parameters, _running, _dead floats */
  float *weights, *gradient, *momentum, *average;
  float *running, *average_running;
  float *dead; /* as they were at step 0, see decay.h */
  RenDecay decay;
};

/* A trainer whose arrays are allocated and 0; classes as labels. */
RenTrainer *ren_trainer_alloc (const char *const *labels,
    const RenTrainerOptions *options, GError **error);

/* Finds a tensor by its state-dict name. */
gboolean ren_find_tensor (const char *name, RenLayerId *id, RenPart *part);

/* Random weights, as PyTorch distributes them. */
void ren_trainer_init_random (RenTrainer *trainer);

/* Copies a model's tensors into the arrays. Errors: ren_model_read_tensor(). */
gboolean ren_trainer_init_from_model (
    RenTrainer *trainer, const RenModel *model, GError **error);

/* The same into any arrays; missing taps of a trimmed model become 0. */
gboolean ren_read_model (const RenLayout *layout, const RenArrays *arrays,
    const RenModel *model, GError **error);

/* Makes the average start at the weights, if one is kept. */
void ren_trainer_init_average (RenTrainer *trainer);

/* What a checkpoint holds beside its arrays, as text. Free with g_free(). */
char *ren_trainer_state_to_text (const RenTrainer *trainer);

/* The way back. @version: that of the arrays' order, also where the rest makes
 * no sense to this one; 0 if there is none */
gboolean ren_trainer_state_from_text (
    RenTrainer *trainer, const char *text, guint64 *version);

/* Mean cross-entropy of n rows of logits and its gradient, both REN_PANEL
 * apart; gradient divided by n_total rather than n. Exact for the options'
 * label smoothing and class weights. */
double ren_cross_entropy (const RenTrainerOptions *options, guint n_classes,
    const float *logits, const float *targets, guint n, guint n_total,
    float *d_logits);
