/* emotionpublish: the element's properties. SPDX-License-Identifier: MIT */
#pragma once

#include "file-destination.h"
#include "frame-filter.h"
#include "kafka-destination.h"
#include "mqtt-destination.h"

typedef struct
{
  FileConfig file;
  MqttConfig mqtt;
  KafkaConfig kafka;
  FrameFilterConfig filter;
  gchar *source;      /* NULL = what the stream says */
  gchar *tags;        /* a JSON object, or NULL */
  gchar *spool;       /* a folder, or NULL */
  guint64 spool_size; /* bytes */
  guint max_queue;    /* messages */
  guint64 max_queue_bytes;
  guint64 drain_timeout; /* ns */
  /* an address had a password in it: it was not kept */
  guint64 refused; /* bits of properties */
} PublishSettings;

/* The last property, which is not a setting. */
#define PUBLISH_PROP_STATS 1000

void publish_settings_install (GObjectClass *klass);
void publish_settings_init (PublishSettings *settings);
void publish_settings_copy (PublishSettings *to, const PublishSettings *from);
void publish_settings_clear (PublishSettings *settings);

/* Both to be called with the object lock held. FALSE if there is no such
 * property here. */
gboolean publish_settings_set (
    PublishSettings *settings, guint id, const GValue *value);
gboolean publish_settings_get (
    const PublishSettings *settings, guint id, GValue *value);
