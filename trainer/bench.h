/* What the benchmarks of `bench` share. SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

#include "app.h"

/* Turns that are timed at least, so that there is a median. */
#define BENCH_MIN_TURNS 3

typedef struct
{
  double median, min, max;
} Spread;

/* Of an array of double, which is sorted. */
Spread bench_spread (GArray *values);

/* Never 0. */
double bench_milliseconds (gint64 from_us, gint64 to_us);

/* Most memory that this process has had, in bytes. */
guint64 bench_peak_memory (void);

void bench_json_count (JsonBuilder *builder, const char *key, guint64 n);
void bench_json_spread (
    JsonBuilder *builder, const char *key, const Spread *spread);

/* One batch size, on n_threads threads, for so many seconds: a paragraph for
 * people, and an object. */
gboolean bench_train (guint batch, guint n_threads, double seconds,
    GString *text, JsonBuilder *builder, GError **error);
/* layers: for people, too, what each layer takes */
gboolean bench_infer (RenModel *model, guint batch, guint n_threads,
    double seconds, gboolean layers, GString *text, JsonBuilder *builder,
    GError **error);

/* The element `resemotenet` on frames with some faces and with many, each for so
 * many seconds: a table for people, and objects. batch: 0 = the element's own */
gboolean bench_pipeline (RenModel *model, guint batch, guint n_threads,
    double seconds, GString *text, JsonBuilder *builder, GError **error);
