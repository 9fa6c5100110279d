/* Connections: how many, for how long. SPDX-License-Identifier: MIT
 *
 * libsoup waits for ever for a request that never ends and for a reader that
 * never reads, and leaks the path of a request whose body it does not understand.
 * Here a connection has one request, without a body, which libsoup gets when its
 * head is there; it has a time by which what it does is done; and there are so
 * many of them. In the server's thread.
 */
#pragma once

#include <libsoup/soup.h>

#include "web-stream.h"

#define WEB_MAX_CLIENTS 96

typedef struct _WebClients WebClients;

typedef struct
{
  WebClients *clients;
  GSocket *socket;
  GSocketConnection *connection; /* until libsoup has it */
  GSocketAddress *remote;        /* likewise */
  GSource *head;                 /* likewise: waits for the request's head */
  gsize head_bytes;              /* that are there */
  gint64 deadline;   /* monotonic, µs; not looked at while a stream has none */
  gboolean busy;     /* has asked for something, and waits for it */
  gboolean shut;     /* is to go */
  WebStream *stream; /* (nullable) (owned): what it gets */
} WebClient;

struct _WebClients
{
  SoupServer *soup;
  gchar *refusal; /* (owned): the whole answer to a request with a body */
  GQueue all;     /* of WebClient, oldest first */
  GSource *timer; /* while there are any */
};

/**
 * web_clients_add:
 *
 * Has libsoup serve @connection, when it has asked for something. Beyond %WEB_MAX_CLIENTS the oldest of those that
 * have not asked for anything goes, so that connections that only wait keep
 * nobody out; if all are busy the new one is closed.
 */
void web_clients_add (WebClients *clients, GSocketConnection *connection);

/**
 * web_client_of: the client that sent @message.
 */
WebClient *web_client_of (SoupServerMessage *message);

/* The client's request is read. */
void web_client_begin (WebClient *client);

/* It has its response, or is gone. */
void web_client_finish (WebClient *client);

/* Sends all streams what is new. */
void web_clients_advance (WebClients *clients);

/* Ends all streams, and closes what has not asked for anything. */
void web_clients_end (WebClients *clients);

/* Whether any has a stream. */
gboolean web_clients_have_streams (const WebClients *clients);

/* Whether any is left: libsoup closes connections in other threads. */
gboolean web_clients_any (const WebClients *clients);

void web_clients_clear (WebClients *clients);
