/* A line for each face, for people. SPDX-License-Identifier: MIT */
#pragma once

#include "frames.h"

typedef struct
{
  GstClockTime interval; /* of video between two frames that are printed */
  GstClockTime next;
  gint failed; /* atomic: nobody reads any more */
} Printer;

/* A FrameConsumer of a Printer. */
void printer_take (gpointer self, const Frame *frame);
