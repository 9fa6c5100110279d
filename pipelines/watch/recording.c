/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gst/video/video.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "have-element.h"

#define BITS_A_PIXEL 0.12

typedef struct
{
  const gchar *element;
  const gchar *settings; /* and what is between it and the muxer */
  const gchar *bitrate;  /* property for bits a second; NULL: it needs none */
  const gchar *package;  /* of Debian */
} Encoder;

#define H264 0
#define VP8 2
/* Best first; quality over size, and fast enough for live. */
static const Encoder video_encoders[] = {
  { "x264enc",
      "pass=qual quantizer=23 speed-preset=veryfast key-int-max=60 "
      "! h264parse",
      NULL, "gstreamer1.0-plugins-ugly" },
  { "openh264enc", "gop-size=60 ! h264parse", "bitrate",
      "gstreamer1.0-plugins-bad" },
  { "vp8enc", "deadline=1 cpu-used=4 threads=4 keyframe-max-dist=60",
      "target-bitrate", "gstreamer1.0-plugins-good" },
  { "vp9enc", "deadline=1 cpu-used=8 threads=4 keyframe-max-dist=60",
      "target-bitrate", "gstreamer1.0-plugins-good" },
  { 0 },
};

#define AAC 0
#define OPUS 3
static const Encoder audio_encoders[] = {
  { "fdkaacenc", "! aacparse", NULL, "gstreamer1.0-plugins-bad" },
  { "avenc_aac", "! aacparse", NULL, "gstreamer1.0-libav" },
  { "voaacenc", "! aacparse", NULL, "gstreamer1.0-plugins-bad" },
  { "opusenc", "", NULL, "gstreamer1.0-plugins-base" },
  { "vorbisenc", "", NULL, "gstreamer1.0-plugins-base" },
  { 0 },
};

typedef struct
{
  const gchar *ending;
  const Encoder *video, *audio; /* those from here on, up to a gap */
  guint n_video, n_audio;
  const gchar *muxer; /* with what lets a file that is broken off play */
  const gchar *package;
} Container;

static const Container containers[] = {
  /* fragments that play as they are, and in the end an ordinary file of them */
  { ".mp4", &video_encoders[H264], &audio_encoders[AAC], 2, 3,
      "mp4mux fragment-duration=2000 fragment-mode=first-moov-then-finalise",
      "gstreamer1.0-plugins-good" },
  { ".mkv", &video_encoders[H264], &audio_encoders[OPUS], 4, 2, "matroskamux",
      "gstreamer1.0-plugins-good" },
  { ".webm", &video_encoders[VP8], &audio_encoders[OPUS], 2, 2, "webmmux",
      "gstreamer1.0-plugins-good" },
};

struct _Recording
{
  gchar *path, *part; /* part: its name until it is finished */
  const Container *container;
  const Encoder *video, *audio; /* audio: or NULL */
  GstElement *caps_filter, *encoder;
};

static const Container *
find_container (const gchar *path, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (containers); i++)
    if (g_str_has_suffix (path, containers[i].ending))
      return &containers[i];
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "a video's name ends in .mp4, .mkv or .webm, not as %s does", path);
  return NULL;
}

gboolean
recording_check_path (const gchar *path, GError **error)
{
  return find_container (path, error) != NULL;
}

/* Elements by the first word of a launch line, too. */
static gboolean
is_installed (const gchar *launch)
{
  g_autofree gchar *name = g_strndup (launch, strcspn (launch, " "));

  return have_element (name);
}

static const Encoder *
choose (const Encoder *from, guint n, const gchar *ending, const gchar *kind,
    GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < n; i++) {
    if (is_installed (from[i].element))
      return &from[i];
    g_string_append_printf (names, "%s%s (Debian: %s)", i > 0 ? " or " : "",
        from[i].element, from[i].package);
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
      "no encoder of %s for %s is installed: it takes %s", kind, ending,
      names->str);
  return NULL;
}

/* A name of its own: what was broken off earlier is perhaps all there is. */
static gboolean
make_part (Recording *recording, GError **error)
{
  const mode_t mask = umask (0);
  int fd;

  umask (mask);
  recording->part = g_strconcat (recording->path, ".XXXXXX.part", NULL);
  fd = mkostemps (recording->part, 5, O_CLOEXEC);
  if (fd < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "cannot write %s: %s", recording->path, g_strerror (errno));
    g_clear_pointer (&recording->part, g_free);
    return FALSE;
  }
  fchmod (fd, 0666 & ~mask);
  close (fd);
  return TRUE;
}

Recording *
recording_new (const gchar *path, gboolean has_audio, GError **error)
{
  const Container *c = find_container (path, error);
  Recording *recording;

  if (!c)
    return NULL;
  recording = g_new0 (Recording, 1);
  recording->path = g_strdup (path);
  recording->container = c;
  recording->video = choose (c->video, c->n_video, c->ending, "video", error);
  if (!recording->video)
    goto fail;
  if (has_audio && !(recording->audio = choose (
                         c->audio, c->n_audio, c->ending, "audio", error)))
    goto fail;
  if (!is_installed (c->muxer) ||
      (strstr (recording->video->settings, "h264parse") &&
          !is_installed ("h264parse"))) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "what writes %s is not installed: it takes Debian's %s and "
        "gstreamer1.0-plugins-bad",
        c->ending, c->package);
    goto fail;
  }
  if (make_part (recording, error))
    return recording;
fail:
  recording_free (recording);
  return NULL;
}

void
recording_free (Recording *recording)
{
  if (!recording)
    return;
  if (recording->part)
    unlink (recording->part);
  gst_clear_object (&recording->caps_filter);
  gst_clear_object (&recording->encoder);
  g_free (recording->part);
  g_free (recording->path);
  g_free (recording);
}

gchar *
recording_get_launch (Recording *recording)
{
  const Encoder *video = recording->video, *audio = recording->audio;
  g_autofree gchar *audio_launch = NULL;

  if (audio)
    audio_launch = g_strdup_printf (
        "audio-source. ! queue max-size-time=200000000 max-size-bytes=0 "
        "max-size-buffers=0 ! audioconvert ! audioresample ! %s %s ! "
        "record-muxer. ",
        audio->element, audio->settings);
  return g_strdup_printf (
      "videoconvert name=record-first ! videoscale ! "
      "capsfilter name=record-caps ! %s name=record-encoder %s ! "
      "queue max-size-time=0 ! record-muxer. %s "
      "%s name=record-muxer ! filesink name=record-file async=false",
      video->element, video->settings, audio_launch ? audio_launch : "",
      recording->container->muxer);
}

/* Encoders want even sizes. Of RGB there are no colours to keep. */
static GstCaps *
make_caps (const GstVideoInfo *info)
{
  GstCaps *caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
      "I420", "width", G_TYPE_INT, MAX (GST_VIDEO_INFO_WIDTH (info) & ~1, 16),
      "height", G_TYPE_INT, MAX (GST_VIDEO_INFO_HEIGHT (info) & ~1, 16),
      "pixel-aspect-ratio", GST_TYPE_FRACTION, GST_VIDEO_INFO_PAR_N (info),
      GST_VIDEO_INFO_PAR_D (info), NULL);
  g_autofree gchar *colorimetry =
      gst_video_colorimetry_to_string (&GST_VIDEO_INFO_COLORIMETRY (info));

  if (GST_VIDEO_INFO_IS_YUV (info) && colorimetry)
    gst_caps_set_simple (caps, "colorimetry", G_TYPE_STRING, colorimetry, NULL);
  return caps;
}

static GstPadProbeReturn
on_first_caps (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Recording *recording = user_data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
  g_autoptr (GstCaps) fixed = NULL;
  GstVideoInfo info;
  GstCaps *caps;
  gdouble rate;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (!gst_video_info_from_caps (&info, caps))
    return GST_PAD_PROBE_OK;
  fixed = make_caps (&info);
  g_object_set (recording->caps_filter, "caps", fixed, NULL);
  rate = CLAMP ((gdouble) info.fps_n / info.fps_d, 5, 60);
  if (recording->video->bitrate)
    g_object_set (recording->encoder, recording->video->bitrate,
        (gint) CLAMP (BITS_A_PIXEL * info.width * info.height * rate, 3e5, 4e7),
        NULL);
  return GST_PAD_PROBE_REMOVE;
}

void
recording_attach (Recording *recording, GstBin *pipeline)
{
  g_autoptr (GstElement) first = gst_bin_get_by_name (pipeline, "record-first");
  g_autoptr (GstElement) file = gst_bin_get_by_name (pipeline, "record-file");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (first, "sink");

  recording->caps_filter = gst_bin_get_by_name (pipeline, "record-caps");
  recording->encoder = gst_bin_get_by_name (pipeline, "record-encoder");
  g_object_set (file, "location", recording->part, NULL);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_first_caps, recording, NULL);
}

static gboolean
sync_path (const gchar *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

gboolean
recording_finish (Recording *recording, GError **error)
{
  g_autofree gchar *directory = g_path_get_dirname (recording->path);

  if (!sync_path (recording->part) ||
      rename (recording->part, recording->path) != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "cannot write %s: %s", recording->path, g_strerror (errno));
    return FALSE;
  }
  g_clear_pointer (&recording->part, g_free);
  sync_path (directory);
  return TRUE;
}

const gchar *
recording_keep (Recording *recording)
{
  gchar *part = g_steal_pointer (&recording->part);

  g_free (recording->path);
  return recording->path = part;
}
