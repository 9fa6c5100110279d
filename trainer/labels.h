/* Names of emotions as data sets and models spell them.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* The classes of the published checkpoints, in their order: for work that no
 * model has a part in. NULL-terminated. */
extern const char *const labels_published[];

/* A model's labels in output order, NULL-terminated. Free the array with
 * g_free(); the strings are the model's. */
const char **labels_of_model (const RenModel *model);

/* Index of the class that a data set calls @name, or -1. Letter case does not
 * matter, and common other names of an emotion are understood: angry/anger,
 * happy/happiness, sad/sadness, surprise/surprised, fear/fearful/scared,
 * disgust/disgusted, neutral. @labels: NULL-terminated, in output order */
int labels_find (const char *const *labels, const char *name);

/* Whether @name is that of an emotion, be it one of the classes or not: what
 * lacks a class, such as contempt, can be left out; a word that means nothing
 * is a mistake. */
gboolean labels_is_emotion (const char *name);

/* "happy, surprise, sad …" for a message. Free with g_free(). */
char *labels_list (const char *const *labels);
