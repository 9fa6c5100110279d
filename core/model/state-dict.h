/* The state dict among the things that a checkpoint holds.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "pickle.h"

/* Finds the dict that maps names to the network's tensors: the checkpoint
 * itself, its `model_state_dict` or `state_dict`, or the only dict in it that
 * looks like one. @example: (out) (nullable): name of one of its tensors, for
 * messages. FALSE with REN_ERROR_NETWORK, or with REN_ERROR_REFUSED where the
 * dict has a name twice or far too many. */
gboolean ren_find_state_dict (const RenPickle *pickle, RenValue *state_dict,
    char **example, GError **error);
