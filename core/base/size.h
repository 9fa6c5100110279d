/* Sizes that come from a file are multiplied and added only through these.
 * SPDX-License-Identifier: MIT
 *
 * Each returns FALSE, leaving *dest alone or undefined, when the result does
 * not fit.
 */
#pragma once

#include <glib.h>

#define ren_size_mul(dest, a, b) g_uint64_checked_mul ((dest), (a), (b))
#define ren_size_add(dest, a, b) g_uint64_checked_add ((dest), (a), (b))
