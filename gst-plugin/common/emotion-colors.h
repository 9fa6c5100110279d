/* One colour for each emotion, the same in every picture that is made of them
 * SPDX-License-Identifier: MIT
 *
 * The eight colours are those of M. Okabe and K. Ito, "Color Universal Design"
 * (2008, https://jfly.uni-koeln.de/color/), which people of every colour vision
 * tell apart; their black is a grey here, that is seen on dark ground, too.
 * Which emotion has which follows habit where there is one: anger is red, sadness
 * blue, disgust green, what is neutral grey.
 */
#pragma once

#include <glib.h>

/* Of faces that are below the threshold of confidence, and of all that is
 * summed up under no label. */
#define EMOTION_COLOR_UNKNOWN 0xc4cad1

/**
 * emotion_color:
 * @label: a label of any model, UTF-8
 *
 * The colour of an emotion that stands alone. Known names, such as "happy",
 * "Happiness" or "joy", have theirs; others get one that follows from the name,
 * and that two of them may share: where all labels of a model are known, ask
 * emotion_colors().
 *
 * Returns: sRGB, 0xRRGGBB
 */
guint32 emotion_color (const gchar *label);

/**
 * emotion_colors:
 * @labels: labels of one model
 * @n_labels: their number
 * @colors: (out) (array length=n_labels): sRGB, 0xRRGGBB
 *
 * Colours for labels that are shown together: as emotion_color() for the known
 * ones, and for the others, in their order, those of the palette that are not
 * taken, then darker and lighter shades of them. No two are the same up to 32
 * labels of different meaning.
 */
void emotion_colors (
    const gchar *const *labels, guint n_labels, guint32 *colors);

/**
 * emotion_color_ink:
 * @rgb: a colour, 0xRRGGBB
 *
 * Returns: black or white, 0xRRGGBB: which of them is easier to read on it
 */
guint32 emotion_color_ink (guint32 rgb);
