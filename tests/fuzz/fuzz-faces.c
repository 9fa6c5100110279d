/* Faces as other elements marked them: what is classified, and what is published
 * SPDX-License-Identifier: MIT
 *
 * An input is a byte of settings, and frames: see faces-input.h.
 */
#include <math.h>

#include "emotion-reader.h"
#include "faces-input.h"
#include "frame-filter.h"
#include "frame-json.h"
#include "fuzzer.h"
#include "regions.h"
#include "stream-facts.h"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  faces_input_begin ();
  return 0;
}

/* Crops lie within the picture, and no more than there may be. */
static void
check_regions (GstBuffer *buffer, guint flags)
{
  static const gdouble scales[] = { 1, .5, 1.3, 10 };
  Settings settings = {
    .roi_type = (gchar *) (flags & 1 ? "face" : ""),
    .roi_scale = scales[flags / 2 % 4],
    .min_size = flags & 8 ? 16 : 1,
    .max_faces = flags & 16 ? 2 : 0,
  };
  g_autoptr (GArray) faces = g_array_new (FALSE, FALSE, sizeof (Face));
  guint skipped[N_SKIP_REASONS] = { 0 };
  GstVideoInfo info;
  RenRect visible;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_GRAY8, 640, 360);
  if (flags & 32) {
    GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta (buffer);

    crop->x = 600;
    crop->y = flags & 64 ? 900 : 10;
    crop->width = crop->height = G_MAXUINT / 2;
  }
  visible = regions_visible (buffer, &info);
  g_assert (visible.w > 0 && visible.h > 0);
  g_assert (visible.x + visible.w <= 640 && visible.y + visible.h <= 360);
  regions_collect (faces, buffer, &visible, &settings, skipped);
  g_assert (!settings.max_faces || faces->len <= settings.max_faces);
  for (guint i = 0; i < faces->len; i++) {
    const RenRect *c = &g_array_index (faces, Face, i).crop;

    g_assert (c->w > 0 && c->h > 0 && c->x >= visible.x && c->y >= visible.y);
    g_assert (c->x + c->w <= visible.x + visible.w);
    g_assert (c->y + c->h <= visible.y + visible.h);
  }
}

/* What emotion-reader.h promises. */
static void
check_face (const EmotionFace *face)
{
  gint end;

  g_assert (face->w > 0 && face->h > 0);
  g_assert (!__builtin_add_overflow (face->x, face->w, &end));
  g_assert (!__builtin_add_overflow (face->y, face->h, &end));
  g_assert_true (g_utf8_validate (face->label, -1, NULL));
  g_assert (face->confidence >= 0 && face->confidence <= 1);
  g_assert (face->detection_confidence <= 1);
  for (guint i = 0; i < face->n_scores; i++) {
    g_assert (face->scores[i] >= 0 && face->scores[i] <= 1);
    g_assert_true (g_utf8_validate (face->score_labels[i], -1, NULL));
  }
}

/* JSON that is JSON, in one line. */
static void
check_json (GstBuffer *buffer, const GArray *faces, guint flags)
{
  g_autoptr (GDateTime) time =
      frame_time (NULL, buffer, GST_CLOCK_TIME_NONE, FALSE);
  const FrameInfo info = {
    .width = flags & 1 ? 0 : 640,
    .height = 360,
    .source = flags & 8 ? "a\xff\"" : NULL,
    .timestamp = flags & 16 ? 7 : GST_CLOCK_TIME_NONE,
    .time = time,
    .sequence = flags & 2 ? FRAME_JSON_NO_SEQUENCE : 7,
  };
  g_autofree gchar *json = frame_to_json (&info, faces);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (json, &error);
  JsonObject *object;

  g_assert_no_error (error);
  g_assert_null (strpbrk (json, "\r\n"));
  g_assert_true (g_utf8_validate (json, -1, NULL));
  object = json_node_get_object (node);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (object, "objects")),
      ==, faces->len);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  const guint flags = (guint) fuzz_take (&input, 1);
  const FrameFilterConfig config = { .interval = flags & 1,
    .only_changes = (flags & 2) != 0,
    .add_empty = (flags & 4) != 0 };
  g_autoptr (GArray) faces = emotion_faces_new ();
  FrameFilter filter = { 0 };

  while (input.left) {
    g_autoptr (GstBuffer) buffer = faces_input_frame (&input);

    emotion_faces_read (faces, buffer);
    for (guint i = 0; i < faces->len; i++)
      check_face (&g_array_index (faces, EmotionFace, i));
    frame_filter_accepts (&filter, &config, input.left, faces);
    check_json (buffer, faces, flags);
    check_regions (buffer, flags);
  }
  frame_filter_reset (&filter);
  return 0;
}
