/* Names of emotions as data sets and models spell them.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* Index of the model's class that a data set calls @name, or -1. Letter case
 * does not matter, and common other names of an emotion are understood:
 * angry/anger, happy/happiness, sad/sadness, surprise/surprised,
 * fear/fearful/scared, disgust/disgusted, neutral. */
int labels_find (const RenModel *model, const char *name);

/* "happy, surprise, sad …" of the model. Free with g_free(). */
char *labels_list (const RenModel *model);
