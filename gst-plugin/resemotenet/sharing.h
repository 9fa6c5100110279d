/* resemotenet: the element's part in passes that elements share
 * SPDX-License-Identifier: MIT
 *
 * The element's classifier, and its member, change under the object lock only:
 * any thread may have the element step back.
 */
#pragma once

#include "classifier.h"

/* Puts a classifier, or NULL, in place of the one that there is, and frees
 * that. */
void sharing_set_classifier (
    GstElement *element, Classifier **classifier, Classifier *other);

/* Nobody is to wait for the element any longer, and it for nobody. From any
 * thread. */
void sharing_step_back (GstElement *element, Classifier *const *classifier);

/* Begins and ends sharing as the property batch-window says, which may change
 * while frames flow. FALSE after an element error. */
gboolean sharing_follow_window (
    GstElement *element, Classifier *classifier, guint batch_window);

/* Adds the window, in microseconds, to the answer to a latency query. */
void sharing_add_latency (GstQuery *query, guint batch_window);
