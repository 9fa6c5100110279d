/* SPDX-License-Identifier: MIT */
#include "overlay-caps.h"

#include "planes.h"

#define OVERLAY GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION

/* All formats that can be drawn on, in system memory. */
static const GstCaps *
editable_caps (void)
{
  static gsize once;

  if (g_once_init_enter (&once)) {
    guint n;
    const GstVideoFormat *formats = gst_video_formats_raw (&n);
    GstCaps *caps = gst_caps_from_string (GST_VIDEO_CAPS_MAKE ("NV12"));
    GValue list = G_VALUE_INIT;

    g_value_init (&list, GST_TYPE_LIST);
    for (guint i = 0; i < n; i++) {
      GValue name = G_VALUE_INIT;

      if (!planes_format_is_editable (gst_video_format_get_info (formats[i])))
        continue;
      g_value_init (&name, G_TYPE_STRING);
      g_value_set_string (&name, gst_video_format_to_string (formats[i]));
      gst_value_list_append_and_take_value (&list, &name);
    }
    gst_caps_set_value (caps, "format", &list);
    g_value_unset (&list);
    GST_MINI_OBJECT_FLAG_SET (caps, GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED);
    g_once_init_leave (&once, (gsize) caps);
  }
  return (const GstCaps *) once;
}

/* Also where any feature will do. */
static gboolean
has_overlay (const GstCaps *caps, guint i)
{
  return gst_caps_features_contains (gst_caps_get_features (caps, i), OVERLAY);
}

/* One structure of caps, with the feature or without. */
static GstCaps *
take (const GstCaps *caps, guint i, gboolean overlay)
{
  GstCapsFeatures *features = gst_caps_get_features (caps, i);
  GstCaps *out = gst_caps_new_full (
      gst_structure_copy (gst_caps_get_structure (caps, i)), NULL);

  if (gst_caps_features_is_any (features)) {
    gst_caps_set_features (out, 0, gst_caps_features_copy (features));
    return out;
  }
  features = gst_caps_features_copy (features);
  if (gst_caps_features_contains (features, OVERLAY))
    gst_caps_features_remove (features, OVERLAY);
  if (overlay)
    gst_caps_features_add (features, OVERLAY);
  gst_caps_set_features (out, 0, features);
  return out;
}

/* Those of caps that can be drawn on; consumes them. */
static GstCaps *
only_editable (GstCaps *caps)
{
  GstCaps *out = gst_caps_intersect_full (
      caps, (GstCaps *) editable_caps (), GST_CAPS_INTERSECT_FIRST);

  gst_caps_unref (caps);
  return out;
}

gboolean
overlay_caps_have_overlay (const GstCaps *caps)
{
  return has_overlay (caps, 0);
}

gboolean
overlay_caps_are_editable (const GstCaps *caps)
{
  GstCaps *plain = only_editable (take (caps, 0, FALSE));
  gboolean editable = !gst_caps_is_empty (plain);

  gst_caps_unref (plain);
  return editable;
}

GstCaps *
overlay_caps_with_overlay (const GstCaps *caps)
{
  return take (caps, 0, TRUE);
}

static GstCaps *
add_overlay (GstCaps *caps)
{
  GstCaps *out = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    gst_caps_append (out, take (caps, i, TRUE));
  gst_caps_unref (caps);
  return out;
}

GstCaps *
overlay_caps_for_sink (const GstCaps *peer, gboolean must_edit)
{
  GstCaps *out = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (peer); i++) {
    if (!has_overlay (peer, i)) {
      gst_caps_append (out, only_editable (take (peer, i, FALSE)));
    } else if (must_edit) {
      gst_caps_append (
          out, add_overlay (only_editable (take (peer, i, FALSE))));
      gst_caps_append (out, only_editable (take (peer, i, FALSE)));
    } else {
      gst_caps_append (out, take (peer, i, TRUE));
      gst_caps_append (out, take (peer, i, FALSE));
    }
  }
  return out;
}

GstCaps *
overlay_caps_for_src (const GstCaps *peer)
{
  GstCaps *out = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (peer); i++) {
    gst_caps_append (out, take (peer, i, TRUE));
    if (!has_overlay (peer, i))
      gst_caps_append (out, only_editable (take (peer, i, FALSE)));
  }
  return out;
}
