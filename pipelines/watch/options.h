/* The command line. SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "credentials.h"
#include "input.h"

typedef struct
{
  gchar *source; /* as given, but for credentials */
  Credentials credentials;
  RtspTransport transport;
  gchar *model;
  gchar *json; /* file, "-" for standard output, NULL for none */
  gchar *annotate;
  gchar *report;       /* HTML file */
  gchar *faces;        /* folder for pictures of faces */
  gchar *http;         /* what to listen on */
  gchar *mqtt, *kafka; /* addresses of brokers, with topics */
  gchar *spool;        /* folder for what the brokers do not take yet */
  gchar *detector;
  gchar *precision;     /* NULL: as stored */
  gchar *overlay_style; /* NULL: the overlay's default */
  gint threads;
  gdouble duration;  /* seconds, 0 = to the end */
  gdouble interval;  /* seconds of video between two printed lines */
  gdouble smoothing; /* seconds; 0: each frame by itself */
  gboolean display;
  gboolean quiet;
  gboolean help, version; /* answered; there is nothing else to do */
} Options;

/**
 * options_parse:
 * @options: (out caller-allocates): cleared with options_clear(), also after a
 *   failure
 * @argc: arguments of main()
 * @argv: (inout): likewise; credentials in them are overwritten
 *
 * Says what is wrong. Initialises GStreamer.
 *
 * Returns: whether they can be used
 */
gboolean options_parse (Options *options, int *argc, char ***argv);

void options_clear (Options *options);
