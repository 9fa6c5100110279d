/* SPDX-License-Identifier: MIT */
#include "faces-input.h"

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

#include "gstemotionmeta.h"

/* More say nothing new. */
#define MAX_FACES 64
#define MAX_SCORES 8

enum
{
  KIND_OWN,
  KIND_REGION,
  KIND_ANALYTICS,
  KIND_TIME,
  N_KINDS,
};

typedef struct
{
  guint kind, flags;
  guint32 x, y, w, h, id;
  gdouble confidence;
  gchar *label, *model;
} Given;

void
faces_input_begin (void)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  gst_init (NULL, NULL);
}

static Given
read_face (FuzzInput *input)
{
  const guint kind = (guint) fuzz_take (input, 1);
  Given g = { .kind = kind % N_KINDS, .flags = kind / N_KINDS };
  guint32 *const numbers[] = { &g.x, &g.y, &g.w, &g.h, &g.id };
  guint64 bits;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    *numbers[i] = (guint32) fuzz_take (input, 4);
  bits = fuzz_take (input, 8);
  memcpy (&g.confidence, &bits, sizeof bits);
  g.label = fuzz_text (fuzz_until (input, '\n'));
  g.model = fuzz_text (fuzz_until (input, '\n'));
  return g;
}

static void
add_own (GstBuffer *buffer, const Given *g)
{
  const guint n = 1 + g->flags % MAX_SCORES;
  const gchar *labels[MAX_SCORES + 1] = { NULL };
  gfloat scores[MAX_SCORES];
  g_autoptr (GstEmotionClasses) classes = NULL;
  GstEmotionMeta *m;

  for (guint i = 0; i < n; i++) {
    labels[i] = g->label + MIN (i, strlen (g->label));
    scores[i] = (gfloat) g->confidence / (gfloat) (i + 1);
  }
  classes = gst_emotion_classes_new (g->model, labels);
  m = gst_buffer_add_emotion_meta (buffer, classes, scores, n, (gint) g->x,
      (gint) g->y, (gint) g->w, (gint) g->h);
  m->face_id = (gint) g->id;
  m->track_id = (gint64) g->id - 3;
  if (g->flags & 8)
    m->label_id = (gint) g->id;
}

/* GStreamer refuses texts that are not UTF-8 in there by itself. */
static void
add_region (GstBuffer *buffer, const Given *g)
{
  g_autofree gchar *label = g_utf8_make_valid (g->label, -1);
  g_autofree gchar *model = g_utf8_make_valid (g->model, -1);
  GstVideoRegionOfInterestMeta *roi =
      gst_buffer_add_video_region_of_interest_meta (
          buffer, g->flags & 1 ? "face" : "thing", g->x, g->y, g->w, g->h);

  roi->id = (gint) g->id;
  if (g->flags & 2)
    gst_video_region_of_interest_meta_add_param (
        roi, gst_structure_new ("object_id", "id", G_TYPE_INT, g->id, NULL));
  if (g->flags & 4)
    gst_video_region_of_interest_meta_add_param (
        roi, gst_structure_new ("detection", "confidence", G_TYPE_DOUBLE,
                 g->confidence, NULL));
  if (g->flags & 8)
    gst_video_region_of_interest_meta_add_param (
        roi, gst_structure_new ("emotion", "label", G_TYPE_STRING, label,
                 "label_id", G_TYPE_INT, g->id, "confidence", G_TYPE_DOUBLE,
                 g->confidence, "model_name", G_TYPE_STRING, model, NULL));
  if (g->flags & 16) /* of another type than readers expect */
    gst_video_region_of_interest_meta_add_param (
        roi, gst_structure_new ("emotion", "label", G_TYPE_INT, g->id,
                 "confidence", G_TYPE_DOUBLE, g->confidence, NULL));
}

#ifdef HAVE_ANALYTICS
/* Names that are quarks stay for good: there are few of them. */
static GQuark
quark_of (const gchar *text, guint i)
{
  static const gchar *const names[] = { "happy", "", "<x>", "sad" };

  return g_quark_from_string (
      names[(guint) (text[MIN (i, strlen (text))] & 3)]);
}

static void
add_analytics (GstBuffer *buffer, const Given *g)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  const guint n = g->flags % MAX_SCORES;
  GQuark quarks[MAX_SCORES];
  gfloat scores[MAX_SCORES];
  GstAnalyticsODMtd od;
  GstAnalyticsClsMtd cls;
  GstAnalyticsTrackingMtd track;

  if (!meta)
    meta = gst_buffer_add_analytics_relation_meta (buffer);
  if (!gst_analytics_relation_meta_add_od_mtd (meta,
          g_quark_from_string (g->flags & 8 ? "thing" : "face"), (gint) g->x,
          (gint) g->y, (gint) g->w, (gint) g->h, (gfloat) g->confidence, &od))
    return;
  for (guint i = 0; i < MAX_SCORES; i++) {
    quarks[i] = quark_of (g->label, i);
    scores[i] = (gfloat) g->confidence / (gfloat) (i + 1);
  }
  if (n > 0 &&
      gst_analytics_relation_meta_add_cls_mtd (meta, n, scores, quarks, &cls)) {
    gst_analytics_relation_meta_set_relation (
        meta, GST_ANALYTICS_REL_TYPE_CONTAIN, od.id, cls.id);
    gst_analytics_relation_meta_set_relation (
        meta, GST_ANALYTICS_REL_TYPE_IS_PART_OF, cls.id, od.id);
  }
  if (g->id &&
      gst_analytics_relation_meta_add_tracking_mtd (meta, g->id, 0, &track))
    gst_analytics_relation_meta_set_relation (
        meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, od.id, track.id);
}
#else
static void
add_analytics (GstBuffer *buffer, const Given *g)
{
}
#endif

static void
add_time (GstBuffer *buffer, const Given *g)
{
  static const gchar *const clocks[] = { "timestamp/x-ntp", "timestamp/x-unix",
    "ANY", "EMPTY" };
  g_autoptr (GstCaps) caps = gst_caps_from_string (clocks[g->flags % 4]);

  if (((guint64) g->x << 32 | g->y) == GST_CLOCK_TIME_NONE)
    return; /* which GStreamer refuses by itself */
  gst_buffer_add_reference_timestamp_meta (
      buffer, caps, (GstClockTime) g->x << 32 | g->y, GST_CLOCK_TIME_NONE);
}

GstBuffer *
faces_input_frame (FuzzInput *input)
{
  static void (*const add[N_KINDS]) (GstBuffer *, const Given *) = { add_own,
    add_region, add_analytics, add_time };
  GstBuffer *buffer = gst_buffer_new ();
  FuzzInput frame = fuzz_until (input, 0x1e);

  for (guint i = 0; i < MAX_FACES && frame.left; i++) {
    Given given = read_face (&frame);

    add[given.kind](buffer, &given);
    g_free (given.label);
    g_free (given.model);
  }
  return buffer;
}
