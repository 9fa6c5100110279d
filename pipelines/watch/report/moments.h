/* Pictures of a person's best moments
 * SPDX-License-Identifier: MIT
 *
 * One of the first sight, then one of each change of emotion that lasts, replaced
 * by that of a more confident moment soon after, and now and then one of a long
 * stretch. Where there are too many, those go that are close to others in time,
 * that show what the one before shows, and that are less confident.
 */
#pragma once

#include <gst/gst.h>

/* Pictures kept of a person. */
#define MOMENTS_MAX 12

typedef struct
{
  GstClockTime time;
  guint label;
  gfloat confidence;
  GBytes *jpeg;
} Moment;

typedef struct
{
  GArray *list;     /* of Moment, by time */
  GstClockTime gap; /* least time between two */
  GstClockTime next_try;
} Moments;

void moments_init (Moments *m);
void moments_clear (Moments *m);

/* Whether a picture of now would be kept: @label since @since, at @time. */
gboolean moments_want (const Moments *m, GstClockTime time, GstClockTime since,
    guint label, gfloat confidence);

/* Takes the picture, of a moment not before those there are. @jpeg: (transfer
 * none) */
void moments_add (Moments *m, GstClockTime time, guint label, gfloat confidence,
    GBytes *jpeg);
