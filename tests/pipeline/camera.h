/* A camera on loopback: an RTSP server that can be switched off and on.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#define CAMERA_FPS 15

typedef struct _Camera Camera;

/**
 * camera_new:
 * @password: (nullable): what the user `someone` has to give
 *
 * It is off. Serves in a thread of its own, always on the same port.
 */
Camera *camera_new (const gchar *password);
void camera_free (Camera *camera);

/**
 * camera_set_pictures:
 * @location: JPEG files that it sees in turn, as multifilesrc's location; until
 *   then, it is the sample picture
 * @fps: how many a second; until then, CAMERA_FPS
 *
 * From when it is switched on next.
 */
void camera_set_pictures (Camera *camera, const gchar *location, gint fps);

/**
 * camera_switch_on:
 * @codec: "vp8", "jpeg" or "h264"
 * @width: of what it sends, and height
 */
void camera_switch_on (Camera *camera, const gchar *codec, gint width);

/* Clients lose their connection, and find nobody there. */
void camera_switch_off (Camera *camera);

/* Sends nothing more to those who are connected, without a word. */
void camera_fall_silent (Camera *camera);

/* Returns: (transfer full): rtsp://[@user_info@]127.0.0.1:PORT/camera */
gchar *camera_get_uri (Camera *camera, const gchar *user_info);

/* Returns: what is missing to make one, or NULL */
const gchar *camera_find_missing (void);
