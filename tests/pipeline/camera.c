/* SPDX-License-Identifier: MIT */
#include "camera.h"

#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

#define TRY_MS 20
#define MAX_TRIES 250

struct _Camera
{
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  gchar *password, *pictures;
  gint fps;
  gint port; /* 0 until it was on once */

  GstRTSPServer *server; /* NULL: off */
  guint source;
  gint silent; /* atomic */
};

/* NULL: no such codec */
static const gchar *
find_encoder (const gchar *codec)
{
  static const gchar *const encoders[][2] = {
    { "vp8", "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=8 ! "
             "rtpvp8pay name=pay0 pt=96" },
    { "jpeg", "jpegenc ! rtpjpegpay name=pay0 pt=26" },
    { "h264", "openh264enc gop-size=8 ! rtph264pay name=pay0 pt=96 "
              "config-interval=-1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (encoders); i++)
    if (g_str_equal (codec, encoders[i][0]))
      return encoders[i][1];
  return NULL;
}

const gchar *
camera_find_missing (void)
{
  static const gchar *const names[] = { "multifilesrc", "jpegdec", "jpegenc",
    "vp8enc", "vp8dec", "rtpvp8pay", "rtpvp8depay", "rtpjpegpay",
    "rtpjpegdepay", "rtspsrc", "faceroi" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstElementFactory) f = gst_element_factory_find (names[i]);

    if (!f)
      return names[i];
  }
  return NULL;
}

static gpointer
serve (gpointer user_data)
{
  Camera *camera = user_data;

  g_main_context_push_thread_default (camera->context);
  g_main_loop_run (camera->loop);
  g_main_context_pop_thread_default (camera->context);
  return NULL;
}

Camera *
camera_new (const gchar *password)
{
  Camera *camera = g_new0 (Camera, 1);

  camera->password = g_strdup (password);
  camera->fps = CAMERA_FPS;
  camera->pictures = g_build_filename (
      g_getenv ("REN_SOURCE_ROOT"), "pipelines/sample/astronaut.jpg", NULL);
  camera->context = g_main_context_new ();
  camera->loop = g_main_loop_new (camera->context, FALSE);
  camera->thread = g_thread_new ("camera", serve, camera);
  return camera;
}

void
camera_free (Camera *camera)
{
  camera_switch_off (camera);
  g_main_loop_quit (camera->loop);
  g_thread_join (camera->thread);
  g_main_loop_unref (camera->loop);
  g_main_context_unref (camera->context);
  g_free (camera->password);
  g_free (camera->pictures);
  g_free (camera);
}

void
camera_set_pictures (Camera *camera, const gchar *location, gint fps)
{
  g_free (camera->pictures);
  camera->pictures = g_strdup (location);
  camera->fps = fps;
}

static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Camera *camera = user_data;

  return g_atomic_int_get (&camera->silent) ? GST_PAD_PROBE_DROP
                                            : GST_PAD_PROBE_OK;
}

/* Who connects anew finds it sending. */
static void
on_media_configure (
    GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer user_data)
{
  Camera *camera = user_data;
  GstElement *element = gst_rtsp_media_get_element (media);
  GstElement *eye = gst_bin_get_by_name (GST_BIN (element), "eye");
  GstPad *pad = gst_element_get_static_pad (eye, "src");

  g_atomic_int_set (&camera->silent, FALSE);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture, camera, NULL);
  gst_object_unref (pad);
  gst_object_unref (eye);
  gst_object_unref (element);
}

static GstRTSPMediaFactory *
make_factory (Camera *camera, const gchar *codec, gint width)
{
  g_autofree gchar *launch = g_strdup_printf (
      "( multifilesrc location=\"%s\" loop=true caps=image/jpeg,framerate=%d/1 "
      "! jpegdec ! videoconvert ! videoscale ! "
      "video/x-raw,format=I420,width=%d,height=%d ! "
      "identity name=eye sync=true ! %s )",
      camera->pictures, camera->fps, width, width, find_encoder (codec));
  GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new ();

  gst_rtsp_media_factory_set_launch (factory, launch);
  gst_rtsp_media_factory_set_shared (factory, TRUE);
  g_signal_connect (
      factory, "media-configure", G_CALLBACK (on_media_configure), camera);
  return factory;
}

static void
protect (Camera *camera, GstRTSPMediaFactory *factory)
{
  GstRTSPAuth *auth = gst_rtsp_auth_new ();
  GstRTSPToken *token = gst_rtsp_token_new (
      GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", NULL);
  g_autofree gchar *basic =
      gst_rtsp_auth_make_basic ("someone", camera->password);

  gst_rtsp_media_factory_add_role (factory, "viewer",
      GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
      GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
  gst_rtsp_auth_add_basic (auth, basic, token);
  gst_rtsp_server_set_auth (camera->server, auth);
  gst_rtsp_token_unref (token);
  g_object_unref (auth);
}

void
camera_switch_on (Camera *camera, const gchar *codec, gint width)
{
  GstRTSPMediaFactory *factory = make_factory (camera, codec, width);
  GstRTSPMountPoints *mounts;
  g_autofree gchar *service = g_strdup_printf ("%d", camera->port);

  camera->server = gst_rtsp_server_new ();
  mounts = gst_rtsp_server_get_mount_points (camera->server);
  if (camera->password)
    protect (camera, factory);
  gst_rtsp_mount_points_add_factory (mounts, "/camera", factory);
  g_object_unref (mounts);
  gst_rtsp_server_set_address (camera->server, "127.0.0.1");
  gst_rtsp_server_set_service (camera->server, service);
  /* its thread may not have let go of the port yet */
  for (guint i = 0; i < MAX_TRIES; i++) {
    camera->source = gst_rtsp_server_attach (camera->server, camera->context);
    if (camera->source != 0)
      break;
    g_usleep (TRY_MS * 1000);
  }
  if (camera->source == 0)
    g_error ("cannot listen on loopback");
  camera->port = gst_rtsp_server_get_bound_port (camera->server);
}

static GstRTSPFilterResult
drop_client (GstRTSPServer *server, GstRTSPClient *client, gpointer user_data)
{
  return GST_RTSP_FILTER_REMOVE;
}

void
camera_switch_off (Camera *camera)
{
  if (!camera->server)
    return;
  g_source_destroy (
      g_main_context_find_source_by_id (camera->context, camera->source));
  gst_rtsp_server_client_filter (camera->server, drop_client, NULL);
  g_clear_object (&camera->server);
}

void
camera_fall_silent (Camera *camera)
{
  g_atomic_int_set (&camera->silent, TRUE);
}

gchar *
camera_get_uri (Camera *camera, const gchar *user_info)
{
  return g_strdup_printf ("rtsp://%s%s127.0.0.1:%d/camera",
      user_info ? user_info : "", user_info ? "@" : "", camera->port);
}
