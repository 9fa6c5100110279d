/* An MQTT broker's topic, by libmosquitto. SPDX-License-Identifier: MIT */
#pragma once

#include "destination.h"

typedef struct
{
  gchar *address;         /* mqtt://HOST[:PORT]/TOPIC, or mqtts:// for TLS */
  gchar *credentials;     /* a file with username= and password=, or NULL */
  gchar *ca, *cert, *key; /* PEM files, or NULL */
  gchar *client_id;       /* NULL = one of its own each time */
  guint qos;              /* 0 to 2 */
  gboolean retain;
  guint keepalive;      /* seconds */
  gchar *will_topic;    /* NULL = TOPIC/status; "" = none */
  gchar *will_payload;  /* when it is gone, whether it said so or not */
  gchar *birth_payload; /* when it is connected */
} MqttConfig;

/* Checks what can be checked without a connection. *warning may become a text
 * for the user. */
Destination *mqtt_destination_new (
    const MqttConfig *config, gchar **warning, GError **error);
