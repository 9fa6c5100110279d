/* Results, to a file or to standard output.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <json-glib/json-glib.h>

/* Writes text to --output, whole or not at all, or to standard output. A
 * device or a pipe given as --output is written to, not replaced. */
gboolean output_write (const GString *text, GError **error);

/* The same to a file that is named. */
gboolean output_write_file (
    const char *path, const GString *text, GError **error);

/* Whether results go to a file, so that standard output is free for people. */
gboolean output_is_file (void);

/* The same for JSON, indented. */
gboolean output_write_json (JsonBuilder *builder, GError **error);

/* A member whose value is a number: null unless it is finite, which is all
 * that JSON knows, and rounded to six decimals. */
void output_json_number (JsonBuilder *builder, const char *key, double value);

/* Members that name a file: `file`, and where its name is not UTF-8, and `file`
 * hence not exact, `uri`, whose escapes are. */
void output_json_file (
    JsonBuilder *builder, const char *name, const char *path);

/* A member, text that is UTF-8 already or made so. */
void output_json_text (JsonBuilder *builder, const char *key, const char *text);
