/* What the element `resemotenet` adds to the time of the network, on made-up
 * frames that are pushed through it.
 * SPDX-License-Identifier: MIT */
#include <gst/gst.h>
#include <gst/video/video.h>
#include <math.h>

#include "bench.h"
#include "output.h"
#include "static-plugin.h"

/* The most that is to be beside the network, of a frame's time. */
#define AIM 0.03

/* Decoders write frames by turns. */
#define N_PICTURES 4

enum
{
  WIDTH = 1920,
  HEIGHT = 1080,
  FRAME_BYTES = WIDTH * HEIGHT * 3 / 2,
  LEAST_FACE = 60, /* pixels, upright boxes */
  MOST_FACE = 300,
};

/* Faces of a frame, each in its own cell. */
static const struct
{
  guint n_columns, n_rows;
} layouts[] = { { 1, 1 }, { 4, 2 }, { 8, 4 } };

typedef enum
{
  PART_NETWORK,
  PART_CROP,
  PART_METADATA,
  PART_REST, /* of what the call took */
  N_PARTS
} Part;

static const struct
{
  const char *stat; /* field of the element's stats, nanoseconds */
  const char *key;  /* of JSON */
} parts[N_PARTS] = {
  { "network-time", "network_ms" },
  { "crop-time", "crop_ms" },
  { "metadata-time", "metadata_ms" },
  { NULL, "rest_ms" },
};

typedef struct
{
  GstElement *element;
  GstBus *bus;
  GstPad *src, *sink; /* that the element is between */
  guint8 *noise;      /* a picture */
  GstMemory *memory[N_PICTURES];
  guint n_pushed;
} Pipeline;

/* Of the element since it was started. */
typedef struct
{
  guint64 classified;
  guint64 time[N_PARTS]; /* nanoseconds; no rest */
} Counts;

typedef struct
{
  guint n_faces, n_frames;
  Spread frame_ms, part_ms[N_PARTS];
  Spread share; /* beside the network */
} Result;

/* ---- what the element is between ------------------------------------------ */

/* What hangs on buffers ends with them, and within the call. */
static GstFlowReturn
take_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
take_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

static void
link_pads (Pipeline *p)
{
  g_autoptr (GstPad) in = gst_element_get_static_pad (p->element, "sink");
  g_autoptr (GstPad) out = gst_element_get_static_pad (p->element, "src");

  p->src = gst_object_ref_sink (gst_pad_new ("src", GST_PAD_SRC));
  p->sink = gst_object_ref_sink (gst_pad_new ("sink", GST_PAD_SINK));
  gst_pad_set_chain_function (p->sink, take_buffer);
  gst_pad_set_event_function (p->sink, take_event);
  gst_pad_link (p->src, in);
  gst_pad_link (out, p->sink);
  gst_pad_set_active (p->src, TRUE);
  gst_pad_set_active (p->sink, TRUE);
}

static void
announce (Pipeline *p)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw", "format",
      G_TYPE_STRING, "NV12", "width", G_TYPE_INT, WIDTH, "height", G_TYPE_INT,
      HEIGHT, "framerate", GST_TYPE_FRACTION, 25, 1, NULL);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (p->src, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (p->src, gst_event_new_caps (caps));
  gst_pad_push_event (p->src, gst_event_new_segment (&segment));
}

/* Noise: what is in a picture does not change the work. */
static void
make_up_picture (Pipeline *p)
{
  guint64 *words = g_malloc (FRAME_BYTES);

  for (gsize i = 0; i < FRAME_BYTES / sizeof *words; i++)
    words[i] = ren_random (1, i);
  p->noise = (guint8 *) words;
  for (guint i = 0; i < N_PICTURES; i++)
    p->memory[i] = gst_allocator_alloc (NULL, FRAME_BYTES, NULL);
}

/* ---- the element ---------------------------------------------------------- */

static gboolean
read_counts (Pipeline *p, Counts *counts, GError **error)
{
  g_autoptr (GstStructure) stats = NULL;
  gboolean ok;

  *counts = (Counts){ 0 };
  g_object_get (p->element, "stats", &stats, NULL);
  ok = gst_structure_get_uint64 (stats, "classified", &counts->classified);
  for (Part i = 0; i < N_PARTS; i++)
    if (parts[i].stat)
      ok &= gst_structure_get_uint64 (stats, parts[i].stat, &counts->time[i]);
  if (!ok)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
        "GStreamer found a plugin resemotenet that is older than this command: "
        "install them together, or set GST_PLUGIN_PATH");
  return ok;
}

/* With what the element said, if it did. */
static gboolean
element_failed (Pipeline *p, const char *what, GError **error)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (p->bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) cause = NULL;

  if (message)
    gst_message_parse_error (message, &cause, NULL);
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s%s%s", what,
      cause ? ": " : "", cause ? cause->message : "");
  return FALSE;
}

static void
pipeline_clear (Pipeline *p)
{
  if (p->element)
    gst_element_set_state (p->element, GST_STATE_NULL);
  /* messages that nobody took hold the element, which holds the bus */
  if (p->bus)
    gst_bus_set_flushing (p->bus, TRUE);
  for (guint i = 0; i < N_PICTURES; i++)
    g_clear_pointer (&p->memory[i], gst_memory_unref);
  g_free (p->noise);
  gst_clear_object (&p->src);
  gst_clear_object (&p->sink);
  gst_clear_object (&p->bus);
  gst_clear_object (&p->element);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pipeline, pipeline_clear)

static gboolean
pipeline_start (
    Pipeline *p, RenModel *model, guint batch, guint n_threads, GError **error)
{
  Counts counts;

  if (!gst_init_check (NULL, NULL, error))
    return FALSE;
  static_plugin_register ();
  p->element = gst_element_factory_make ("resemotenet", NULL);
  if (!p->element) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
        "GStreamer does not find the element resemotenet: install the plugin, "
        "or set GST_PLUGIN_PATH to the folder of libgstresemotenet.so");
    return FALSE;
  }
  gst_object_ref_sink (p->element);
  p->bus = gst_bus_new ();
  gst_element_set_bus (p->element, p->bus);
  if (!read_counts (p, &counts, error))
    return FALSE;

  g_object_set (p->element, "model", ren_model_path (model), "threads",
      n_threads, "precision", shared_options.precision, NULL);
  if (batch)
    g_object_set (p->element, "batch-size", batch, NULL);
  link_pads (p);
  if (gst_element_set_state (p->element, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE)
    return element_failed (p, "the element does not start", error);
  announce (p);
  make_up_picture (p);
  return TRUE;
}

/* ---- measuring ------------------------------------------------------------ */

/* A whole number from 0 to most. */
static guint
draw (guint64 key, guint which, guint most)
{
  return (guint) (ren_random (key, which) % (most + 1));
}

/* Of each doubling of size there are as many, in no order. From frame to frame
 * boxes move and change a little, as detectors' do. */
static void
add_faces (GstBuffer *buffer, guint layout, guint frame)
{
  const guint n_columns = layouts[layout].n_columns;
  const guint n_faces = n_columns * layouts[layout].n_rows;
  const guint cell_w = WIDTH / n_columns;
  const guint cell_h = HEIGHT / layouts[layout].n_rows;

  for (guint i = 0; i < n_faces; i++) {
    const guint64 key = ren_random_key (i, frame);
    const double usual = LEAST_FACE * pow (MOST_FACE / LEAST_FACE,
                                          (i * 5 % n_faces + .5) / n_faces);
    const guint h = MIN ((guint) usual, cell_h - 10) + draw (key, 0, 4);
    const guint w = h * 4 / 5 + draw (key, 1, 2);
    const guint x = i % n_columns * cell_w + draw (i, 0, cell_w - w - 5);
    const guint y = i / n_columns * cell_h + draw (i, 1, cell_h - h - 5);

    gst_buffer_add_video_region_of_interest_meta (
        buffer, "face", x + draw (key, 2, 4), y + draw (key, 3, 4), w, h);
  }
}

/* Its pixels are written now, as a decoder has just done when the element comes:
 * they are in the caches as far as these reach. */
static GstBuffer *
next_frame (Pipeline *p, guint layout)
{
  const guint frame = p->n_pushed++;
  GstBuffer *buffer = gst_buffer_new ();

  gst_buffer_append_memory (
      buffer, gst_memory_ref (p->memory[frame % N_PICTURES]));
  gst_buffer_fill (buffer, 0, p->noise, FRAME_BYTES);
  GST_BUFFER_PTS (buffer) = frame * GST_SECOND / 25;
  add_faces (buffer, layout, frame);
  return buffer;
}

/* Pushes a frame; what it took in milliseconds. */
static gboolean
time_frame (Pipeline *p, guint layout, guint n_faces, double *frame_ms,
    double ms[N_PARTS], GError **error)
{
  GstBuffer *buffer = next_frame (p, layout);
  Counts before, after;
  GstClockTime begin, end;
  GstFlowReturn flow;

  if (!read_counts (p, &before, error)) {
    gst_buffer_unref (buffer);
    return FALSE;
  }
  begin = gst_util_get_timestamp ();
  flow = gst_pad_push (p->src, buffer);
  end = gst_util_get_timestamp ();
  if (flow != GST_FLOW_OK)
    return element_failed (p, gst_flow_get_name (flow), error);
  if (!read_counts (p, &after, error))
    return FALSE;
  if (after.classified - before.classified != n_faces)
    return element_failed (p, "the element left faces out", error);

  *frame_ms = ms[PART_REST] = 1e-6 * (double) (end - begin);
  for (Part i = 0; i < PART_REST; i++) {
    ms[i] = 1e-6 * (double) (after.time[i] - before.time[i]);
    ms[PART_REST] -= ms[i];
  }
  return TRUE;
}

static gboolean
measure (Pipeline *p, guint layout, double seconds, Result *r, GError **error)
{
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) shares = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GPtrArray) times =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  double spent_ms = 0;

  r->n_faces = layouts[layout].n_columns * layouts[layout].n_rows;
  for (Part i = 0; i < N_PARTS; i++)
    g_ptr_array_add (times, g_array_new (FALSE, FALSE, sizeof (double)));
  /* the first frames fetch pages and say nothing */
  for (guint frame = 0;
       frame < N_PICTURES + BENCH_MIN_TURNS || spent_ms < 1e3 * seconds;
       frame++) {
    double frame_ms, ms[N_PARTS], share;

    if (!time_frame (p, layout, r->n_faces, &frame_ms, ms, error))
      return FALSE;
    if (frame < N_PICTURES)
      continue;
    spent_ms += frame_ms;
    share = 1 - ms[PART_NETWORK] / frame_ms;
    g_array_append_val (frames, frame_ms);
    g_array_append_val (shares, share);
    for (Part i = 0; i < N_PARTS; i++)
      g_array_append_val ((GArray *) times->pdata[i], ms[i]);
  }
  r->n_frames = frames->len;
  r->frame_ms = bench_spread (frames);
  r->share = bench_spread (shares);
  for (Part i = 0; i < N_PARTS; i++)
    r->part_ms[i] = bench_spread (times->pdata[i]);
  return TRUE;
}

/* ---- results -------------------------------------------------------------- */

static void
add_text (GString *text, const Result *r)
{
  g_string_append_printf (text, "  %5u %8.3f", r->n_faces, r->frame_ms.median);
  for (Part i = 0; i < N_PARTS; i++)
    g_string_append_printf (text, " %8.3f", r->part_ms[i].median);
  g_string_append_printf (text, "   %4.1f %% (aim: under %.0f %%)\n",
      100 * r->share.median, 100 * AIM);
}

static void
add_json (
    JsonBuilder *builder, RenPrecision precision, guint batch, const Result *r)
{
  json_builder_begin_object (builder);
  output_json_text (builder, "precision", ren_precision_name (precision));
  bench_json_count (builder, "batch_size", batch);
  bench_json_count (builder, "faces", r->n_faces);
  bench_json_count (builder, "frames", r->n_frames);
  bench_json_spread (builder, "frame_ms", &r->frame_ms);
  for (Part i = 0; i < N_PARTS; i++)
    bench_json_spread (builder, parts[i].key, &r->part_ms[i]);
  bench_json_spread (builder, "beside_network", &r->share);
  output_json_number (builder, "beside_network_aim", AIM);
  json_builder_end_object (builder);
}

gboolean
bench_pipeline (RenModel *model, guint batch, guint n_threads, double seconds,
    GString *text, JsonBuilder *builder, GError **error)
{
  const RenPrecision precision = shared_options.precision == REN_PRECISION_AUTO
                                     ? ren_model_precision (model)
                                     : shared_options.precision;
  g_auto (Pipeline) p = { 0 };

  if (!pipeline_start (&p, model, batch, n_threads, error))
    return FALSE;
  g_object_get (p.element, "batch-size", &batch, NULL);
  g_string_append_printf (text,
      "%d×%d in NV12, %s, batch-size %u, %u thread%s: medians in ms a frame\n"
      "  Faces    Frame  Network     Crop Metadata     Rest   Beside the "
      "network\n",
      WIDTH, HEIGHT, ren_precision_name (precision), batch, n_threads,
      n_threads == 1 ? "" : "s");
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++) {
    Result r;

    if (!measure (&p, i, seconds, &r, error))
      return FALSE;
    add_text (text, &r);
    add_json (builder, precision, batch, &r);
  }
  return TRUE;
}
