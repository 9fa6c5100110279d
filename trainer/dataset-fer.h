/* What FER2013 and FERPlus share.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "dataset-private.h"

/* Sets the pixels of a face from grey levels between blanks; FALSE if they are
 * no square of numbers from 0 to 255. */
gboolean fer_parse_pixels (const char *text, Face *face);

/* FER2013's number of an emotion, or -1. */
int fer_number (const char *emotion);

/* Whether a header is that of a table with pixels in it. */
gboolean fer_is_table (const CsvRow *header);

/* Votes of one row of FERPlus. */
enum
{
  VOTE_CONTEMPT = 7,
  VOTE_UNKNOWN = 8, /* after the eight emotions */
  VOTE_NO_FACE = 9,
  N_VOTES = 10,
};
#define N_VOTED_EMOTIONS 8

/* What votes come to: the share of each of the eight emotions, of which the
 * largest is > 0. Returns NULL, or why the picture is to be left out. */
const char *votes_decide (const guint votes[N_VOTES], DatasetVotes rule,
    DatasetSplit split, float shares[N_VOTED_EMOTIONS]);
