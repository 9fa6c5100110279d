/* A GTK 4 widget that draws the scores of each face, now and over time
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define EMOTION_TYPE_CHART (emotion_chart_get_type ())
G_DECLARE_FINAL_TYPE (
    EmotionChart, emotion_chart, EMOTION, CHART, GtkDrawingArea)

/** emotion_chart_new: Returns: (transfer floating): a chart without faces */
GtkWidget *emotion_chart_new (void);

/**
 * emotion_chart_add:
 * @chart: a chart
 * @frame: a frame of the video, of which only time and metadata are read
 *
 * Adds what a frame says of each face. Those that have not been seen for a
 * second leave the chart.
 */
void emotion_chart_add (EmotionChart *chart, GstBuffer *frame);

/** emotion_chart_clear: @chart: a chart, that is to begin with another video */
void emotion_chart_clear (EmotionChart *chart);

G_END_DECLS
