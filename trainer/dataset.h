/* Pictures whose emotion is known.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "faces.h"

/**
 * DatasetVotes:
 * @VOTES_MAJORITY: the emotion with most votes; where two share that place or
 *   most votes say "unknown" or "no face", the picture is left out
 * @VOTES_SOFT: all votes for the model's classes, as probabilities; left out is
 *   what the majority leaves out, ties between emotions excepted
 * @VOTES_PAPER: as Barsoum et al. 2016 ("Training Deep Networks for Facial
 *   Expression Recognition with Crowd-Sourced Label Distribution") filter:
 *   single votes are outliers; for training, the emotions with most votes as
 *   probabilities, for validation and test the one with more than half of them
 *
 * What the votes of FERPlus become.
 */
typedef enum
{
  VOTES_MAJORITY,
  VOTES_SOFT,
  VOTES_PAPER,
} DatasetVotes;

/**
 * DatasetOptions:
 * @path: a folder or a file
 * @kind: (nullable): one of dataset_kinds; %NULL: told from names and headers
 * @images: (nullable): folder of the pictures, where they do not lie beside
 *   the table
 * @split: which faces to take; %SPLIT_ANY: all. Of a data set that has no
 *   splits, all are taken for any
 * @votes: what votes become, where there are some
 * @labels: %NULL-terminated: the classes, in output order
 * @said: the same was opened before, for another split: notes that concern all
 *   of the data set are not repeated
 *
 * Which data set to open, and how.
 */
typedef struct
{
  const char *path;
  const char *kind;
  const char *images;
  DatasetSplit split;
  DatasetVotes votes;
  const char *const *labels;
  gboolean said;
} DatasetOptions;

/**
 * dataset_open:
 * @options: what to open
 * @error: return location for a #GError
 *
 * Lists a data set; no picture is read yet, but for those that a table holds.
 * Names of classes that nobody knows are an error that lists what there is on
 * both sides. Emotions that the model has no class for, such as contempt, are
 * left out and counted in a note, and so is what its data set marks as unusable.
 *
 * Returns: (transfer full): Face* with labels, in the order of the table or of
 *   the names; %NULL on error
 */
GPtrArray *dataset_open (const DatasetOptions *options, GError **error);

/**
 * dataset_recognise:
 * @options: what would be opened
 * @error: return location for a #GError
 *
 * Returns: (transfer none): the kind of the data set; %NULL where the one that
 *   is asked for is none
 */
const char *dataset_recognise (const DatasetOptions *options, GError **error);

/** dataset_count: counts the faces of each of @n_classes classes */
void dataset_count (const GPtrArray *faces, guint n_classes, guint64 *counts);

/* "train", "validation", "test"; "none" for SPLIT_ANY. */
const char *dataset_split_name (DatasetSplit split);

/* The value of an option: "any" or the name of a split, also as folders are
 * called: "valid", "PublicTest" … */
gboolean dataset_parse_split (
    const char *text, DatasetSplit *split, GError **error);

/* The value of an option: "majority", "soft", "paper". */
gboolean dataset_parse_votes (
    const char *text, DatasetVotes *votes, GError **error);
