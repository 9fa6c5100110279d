/* GstEmotionMeta as it comes from another process. SPDX-License-Identifier: MIT
 *
 * An input is what a deserializer is given. What it takes, a serializer writes,
 * to the byte.
 */
#include <string.h>

#include "emotion-meta-bytes.h"
#include "fuzzer.h"
#include "init.h"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  test_init_gstreamer (NULL, NULL);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstEmotionMeta *meta = emotion_meta_from_bytes (buffer, data, size);

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (buffer), ==, meta ? 1 : 0);
  if (meta) {
    gsize n;
    g_autofree guint8 *bytes = emotion_meta_to_bytes (meta, &n);

    g_assert_nonnull (bytes);
    g_assert_cmpmem (bytes, n, data, size);
    for (gint i = -1; meta->classes && i <= (gint) meta->n_scores; i++)
      g_assert_nonnull (gst_emotion_classes_get_label (meta->classes, i));
    g_assert_nonnull (gst_emotion_meta_get_label (meta));
  }
  gst_buffer_unref (buffer);
  return 0;
}
