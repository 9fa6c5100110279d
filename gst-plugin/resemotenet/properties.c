/* resemotenet: the element's properties
 * SPDX-License-Identifier: MIT
 */
#include "properties.h"

#define DEFAULT_MODEL NULL
#define DEFAULT_LABELS NULL
#define DEFAULT_THREADS 0
#define DEFAULT_PRECISION REN_PRECISION_AUTO
#define DEFAULT_BATCH_SIZE 8
#define DEFAULT_BATCH_WINDOW 0
#define DEFAULT_ROI_TYPE "face"
#define DEFAULT_ROI_SCALE 1.0
#define DEFAULT_MIN_SIZE 16
#define DEFAULT_MAX_FACES 0
#define DEFAULT_THRESHOLD 0.0
#define DEFAULT_INFERENCE_INTERVAL 1
#define DEFAULT_RECLASSIFY_INTERVAL 0
#define DEFAULT_SMOOTHING 0
#define DEFAULT_HYSTERESIS 0.0
#define DEFAULT_POST_MESSAGES FALSE
#define DEFAULT_SKIP_LATE TRUE
#ifdef HAVE_ANALYTICS
#define DEFAULT_META_MODE                                                      \
  (GST_RESEMOTENET_META_EMOTION | GST_RESEMOTENET_META_ROI_PARAM |             \
      GST_RESEMOTENET_META_ANALYTICS)
#else
#define DEFAULT_META_MODE                                                      \
  (GST_RESEMOTENET_META_EMOTION | GST_RESEMOTENET_META_ROI_PARAM)
#endif

#define GST_TYPE_RESEMOTENET_META_MODE (gst_resemotenet_meta_mode_get_type ())
#define GST_TYPE_RESEMOTENET_PRECISION (gst_resemotenet_precision_get_type ())

static GType
gst_resemotenet_meta_mode_get_type (void)
{
  static const GFlagsValue values[] = {
    { GST_RESEMOTENET_META_EMOTION,
        "GstEmotionMeta, read with libgstresemotenet", "emotion-meta" },
    { GST_RESEMOTENET_META_ROI_PARAM,
        "Param `emotion` of GstVideoRegionOfInterestMeta, as DL Streamer "
        "writes it",
        "roi-param" },
#ifdef HAVE_ANALYTICS
    { GST_RESEMOTENET_META_ANALYTICS,
        "Classification in GstAnalyticsRelationMeta", "analytics" },
#endif
    { 0, NULL, NULL },
  };
  static GType type;

  if (g_once_init_enter (&type)) {
    GType t = g_flags_register_static ("GstResemotenetMetaMode", values);
    g_once_init_leave (&type, t);
  }
  return type;
}

static GType
gst_resemotenet_precision_get_type (void)
{
  static const GEnumValue values[] = {
    { REN_PRECISION_AUTO, "What the model is stored in", "auto" },
    { REN_PRECISION_FP32, "32-bit floating point", "fp32" },
    { REN_PRECISION_FP16, "32-bit floating point on weights of 16 bits",
        "fp16" },
    { REN_PRECISION_INT8, "8-bit whole numbers", "int8" },
    { 0, NULL, NULL },
  };
  static GType type;

  if (g_once_init_enter (&type)) {
    GType t = g_enum_register_static ("GstResemotenetPrecision", values);
    g_once_init_leave (&type, t);
  }
  return type;
}

void
properties_install (GObjectClass *klass)
{
  const GParamFlags rw = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags ready = rw | GST_PARAM_MUTABLE_READY;
  const GParamFlags playing = rw | GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstResemotenet:model:
   *
   * Path of the model: a safetensors file, or a checkpoint that PyTorch's
   * `torch.save` wrote. Unset or empty: the file that the environment variable
   * `RESEMOTENET_MODEL` names, else the default model that is installed with
   * the plugin. Elements that name the same file share one copy in memory.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_MODEL,
      g_param_spec_string ("model", "Model",
          "Path of the model file (unset: environment variable "
          "RESEMOTENET_MODEL, else the installed default model)",
          DEFAULT_MODEL, ready));
  /**
   * GstResemotenet:labels:
   *
   * Comma-separated labels in the order of the model's outputs, for a file
   * that does not store them, or stores others. As many as the model has
   * classes.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_LABELS,
      g_param_spec_string ("labels", "Labels",
          "Comma-separated labels in output order, in place of the model's "
          "own",
          DEFAULT_LABELS, ready));
  /**
   * GstResemotenet:threads:
   *
   * Threads that one frame is classified on, 0 for one on each processor.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_THREADS,
      g_param_spec_uint ("threads", "Threads",
          "Threads to classify on (0 = one for each processor)", 0, 64,
          DEFAULT_THREADS, ready));
  /**
   * GstResemotenet:precision:
   *
   * Number format of the arithmetic. `auto` is what the model is stored in:
   * `int8` for int8, `fp16` for fp16, `fp32` for all else. Fewer bits are less
   * to read: fp16 has nearly the results of fp32, int8 is the fastest and costs
   * some accuracy. A model of 8 bits also runs in fp32 and fp16, on the numbers
   * that its weights stand for. In int8 only a model runs that `resemotenet
   * quantize` has made: with any other, starting is an element error.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_PRECISION,
      g_param_spec_enum ("precision", "Precision",
          "Number format of the arithmetic (int8: of models that "
          "`resemotenet quantize` made)",
          GST_TYPE_RESEMOTENET_PRECISION, DEFAULT_PRECISION, ready));
  /**
   * GstResemotenet:batch-size:
   *
   * Faces of one frame, and with #GstResemotenet:batch-window of several
   * elements, that share a pass over the weights. More faces take more passes;
   * memory for this many is set aside.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_BATCH_SIZE,
      g_param_spec_uint ("batch-size", "Batch size",
          "Faces that are classified in one pass", 1, 256, DEFAULT_BATCH_SIZE,
          ready));
  /**
   * GstResemotenet:batch-window:
   *
   * For how many microseconds, at most, faces wait for those of other elements
   * of the process, to share a pass over the weights with them: for many
   * cameras with few faces each. 0: for none, and the element runs on threads
   * of its own. All elements share passes that have a window, the same model,
   * #GstResemotenet:precision, #GstResemotenet:batch-size and
   * #GstResemotenet:threads; labels and windows may differ. A pass begins as
   * soon as it is full or all elements wait that had faces of late. A face
   * that waits for a pass that is running may wait longer.
   *
   * The window is part of the element's latency. A quarter of the time between
   * two frames, such as 5000 to 10000, is a good value; and a `batch-size` of
   * the number of elements. Leave it at 0 where elements share a streaming
   * thread, which cannot wait for itself.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_BATCH_WINDOW,
      g_param_spec_uint ("batch-window", "Batch window",
          "Microseconds to wait for faces of other elements, to classify them "
          "in one pass (0 = do not)",
          0, G_USEC_PER_SEC, DEFAULT_BATCH_WINDOW, playing));
  /**
   * GstResemotenet:roi-type:
   *
   * Type of the regions (`roi_type` of #GstVideoRegionOfInterestMeta, type of
   * a #GstAnalyticsODMtd) that are faces. Empty takes any region.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_ROI_TYPE,
      g_param_spec_string ("roi-type", "Region type",
          "Type of the regions to classify (empty = all)", DEFAULT_ROI_TYPE,
          playing));
  /**
   * GstResemotenet:roi-scale:
   *
   * What is classified is the region times this factor, about its centre:
   * 1.2 adds a margin of a tenth of the size on each side. For detectors whose
   * boxes are tighter or wider than those that the model was trained on.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_ROI_SCALE,
      g_param_spec_double ("roi-scale", "Region scale",
          "Factor to grow or shrink regions by before classification", 0.1, 10,
          DEFAULT_ROI_SCALE, playing));
  /**
   * GstResemotenet:min-size:
   *
   * Faces whose visible part is narrower or lower than this many pixels are
   * skipped: too little to tell an emotion by.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_MIN_SIZE,
      g_param_spec_uint ("min-size", "Minimum size",
          "Skip faces narrower or lower than this, in pixels", 0, 32767,
          DEFAULT_MIN_SIZE, playing));
  /**
   * GstResemotenet:max-faces:
   *
   * The most faces to classify on a frame, the largest first. 0 for all.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_MAX_FACES,
      g_param_spec_uint ("max-faces", "Maximum faces",
          "Classify at most this many faces of a frame, the largest first "
          "(0 = all)",
          0, G_MAXUINT, DEFAULT_MAX_FACES, playing));
  /**
   * GstResemotenet:threshold:
   *
   * A face whose confidence, the score of its label, is below this gets the
   * label "unknown" and label id -1, in every kind of metadata; the scores are
   * kept.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_THRESHOLD,
      g_param_spec_float ("threshold", "Threshold",
          "Label faces `unknown` below this score", 0, 1, DEFAULT_THRESHOLD,
          playing));
  /**
   * GstResemotenet:inference-interval:
   *
   * Classify on every Nth frame. Frames in between repeat the last result of
   * each face, with `age` counted, and classify only faces not seen before.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_INFERENCE_INTERVAL,
      g_param_spec_uint ("inference-interval", "Inference interval",
          "Classify on every Nth frame and repeat results in between", 1,
          100000, DEFAULT_INFERENCE_INTERVAL, playing));
  /**
   * GstResemotenet:reclassify-interval:
   *
   * A face is classified again only so many nanoseconds after the last time, 0:
   * as often as there is a chance. In between its result is repeated, with `age`
   * and the time since counted; a new face is classified at once. Where more
   * faces are due on a frame than fit into one pass, of
   * #GstResemotenet:batch-size, those with the oldest results are classified and
   * the others on the next frames: a smaller batch-size spreads the work more.
   *
   * With #GstResemotenet:inference-interval, both hold: a known face is
   * classified again on an Nth frame on which its result is old enough.
   *
   * 200000000 (five times a second) is a good value for cameras.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_RECLASSIFY_INTERVAL,
      g_param_spec_uint64 ("reclassify-interval", "Reclassify interval",
          "Nanoseconds until a face is classified again; its result is "
          "repeated "
          "in between",
          0, G_MAXINT64, DEFAULT_RECLASSIFY_INTERVAL, playing));
  /**
   * GstResemotenet:smoothing:
   *
   * Time constant, in nanoseconds, of exponential smoothing: a face's scores
   * move towards those of the frame by 1 - exp (-t / smoothing), t after they
   * last did, however many frames that is. 0: the scores of each frame are its
   * own. Which face of the last frame it is, is told by its track id, else by its
   * region's id, else by its place. What a face showed before it was out of
   * sight for long does not count any more.
   *
   * Where timestamps are missing or run backwards, a frame lasts as long as its
   * buffer or the caps say. A flush forgets all.
   *
   * 500000000 (half a second) is a good value for cameras.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_SMOOTHING,
      g_param_spec_uint64 ("smoothing", "Smoothing",
          "Time constant, in nanoseconds, that a face's scores are smoothed "
          "over (0 = not at all)",
          0, G_MAXINT64, DEFAULT_SMOOTHING, playing));
  /**
   * GstResemotenet:hysteresis:
   *
   * The label of a face changes only when another class has a score that is
   * higher by this much; it does not flicker between two that are near each
   * other. The confidence is the score of the label, then, which need not be the
   * highest. 0: the label is that of the highest score.
   *
   * 0.1 is a good value for cameras.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_HYSTERESIS,
      g_param_spec_float ("hysteresis", "Hysteresis",
          "By how much another class must lead before a face's label changes",
          0, 1, DEFAULT_HYSTERESIS, playing));
  /**
   * GstResemotenet:meta-mode:
   *
   * Which metadata to write on the buffer. DL Streamer 2024.1 to 2025.1 fails
   * on analytics metadata that is not its own: `emotion-meta+roi-param` suits
   * it, on the faces of its own detector.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_META_MODE,
      g_param_spec_flags ("meta-mode", "Metadata mode",
          "Kinds of metadata to write", GST_TYPE_RESEMOTENET_META_MODE,
          DEFAULT_META_MODE, playing | GST_PARAM_DOC_SHOW_DEFAULT));
  /**
   * GstResemotenet:post-messages:
   *
   * Post an element message named `emotion` for each frame that has a face,
   * and one without faces when the last face is gone. Fields: `timestamp`,
   * `stream-time`, `running-time`, `duration` (guint64 nanoseconds), `model`,
   * `labels` (array of strings) and `faces`, an array of structures with
   * `label`, `label-id`, `confidence`, `x`, `y`, `w`, `h` (pixels), `id`,
   * `track-id` (-1 = none), `age` (frames), `age-ns` (guint64 nanoseconds) and
   * `scores` (array of doubles, in the order of `labels`).
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_POST_MESSAGES,
      g_param_spec_boolean ("post-messages", "Post messages",
          "Post an element message `emotion` for each frame with faces",
          DEFAULT_POST_MESSAGES, playing));
  /**
   * GstResemotenet:skip-late:
   *
   * Pass on frames that come late without classifying them, with the last
   * results of the faces and `age` counted, until the stream has caught up. No
   * frame is dropped.
   *
   * Late is what the sink reports to be late; and in a live pipeline, whatever
   * its sink does, what is 100 ms behind the clock and the latency that the
   * pipeline reckons with. Then no further pass begins for a frame, either, if it
   * has more faces than fit into one: the others come first on the next frame. So
   * the stream is never further behind than that and one pass takes. A sink that
   * reports gets a frame a second classified all the same; and a stream that
   * stays late for other reasons has the network for a tenth of the time.
   *
   * Each such frame is counted in #GstResemotenet:stats, and a QoS message is
   * posted for it. Sources whose timestamps are not those of the clock, but are
   * said to be live, are better off with `false`.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_SKIP_LATE,
      g_param_spec_boolean ("skip-late", "Skip late",
          "Do not classify frames that are late (they are never dropped)",
          DEFAULT_SKIP_LATE, playing));
  /**
   * GstResemotenet:stats:
   *
   * Counters since the element was started, all guint64: `frames`,
   * `bad-frames` (unreadable), `late-frames`, `faces` = `classified` +
   * `reused`, `skipped` and its parts `skipped-empty`, `skipped-outside`,
   * `skipped-too-small`, `skipped-max-faces`, `skipped-late` and
   * `skipped-bad-frame` (of faces that were not known before). `faces` and
   * `skipped` add up to the regions of the right type. `passes` are those over
   * the weights that the element ran; where elements share them, each is
   * counted by one. And, as doubles, `faces-per-pass`: how many there were in
   * the mean pass that had faces of this element, those of others counted;
   * `ms-waited`: milliseconds until the mean pass began; `ms-median` and
   * `ms-p99`: milliseconds that cropping, waiting and classification took per
   * frame, over the last 512 frames on which there was any.
   *
   * Where time went, guint64 nanoseconds in total: `crop-time` (pixels to 64×64
   * grey levels), `network-time` (waiting included), `metadata-time` (results
   * onto the buffer). `resemotenet bench --pipeline` shows them by the frame.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Frames, faces, skipped regions, passes and time taken",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  gst_type_mark_as_plugin_api (GST_TYPE_RESEMOTENET_META_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_RESEMOTENET_PRECISION, 0);
}

void
properties_init (Properties *p)
{
  p->start = (StartSettings){
    .model = g_strdup (DEFAULT_MODEL),
    .labels = g_strdup (DEFAULT_LABELS),
    .n_threads = DEFAULT_THREADS,
    .precision = DEFAULT_PRECISION,
    .batch_size = DEFAULT_BATCH_SIZE,
  };
  p->run = (Settings){
    .roi_type = g_ref_string_new (DEFAULT_ROI_TYPE),
    .roi_scale = DEFAULT_ROI_SCALE,
    .min_size = DEFAULT_MIN_SIZE,
    .max_faces = DEFAULT_MAX_FACES,
    .threshold = DEFAULT_THRESHOLD,
    .interval = DEFAULT_INFERENCE_INTERVAL,
    .reclassify_interval = DEFAULT_RECLASSIFY_INTERVAL,
    .smoothing = DEFAULT_SMOOTHING,
    .hysteresis = DEFAULT_HYSTERESIS,
    .batch_window = DEFAULT_BATCH_WINDOW,
    .meta_mode = DEFAULT_META_MODE,
    .post_messages = DEFAULT_POST_MESSAGES,
    .skip_late = DEFAULT_SKIP_LATE,
  };
}

void
properties_clear (Properties *p)
{
  start_settings_clear (&p->start);
  settings_clear (&p->run);
}

gboolean
properties_set (Properties *p, guint id, const GValue *value)
{
  const gchar *type;

  switch (id) {
    case PROP_MODEL:
      g_free (p->start.model);
      p->start.model = g_value_dup_string (value);
      return TRUE;
    case PROP_LABELS:
      g_free (p->start.labels);
      p->start.labels = g_value_dup_string (value);
      return TRUE;
    case PROP_THREADS:
      p->start.n_threads = g_value_get_uint (value);
      return TRUE;
    case PROP_PRECISION:
      p->start.precision = g_value_get_enum (value);
      return TRUE;
    case PROP_BATCH_SIZE:
      p->start.batch_size = g_value_get_uint (value);
      return TRUE;
    case PROP_BATCH_WINDOW:
      p->run.batch_window = g_value_get_uint (value);
      return TRUE;
    case PROP_ROI_TYPE:
      type = g_value_get_string (value);
      g_ref_string_release (p->run.roi_type);
      p->run.roi_type = g_ref_string_new (type ? type : "");
      return TRUE;
    case PROP_ROI_SCALE:
      p->run.roi_scale = g_value_get_double (value);
      return TRUE;
    case PROP_MIN_SIZE:
      p->run.min_size = g_value_get_uint (value);
      return TRUE;
    case PROP_MAX_FACES:
      p->run.max_faces = g_value_get_uint (value);
      return TRUE;
    case PROP_THRESHOLD:
      p->run.threshold = g_value_get_float (value);
      return TRUE;
    case PROP_INFERENCE_INTERVAL:
      p->run.interval = g_value_get_uint (value);
      return TRUE;
    case PROP_RECLASSIFY_INTERVAL:
      p->run.reclassify_interval = g_value_get_uint64 (value);
      return TRUE;
    case PROP_SMOOTHING:
      p->run.smoothing = g_value_get_uint64 (value);
      return TRUE;
    case PROP_HYSTERESIS:
      p->run.hysteresis = g_value_get_float (value);
      return TRUE;
    case PROP_META_MODE:
      p->run.meta_mode = g_value_get_flags (value);
      return TRUE;
    case PROP_POST_MESSAGES:
      p->run.post_messages = g_value_get_boolean (value);
      return TRUE;
    case PROP_SKIP_LATE:
      p->run.skip_late = g_value_get_boolean (value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
properties_get (const Properties *p, guint id, GValue *value)
{
  switch (id) {
    case PROP_MODEL:
      g_value_set_string (value, p->start.model);
      return TRUE;
    case PROP_LABELS:
      g_value_set_string (value, p->start.labels);
      return TRUE;
    case PROP_THREADS:
      g_value_set_uint (value, p->start.n_threads);
      return TRUE;
    case PROP_PRECISION:
      g_value_set_enum (value, p->start.precision);
      return TRUE;
    case PROP_BATCH_SIZE:
      g_value_set_uint (value, p->start.batch_size);
      return TRUE;
    case PROP_BATCH_WINDOW:
      g_value_set_uint (value, p->run.batch_window);
      return TRUE;
    case PROP_ROI_TYPE:
      g_value_set_string (value, p->run.roi_type);
      return TRUE;
    case PROP_ROI_SCALE:
      g_value_set_double (value, p->run.roi_scale);
      return TRUE;
    case PROP_MIN_SIZE:
      g_value_set_uint (value, p->run.min_size);
      return TRUE;
    case PROP_MAX_FACES:
      g_value_set_uint (value, p->run.max_faces);
      return TRUE;
    case PROP_THRESHOLD:
      g_value_set_float (value, p->run.threshold);
      return TRUE;
    case PROP_INFERENCE_INTERVAL:
      g_value_set_uint (value, p->run.interval);
      return TRUE;
    case PROP_RECLASSIFY_INTERVAL:
      g_value_set_uint64 (value, p->run.reclassify_interval);
      return TRUE;
    case PROP_SMOOTHING:
      g_value_set_uint64 (value, p->run.smoothing);
      return TRUE;
    case PROP_HYSTERESIS:
      g_value_set_float (value, p->run.hysteresis);
      return TRUE;
    case PROP_META_MODE:
      g_value_set_flags (value, p->run.meta_mode);
      return TRUE;
    case PROP_POST_MESSAGES:
      g_value_set_boolean (value, p->run.post_messages);
      return TRUE;
    case PROP_SKIP_LATE:
      g_value_set_boolean (value, p->run.skip_late);
      return TRUE;
    default:
      return FALSE;
  }
}

void
start_settings_copy (StartSettings *to, const StartSettings *from)
{
  *to = *from;
  to->model = g_strdup (from->model);
  to->labels = g_strdup (from->labels);
}

void
start_settings_clear (StartSettings *s)
{
  g_clear_pointer (&s->model, g_free);
  g_clear_pointer (&s->labels, g_free);
}

void
settings_copy (Settings *to, const Settings *from)
{
  *to = *from;
  to->roi_type = g_ref_string_acquire (from->roi_type);
}

void
settings_clear (Settings *s)
{
  g_clear_pointer (&s->roi_type, g_ref_string_release);
}
