/* Many streams in one process: what sharing passes over the weights gains.
 * SPDX-License-Identifier: MIT
 *
 * Each stream is an element on a thread of its own. Contenders take turns, so
 * that what else happens on the machine hits all of them.
 */
#include <stdlib.h>
#include <sys/resource.h>

#include "harness.h"

typedef struct
{
  gint streams, faces, fps, rounds, batch_size;
  gdouble seconds;
  gchar **windows;
  const gchar *model, *precision;
} Options;

/* One setting, with elements of its own. */
typedef struct
{
  guint window, threads;
  GstHarness **streams;
  GArray *rates, *cpu_ms, *latencies; /* of gdouble: a turn, a turn, a frame */
} Contender;

/* A thread in a turn. */
typedef struct
{
  const Options *options;
  GstHarness *h;
  GstBuffer *frame;
  gint64 begin, end; /* monotonic time: of its first frame, and the turn's */
  GArray *latencies;
} Stream;

static GstBuffer *
picture_with_faces (guint n)
{
  GstBuffer *buffer = test_rgb_picture ();

  for (guint i = 0; i < n; i++)
    test_add_face (buffer, 10 + 7 * (gint) (i % 24), 20, 100, 100);
  return buffer;
}

static gpointer
stream_main (gpointer data)
{
  Stream *s = data;
  gint64 next = s->begin, now, done;

  do {
    gdouble ms;

    now = g_get_monotonic_time ();
    if (now < next) {
      g_usleep ((gulong) (next - now));
      now = g_get_monotonic_time ();
    }
    if (s->options->fps)
      next += G_USEC_PER_SEC / s->options->fps;
    gst_buffer_unref (test_push (s->h, gst_buffer_copy (s->frame)));
    done = g_get_monotonic_time ();
    ms = (gdouble) (done - now) / 1e3;
    g_array_append_val (s->latencies, ms);
  } while (done < s->end);
  return NULL;
}

static gdouble
cpu_seconds (void)
{
  struct rusage u;

  getrusage (RUSAGE_SELF, &u);
  return (gdouble) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         (gdouble) (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
take_turn (Contender *c, const Options *o, GstBuffer *frame)
{
  const gint64 begin = g_get_monotonic_time ();
  const gdouble cpu = cpu_seconds ();
  const guint n = (guint) o->streams;
  Stream *streams = g_new0 (Stream, n);
  GThread **threads = g_new (GThread *, n);
  gdouble rate, ms;
  guint frames = 0;

  for (guint i = 0; i < n; i++) {
    streams[i] = (Stream){
      .options = o,
      .h = c->streams[i],
      .frame = frame,
      /* cameras do not tick together */
      .begin = begin + (o->fps ? i * G_USEC_PER_SEC / n / o->fps : 0),
      .end = begin + (gint64) (o->seconds * G_USEC_PER_SEC),
      .latencies = g_array_new (FALSE, FALSE, sizeof (gdouble)),
    };
    threads[i] = g_thread_new ("stream", stream_main, &streams[i]);
  }
  for (guint i = 0; i < n; i++) {
    g_thread_join (threads[i]);
    frames += streams[i].latencies->len;
    g_array_append_vals (
        c->latencies, streams[i].latencies->data, streams[i].latencies->len);
    g_array_unref (streams[i].latencies);
  }

  rate = frames * (guint) o->faces /
         ((gdouble) (g_get_monotonic_time () - begin) / 1e6);
  ms = 1e3 * (cpu_seconds () - cpu) / (frames * (guint) o->faces);
  g_array_append_val (c->rates, rate);
  g_array_append_val (c->cpu_ms, ms);
  g_free (threads);
  g_free (streams);
}

static void
contender_init (Contender *c, guint window, guint threads, const Options *o,
    GstBuffer *frame)
{
  *c = (Contender){
    .window = window,
    .threads = threads,
    .streams = g_new (GstHarness *, (guint) o->streams),
    .rates = g_array_new (FALSE, FALSE, sizeof (gdouble)),
    .cpu_ms = g_array_new (FALSE, FALSE, sizeof (gdouble)),
    .latencies = g_array_new (FALSE, FALSE, sizeof (gdouble)),
  };
  for (gint i = 0; i < o->streams; i++) {
    gchar *line = g_strdup_printf (
        "resemotenet model=\"%s\" precision=%s batch-size=%d threads=%u "
        "batch-window=%u",
        o->model, o->precision, o->batch_size, threads, window);

    c->streams[i] = gst_harness_new_parse (line);
    gst_harness_set_src_caps (c->streams[i], test_rgb_caps ());
    /* memory is touched, caches are filled */
    gst_buffer_unref (test_push (c->streams[i], gst_buffer_copy (frame)));
    g_free (line);
  }
}

static void
contender_clear (Contender *c, const Options *o)
{
  for (gint i = 0; i < o->streams; i++)
    gst_harness_teardown (c->streams[i]);
  g_free (c->streams);
  g_array_unref (c->rates);
  g_array_unref (c->cpu_ms);
  g_array_unref (c->latencies);
}

static int
by_value (const void *a, const void *b)
{
  const gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static gdouble
quantile (GArray *values, gdouble q)
{
  g_array_sort (values, by_value);
  return g_array_index (
      values, gdouble, (guint) (q * (gdouble) (values->len - 1)));
}

static gdouble
mean_faces_per_pass (const Contender *c, const Options *o)
{
  guint64 faces = 0, passes = 0;

  for (gint i = 0; i < o->streams; i++) {
    faces += test_stat (c->streams[i], "classified");
    passes += test_stat (c->streams[i], "passes");
  }
  return (gdouble) faces / (gdouble) passes;
}

/* Gains are over the better of those that share nothing. */
static void
show (Contender *c, guint n, const Options *o)
{
  gdouble best_rate = 0, best_cpu = G_MAXDOUBLE;

  for (guint i = 0; i < n; i++)
    if (c[i].window == 0) {
      best_rate = MAX (best_rate, quantile (c[i].rates, .5));
      best_cpu = MIN (best_cpu, quantile (c[i].cpu_ms, .5));
    }

  g_print ("%d streams of %d faces, %s, batch-size %d, %u processors\n",
      o->streams, o->faces, o->precision, o->batch_size,
      g_get_num_processors ());
  g_print ("                                             CPU ms        "
           "frame, ms    faces\n");
  g_print ("window, us  threads    faces/s  gain   a face  gain  "
           "median    p99   a pass\n");
  for (guint i = 0; i < n; i++) {
    const gdouble rate = quantile (c[i].rates, .5);
    const gdouble cpu = quantile (c[i].cpu_ms, .5);

    g_print ("%10u  %7u  %9.0f  %4.2f  %7.2f  %4.2f  %6.1f %6.1f  %7.1f\n",
        c[i].window, c[i].threads, rate, rate / best_rate, cpu, best_cpu / cpu,
        quantile (c[i].latencies, .5), quantile (c[i].latencies, .99),
        mean_faces_per_pass (&c[i], o));
  }
}

/* Windows that the property takes, but 0. */
static gboolean
check_windows (gchar **windows)
{
  guint64 us;

  for (; windows && *windows; windows++)
    if (!g_ascii_string_to_unsigned (
            *windows, 10, 1, G_USEC_PER_SEC, &us, NULL))
      return FALSE;
  return TRUE;
}

static gboolean
parse (Options *o, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "streams", 0, 0, G_OPTION_ARG_INT, &o->streams, "default 16", "N" },
    { "faces", 0, 0, G_OPTION_ARG_INT, &o->faces, "on a frame; default 1",
        "N" },
    { "fps", 0, 0, G_OPTION_ARG_INT, &o->fps,
        "frames a second and stream, which come one stream after another; "
        "default 0: as many as it can",
        "N" },
    { "window", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->windows,
        "batch-window to compare with none; may be given more than once; "
        "default 2000 and 5000",
        "US" },
    { "batch-size", 0, 0, G_OPTION_ARG_INT, &o->batch_size,
        "default: faces of all streams", "N" },
    { "precision", 0, 0, G_OPTION_ARG_STRING, &o->precision,
        "auto, fp32, fp16 or int8; default auto", "P" },
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &o->model,
        "default: the default model", "FILE" },
    { "rounds", 0, 0, G_OPTION_ARG_INT, &o->rounds, "turns; default 5", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &o->seconds,
        "that a turn takes; default 1", "S" },
    G_OPTION_ENTRY_NULL,
  };
  GOptionContext *context = g_option_context_new (NULL);
  gboolean ok;

  g_option_context_set_summary (
      context, "What sharing passes over the weights gains many streams.");
  g_option_context_add_main_entries (context, entries, NULL);
  ok = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  if (ok && (*argc > 1 || o->streams < 1 || o->streams > 256 || o->faces < 1 ||
                o->faces > 256 || o->fps < 0 || o->fps > 1000 ||
                o->batch_size < 0 || o->batch_size > 256 || o->rounds < 1 ||
                !(o->seconds >= 0 && o->seconds <= 3600) ||
                !check_windows (o->windows))) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--streams and --faces are 1 to 256, --batch-size at most 256, --fps "
        "at most 1000, --rounds 1 or more, --seconds 0 to 3600, --window 1 to "
        "1000000 microseconds, and there is nothing but options");
    ok = FALSE;
  }
  return ok;
}

/* Without a window on one thread and on all, for either may be the better, and
 * with each of the windows on all. */
static Contender *
contenders_new (const Options *o, GstBuffer *frame, guint *n)
{
  static const gchar *const usual[] = { "2000", "5000", NULL };
  const gchar *const *windows =
      o->windows ? (const gchar *const *) o->windows : usual;
  Contender *c = g_new (Contender, g_strv_length ((gchar **) windows) + 2);

  *n = 0;
  contender_init (&c[(*n)++], 0, 1, o, frame);
  contender_init (&c[(*n)++], 0, 0, o, frame);
  for (const gchar *const *w = windows; *w; w++)
    contender_init (
        &c[(*n)++], (guint) g_ascii_strtoull (*w, NULL, 10), 0, o, frame);
  return c;
}

int
main (int argc, char **argv)
{
  Options o = { .streams = 16,
    .faces = 1,
    .rounds = 5,
    .seconds = 1,
    .precision = "auto",
    .model = DEFAULT_MODEL };
  GError *error = NULL;
  Contender *contenders;
  GstBuffer *frame;
  guint n;

  if (!parse (&o, &argc, &argv, &error)) {
    g_printerr ("streams: %s\n", error->message);
    g_error_free (error);
    return 2;
  }
  if (!o.batch_size)
    o.batch_size = MIN (o.streams * o.faces, 256);
  g_setenv ("REN_PLUGIN_DIR", PLUGIN_DIR, FALSE);
  test_init (&argc, &argv);

  frame = picture_with_faces ((guint) o.faces);
  contenders = contenders_new (&o, frame, &n);
  for (gint round = 0; round < o.rounds; round++)
    for (guint i = 0; i < n; i++)
      take_turn (&contenders[i], &o, frame);
  show (contenders, n, &o);

  for (guint i = 0; i < n; i++)
    contender_clear (&contenders[i], &o);
  g_free (contenders);
  g_strfreev (o.windows);
  gst_buffer_unref (frame);
  return 0;
}
