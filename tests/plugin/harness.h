/* What the tests of the plugin share: elements without a registry, pictures in
 * any format, the element in a GstHarness
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "gstemotionmeta.h"

#define PICTURE_WIDTH 320
#define PICTURE_HEIGHT 240

/* Two boxes of the picture that random weights tell apart clearly. */
#define BOX_A 20, 30, 100, 100
#define BOX_B 150, 60, 100, 120

/* Scores of the same picture in two formats differ by rounding, by the bits of
 * chroma that subsampling loses and by the unpacker's rounding: about a grey
 * level. */
#define SCORE_TOLERANCE 0.02

/* Initialises GStreamer with the plugin under test and a few core plugins, by
 * file: no registry is read or written. */
void test_init (int *argc, char ***argv);

/* Another one of GStreamer's plugins, such as "app". */
void test_load_plugin (const gchar *name);

/* Path of the model with random weights. */
const gchar *test_random_model (void);
/* Path of a valid file of another network. */
const gchar *test_wrong_model (void);
/* Path of the default model, which is int8, or NULL. */
const gchar *test_int8_model (void);
/* Path of a trained checkpoint, or NULL. */
const gchar *test_checkpoint (void);

/* The error that an element posted on its bus, which there must be. */
GError *test_pop_error (GstBus *bus);

/* A started element that keeps a model's prepared weights in memory, so that
 * the others need not prepare them again. Give it to test_release(). */
GstElement *test_keep (const gchar *model);
void test_release (GstElement *keeper);
/* g_test_run() while the random model's weights are kept. */
int test_run_kept (void);

/* resemotenet in a harness, with the random model and other properties as in a
 * launch line. It is not live: frames are classified however long that takes. */
GstHarness *test_harness (const gchar *properties);
/* The same, that has caps of the RGB picture already. */
GstHarness *test_started_harness (const gchar *properties);

/* The RGB picture as frame number index at 25 frames a second. */
GstBuffer *test_frame (guint index);
/* Pushes a buffer and returns what comes out, which must be something. */
GstBuffer *test_push (GstHarness *h, GstBuffer *buffer);

/* A colourful picture; even where its size is odd it shows the same pixels. */
GstBuffer *test_picture (const GstVideoInfo *info);
/* The same, of 320×240 RGB. */
GstBuffer *test_rgb_picture (void);
/* Caps of it. */
GstCaps *test_rgb_caps (void);

/* A region of type "face". */
GstVideoRegionOfInterestMeta *test_add_face (
    GstBuffer *buffer, gint x, gint y, gint w, gint h);

/* Says which track it belongs to. */
void test_add_track (GstVideoRegionOfInterestMeta *roi, gint id);

/* The nth emotion of a buffer, or NULL. */
GstEmotionMeta *test_nth_emotion (GstBuffer *buffer, guint n);

/* Largest difference between the scores of two emotions. */
gdouble test_score_difference (
    const GstEmotionMeta *a, const GstEmotionMeta *b);

/* The property stats. Returns: (transfer full) */
GstStructure *test_get_stats (GstHarness *h);

/* One of its whole numbers. */
guint64 test_stat (GstHarness *h, const gchar *field);
