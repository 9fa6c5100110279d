/* What a model file says about itself: its `__metadata__`, a map of strings.
 * SPDX-License-Identifier: MIT
 *
 *   format           "resemotenet"; without it the other keys mean nothing to
 *                    us and are only kept
 *   format_version   "1"
 *   labels           JSON array of strings, in output order
 *   input            JSON object: "size": 64, "color": "gray" or "rgb",
 *                    "mean" and "std": one number or one a channel
 *   temperature      decimal number, of the softmax
 *   precision        "fp32", "fp16" or "bf16": of weights that are matrices
 *   live_taps        JSON object of a trimmed file: tensor name → the taps
 *                    (row × 3 + column) that it stores, ascending
 *   sha256           of all bytes after the header, in hexadecimal
 *   trained_on, accuracy, license, created_by, and any other: free text
 */
#pragma once

#include "model.h"

#define REN_FORMAT_VERSION 1

/* Longest label, in bytes. */
#define REN_LABEL_MAX 64

/* Sets labels, temperature and normalisation of a model that has its tensors
 * and its metadata. REN_ERROR_CORRUPT for values that make no sense,
 * REN_ERROR_UNSUPPORTED for those of a newer version. */
gboolean ren_metadata_apply (RenModel *model, GError **error);

/* The input normalisation of models that do not say theirs: ImageNet's. */
void ren_metadata_default_input (float mean[3], float std[3]);

/* Reads `live_taps`: for each layer a mask, 0 where its weight is whole. */
gboolean ren_metadata_read_live_taps (
    GHashTable *metadata, guint live_taps[REN_N_LAYERS], GError **error);

/* Checks labels of people or files: as many as classes, none empty, too long,
 * repeated, with control characters or not UTF-8. Errors have @code. */
gboolean ren_labels_check (
    const char *const *labels, guint n_classes, gint code, GError **error);

/* Reads a softmax temperature. Errors have @code. */
gboolean ren_metadata_read_temperature (
    const char *text, gint code, float *temperature, GError **error);

/* Whether the value of a key follows from the model itself, so that writing a
 * file sets it whatever it was. */
gboolean ren_metadata_key_is_kept (const char *key);

/* Labels as the JSON array of the metadata. */
char *ren_labels_to_json (const char *const *labels);

/* The metadata of a file to be written: what the model has, brought up to
 * date. `sha256` is there with 64 digits 0 to be replaced. */
GHashTable *ren_metadata_for_file (
    const RenModel *model, RenPrecision precision, gboolean trimmed);

/* `live_taps` of a file that leaves out every tap that may be left out. */
char *ren_metadata_live_taps_json (void);
