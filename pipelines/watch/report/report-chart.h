/* The drawings of a report: areas over time, pictures along it, the axis
 * SPDX-License-Identifier: MIT
 *
 * SVG inside of the page, as wide as its column: places along time are in percent
 * of it, and areas are stretched.
 */
#pragma once

#include "timeline.h"

/* What all drawings of one model have in common. */
typedef struct
{
  const Timeline *timeline;
  const TimelineModel *model;
  guint32 colors[TIMELINE_MAX_LABELS];
  const gchar *link; /* (nullable): of the source, escaped */
} Chart;

/* Where a time lies, 0 to 1. */
gdouble chart_place (const Chart *c, GstClockTime time);

/* Appends href="…" for a time of the source, or for another place of the page
 * where the source cannot be linked to. */
void chart_href (
    const Chart *c, GString *html, GstClockTime time, const gchar *otherwise);

/* Marks of time, above all rows. */
void chart_axis (const Chart *c, GString *html);

/* Emotion over time. @of_people: height is the number of people, not the share of
 * the time that one was seen. */
void chart_areas (const Chart *c, GString *html, const TimelinePerson *person,
    gboolean of_people);

/* Pictures of faces along the time. @row: id of the person's row */
void chart_faces (const Chart *c, GString *html, const TimelinePerson *person,
    const gchar *row);

/* One bar of all emotions' shares. */
void chart_shares (const Chart *c, GString *html, const TimelinePerson *person);
