/* SPDX-License-Identifier: MIT */
#include "emotion-colors.h"

#include <math.h>
#include <string.h>

enum
{
  YELLOW = 0xf0e442,
  ORANGE = 0xe69f00,
  BLUE = 0x0072b2,
  VERMILLION = 0xd55e00,
  GREEN = 0x009e73,
  PURPLE = 0xcc79a7,
  GREY = 0x8f979e,
  SKY = 0x56b4e9,
};

/* In the order in which labels that are not known get them. */
static const guint32 palette[] = { SKY, ORANGE, GREEN, PURPLE, BLUE, VERMILLION,
  YELLOW, GREY };
#define N_PALETTE G_N_ELEMENTS (palette)
/* the palette, darker, lighter, darker still */
#define N_SHADES (4 * N_PALETTE)

/* Names that models and data sets have, in lower case. */
static const struct
{
  const gchar *name;
  guint32 color;
} known[] = {
  { "happy", YELLOW },
  { "happiness", YELLOW },
  { "joy", YELLOW },
  { "surprise", ORANGE },
  { "surprised", ORANGE },
  { "sad", BLUE },
  { "sadness", BLUE },
  { "anger", VERMILLION },
  { "angry", VERMILLION },
  { "disgust", GREEN },
  { "disgusted", GREEN },
  { "fear", PURPLE },
  { "fearful", PURPLE },
  { "afraid", PURPLE },
  { "neutral", GREY },
  { "calm", GREY },
  { "contempt", SKY },
  { "unknown", EMOTION_COLOR_UNKNOWN },
};

static gboolean
find_known (const gchar *label, guint32 *color)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_ascii_strcasecmp (label, known[i].name) == 0) {
      *color = known[i].color;
      return TRUE;
    }
  return FALSE;
}

/* Each component moved some way towards @to. */
static guint32
blend (guint32 rgb, guint to, double share)
{
  guint32 out = 0;

  for (gint shift = 16; shift >= 0; shift -= 8) {
    const double from = rgb >> shift & 0xff;

    out |= (guint32) (from + (to - from) * share + .5) << shift;
  }
  return out;
}

static guint32
shade (guint i)
{
  const guint32 rgb = palette[i % N_PALETTE];

  switch (i / N_PALETTE % 4) {
    case 0:
      return rgb;
    case 1:
      return blend (rgb, 0, .4);
    case 2:
      return blend (rgb, 255, .5);
    default:
      return blend (rgb, 0, .7);
  }
}

guint32
emotion_color (const gchar *label)
{
  guint32 color;

  if (find_known (label, &color))
    return color;
  return palette[g_str_hash (label) % N_PALETTE];
}

static gboolean
is_taken (guint32 color, const guint32 *colors, const gboolean *set, guint n)
{
  for (guint i = 0; i < n; i++)
    if (set[i] && colors[i] == color)
      return TRUE;
  return FALSE;
}

void
emotion_colors (const gchar *const *labels, guint n_labels, guint32 *colors)
{
  g_autofree gboolean *set = g_new (gboolean, MAX (n_labels, 1));
  guint next = 0;

  for (guint i = 0; i < n_labels; i++)
    set[i] = find_known (labels[i], &colors[i]);
  for (guint i = 0; i < n_labels; i++) {
    if (set[i])
      continue;
    while (next < N_SHADES && is_taken (shade (next), colors, set, n_labels))
      next++;
    colors[i] = shade (next++);
    set[i] = TRUE;
  }
}

/* Relative luminance as WCAG 2 has it. */
static double
luminance (guint32 rgb)
{
  static const double weights[] = { .2126, .7152, .0722 };
  double sum = 0;

  for (guint i = 0; i < 3; i++) {
    const double v = (rgb >> (16 - 8 * i) & 0xff) / 255.;

    sum +=
        weights[i] * (v <= .04045 ? v / 12.92 : pow ((v + .055) / 1.055, 2.4));
  }
  return sum;
}

guint32
emotion_color_ink (guint32 rgb)
{
  const double l = luminance (rgb);

  /* contrast ratios to black and to white */
  return (l + .05) / .05 >= 1.05 / (l + .05) ? 0x000000 : 0xffffff;
}
