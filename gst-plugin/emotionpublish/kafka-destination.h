/* A topic of a Kafka cluster, by librdkafka. SPDX-License-Identifier: MIT */
#pragma once

#include "destination.h"

typedef enum
{
  KAFKA_KEY_NONE,
  KAFKA_KEY_SOURCE,
} KafkaKey;

typedef struct
{
  gchar *
      address; /* HOST[:PORT][,HOST[:PORT]…]/TOPIC, kafka:// before it or not */
  gchar *config; /* a file of librdkafka's settings, or NULL */
  KafkaKey key;
} KafkaConfig;

/* Checks what can be checked without a connection. *warning may become a text
 * for the user. */
Destination *kafka_destination_new (
    const KafkaConfig *config, gchar **warning, GError **error);
