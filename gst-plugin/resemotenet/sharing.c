/* resemotenet: the element's part in passes that elements share
 * SPDX-License-Identifier: MIT
 */
#include "sharing.h"

void
sharing_set_classifier (
    GstElement *element, Classifier **classifier, Classifier *other)
{
  Classifier *old;

  GST_OBJECT_LOCK (element);
  old = *classifier;
  *classifier = other;
  GST_OBJECT_UNLOCK (element);
  classifier_free (old);
}

void
sharing_step_back (GstElement *element, Classifier *const *classifier)
{
  GST_OBJECT_LOCK (element);
  if (*classifier)
    batch_member_leave ((*classifier)->member);
  GST_OBJECT_UNLOCK (element);
}

gboolean
sharing_follow_window (
    GstElement *element, Classifier *classifier, guint batch_window)
{
  const gboolean shared = batch_window > 0;
  BatchMember *old = classifier->member, *member;
  GError *error = NULL;

  if (batch_member_is_shared (old) == shared)
    return TRUE;
  if (!(member = classifier_new_member (classifier, shared, &error))) {
    GST_ELEMENT_ERROR (element, RESOURCE, NO_SPACE_LEFT,
        ("Property batch-window cannot be changed to %u: %s", batch_window,
            error->message),
        (NULL));
    g_error_free (error);
    return FALSE;
  }
  GST_OBJECT_LOCK (element);
  classifier->member = member;
  GST_OBJECT_UNLOCK (element);
  batch_member_free (old);
  return TRUE;
}

void
sharing_add_latency (GstQuery *query, guint batch_window)
{
  const GstClockTime window = batch_window * GST_USECOND;
  GstClockTime min, max;
  gboolean live;

  gst_query_parse_latency (query, &live, &min, &max);
  if (live)
    gst_query_set_latency (query, TRUE, min + window,
        GST_CLOCK_TIME_IS_VALID (max) ? max + window : max);
}
