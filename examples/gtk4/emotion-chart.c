/* SPDX-License-Identifier: MIT
 *
 * Each person has a panel: name and emotion, a bar for each class, and the last
 * ten seconds as areas on top of each other, that together fill the height
 * because scores add up to 1. Text and bars' ground are drawn in the widget's
 * colour, which follows light and dark themes.
 */
/* no warnings about what later versions have deprecated */
#define GDK_VERSION_MIN_REQUIRED GDK_VERSION_4_8

#include "emotion-chart.h"

#include <gst/resemotenet/gstemotionmeta.h>

#define SHOWN (10 * GST_SECOND)
#define GONE_AFTER GST_SECOND
#define MARGIN 12.
#define ROW 20.

typedef struct
{
  GstClockTime time;
  float scores[GST_EMOTION_MAX_CLASSES];
} Moment;

typedef struct
{
  gint64 id;
  gint label_id;
  float confidence;
  GstEmotionClasses *classes;
  GArray *moments; /* Moment, the latest last */
} Person;

struct _EmotionChart
{
  GtkDrawingArea parent;
  GPtrArray *people; /* Person, by id */
};

G_DEFINE_TYPE (EmotionChart, emotion_chart, GTK_TYPE_DRAWING_AREA)

/* ---- what is known ----------------------------------------------------- */

static void
person_free (gpointer data)
{
  Person *person = data;

  gst_emotion_classes_unref (person->classes);
  g_array_unref (person->moments);
  g_free (person);
}

static const Moment *
latest (const Person *person)
{
  return &g_array_index (person->moments, Moment, person->moments->len - 1);
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const gint64 ida = (*(Person *const *) a)->id;
  const gint64 idb = (*(Person *const *) b)->id;

  return (ida > idb) - (ida < idb);
}

static Person *
person_of (EmotionChart *self, const GstEmotionMeta *face)
{
  for (guint i = 0; i < self->people->len; i++) {
    Person *person = g_ptr_array_index (self->people, i);

    if (person->id == face->track_id && person->classes == face->classes)
      return person;
  }
  Person *person = g_new0 (Person, 1);
  person->id = face->track_id;
  person->classes = gst_emotion_classes_ref (face->classes);
  person->moments = g_array_new (FALSE, FALSE, sizeof (Moment));
  g_ptr_array_add (self->people, person);
  g_ptr_array_sort (self->people, compare_ids);
  return person;
}

static void
forget_before (Person *person, GstClockTime time)
{
  guint n = 0;

  while (n < person->moments->len &&
         g_array_index (person->moments, Moment, n).time < time)
    n++;
  if (n > 0)
    g_array_remove_range (person->moments, 0, n);
}

void
emotion_chart_add (EmotionChart *self, GstBuffer *frame)
{
  const GstClockTime now = GST_BUFFER_PTS (frame);
  const GstClockTime start = now > SHOWN ? now - SHOWN : 0;
  gpointer state = NULL;
  GstEmotionMeta *face;

  if (!GST_CLOCK_TIME_IS_VALID (now))
    return;
  while ((face = gst_buffer_iterate_emotion_meta (frame, &state))) {
    Person *person = person_of (self, face);
    Moment moment = { .time = now };

    memcpy (moment.scores, face->scores, face->n_scores * sizeof (float));
    g_array_append_val (person->moments, moment);
    forget_before (person, start);
    person->label_id = face->label_id;
    person->confidence = face->confidence;
  }
  for (guint i = self->people->len; i-- > 0;)
    if (latest (g_ptr_array_index (self->people, i))->time + GONE_AFTER < now)
      g_ptr_array_remove_index (self->people, i);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
emotion_chart_clear (EmotionChart *self)
{
  g_ptr_array_set_size (self->people, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- drawing ----------------------------------------------------------- */

/* As emotionoverlay has them: colours of M. Okabe and K. Ito, which people of
 * every colour vision tell apart. */
static GdkRGBA
color_of (const char *label)
{
  static const struct
  {
    const char *label, *color;
  } known[] = {
    { "happy", "#f0e442" },
    { "surprise", "#e69f00" },
    { "sad", "#0072b2" },
    { "anger", "#d55e00" },
    { "disgust", "#009e73" },
    { "fear", "#cc79a7" },
    { "neutral", "#8f979e" },
  };
  GdkRGBA color;

  gdk_rgba_parse (&color, "#56b4e9");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (label, known[i].label))
      gdk_rgba_parse (&color, known[i].color);
  return color;
}

/* @align: 0 to have @x at the text's left, 1 at its right */
static void
draw_text (EmotionChart *self, cairo_t *cr, double x, double y, double align,
    const char *markup)
{
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  int width, height;

  pango_layout_set_markup (layout, markup, -1);
  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (cr, x - align * width, y - height / 2.);
  pango_cairo_show_layout (cr, layout);
}

static void
draw_bars (EmotionChart *self, cairo_t *cr, const Person *person,
    const GdkRGBA *ink, double width, double top)
{
  const double left = 80, right = width - 48;

  for (guint i = 0; i < gst_emotion_classes_get_n_labels (person->classes);
       i++) {
    const char *label =
        gst_emotion_classes_get_label (person->classes, (int) i);
    const float score = latest (person)->scores[i];
    const double middle = top + (i + .5) * ROW;
    const GdkRGBA color = color_of (label);
    g_autofree char *name = g_markup_escape_text (label, -1);
    g_autofree char *percent = g_strdup_printf ("%.0f %%", 100 * score);

    gdk_cairo_set_source_rgba (cr, ink);
    draw_text (self, cr, 0, middle, 0, name);
    draw_text (self, cr, width, middle, 1, percent);
    cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, .1);
    cairo_rectangle (cr, left, middle - 6, right - left, 12);
    cairo_fill (cr);
    gdk_cairo_set_source_rgba (cr, &color);
    cairo_rectangle (cr, left, middle - 6, (right - left) * score, 12);
    cairo_fill (cr);
  }
}

static void
draw_history (cairo_t *cr, const Person *person, const GdkRGBA *ink,
    double width, double top, double height)
{
  const GArray *moments = person->moments;
  const guint n_labels = gst_emotion_classes_get_n_labels (person->classes);
  g_autofree float *below = g_new0 (float, moments->len);

  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, .1);
  cairo_rectangle (cr, 0, top, width, height);
  cairo_fill (cr);
  /* along an area's upper edge to the latest, and back along its lower one */
  for (guint i = 0; i < n_labels; i++) {
    const GdkRGBA color =
        color_of (gst_emotion_classes_get_label (person->classes, (int) i));

    for (guint k = 0; k < 2 * moments->len; k++) {
      const gboolean forth = k < moments->len;
      const guint at = forth ? k : 2 * moments->len - 1 - k;
      const Moment *m = &g_array_index (moments, Moment, at);
      const double age = (double) (latest (person)->time - m->time) / SHOWN;

      if (forth)
        below[at] += m->scores[i];
      cairo_line_to (cr, width * (1 - age),
          top + height * (1 - (forth ? below[at] : below[at] - m->scores[i])));
    }
    gdk_cairo_set_source_rgba (cr, &color);
    cairo_fill (cr);
  }
}

static void
draw_person (EmotionChart *self, cairo_t *cr, const Person *person,
    const GdkRGBA *ink, double width, double height)
{
  const double history =
      ROW * (1.5 + gst_emotion_classes_get_n_labels (person->classes));
  g_autofree char *title = g_markup_printf_escaped (
      "<b>Person %" G_GINT64_FORMAT ": %s %.0f %%</b>", person->id,
      gst_emotion_classes_get_label (person->classes, person->label_id),
      100 * person->confidence);

  gdk_cairo_set_source_rgba (cr, ink);
  draw_text (self, cr, 0, ROW / 2, 0, title);
  draw_bars (self, cr, person, ink, width, ROW);
  if (history + ROW < height)
    draw_history (cr, person, ink, width, history, height - history);
}

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  EmotionChart *self = EMOTION_CHART (area);
  /* whole pixels, for sharp edges */
  const int share = (int) ((height - MARGIN) / MAX (self->people->len, 1u));
  GdkRGBA ink;

  gtk_style_context_get_color (
      gtk_widget_get_style_context (GTK_WIDGET (area)), &ink);
  if (self->people->len == 0) {
    gdk_cairo_set_source_rgba (cr, &ink);
    draw_text (self, cr, width / 2., height / 2., .5, "no face");
  }
  for (guint i = 0; i < self->people->len; i++) {
    cairo_save (cr);
    cairo_translate (cr, MARGIN, MARGIN + i * share);
    cairo_rectangle (cr, 0, 0, width - 2 * MARGIN, share - MARGIN);
    cairo_clip (cr);
    draw_person (self, cr, g_ptr_array_index (self->people, i), &ink,
        width - 2 * MARGIN, share - MARGIN);
    cairo_restore (cr);
  }
}

/* ---- widget ------------------------------------------------------------ */

static void
emotion_chart_finalize (GObject *object)
{
  g_ptr_array_unref (EMOTION_CHART (object)->people);
  G_OBJECT_CLASS (emotion_chart_parent_class)->finalize (object);
}

static void
emotion_chart_class_init (EmotionChartClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = emotion_chart_finalize;
  gtk_widget_class_set_accessible_role (
      GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
emotion_chart_init (EmotionChart *self)
{
  self->people = g_ptr_array_new_with_free_func (person_free);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (self), draw, NULL, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
      GTK_ACCESSIBLE_PROPERTY_LABEL, "Scores of each face", -1);
}

GtkWidget *
emotion_chart_new (void)
{
  return g_object_new (
      EMOTION_TYPE_CHART, "content-width", 280, "content-height", 360, NULL);
}
