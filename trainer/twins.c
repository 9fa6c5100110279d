/* Finds faces that occur more than once.
 * SPDX-License-Identifier: MIT
 *
 * Near twins are looked for as in Norouzi, Punjani and Fleet 2012, "Fast Search
 * in Hamming Space with Multi-Index Hashing": hashes that differ in at most n
 * bits agree in at least one of n + 1 parts, so that only those that share a
 * part need to be compared.
 */
#include <math.h>
#include <string.h>

#include "app.h"
#include "fingerprint.h"

/* Parts of at most 16 bits keep the tables small. */
#define MIN_PARTS 4

/* Reduced faces of twins correlate at least this much: different faces that
 * happen to share the signs of low frequencies do not. */
#define MIN_CORRELATION .98

/* Frequencies of odd number across change sign when a face is mirrored. */
#define MIRROR_MASK G_GUINT64_CONSTANT (0xaaaaaaaaaaaaaaaa)

/* ---- groups -------------------------------------------------------------- */

/* Groups are trees whose root is their first face. */
static guint
find_root (guint *group, guint i)
{
  while (group[i] != i) {
    group[i] = group[group[i]];
    i = group[i];
  }
  return i;
}

static void
join (guint *group, guint a, guint b)
{
  a = find_root (group, a);
  b = find_root (group, b);
  group[MAX (a, b)] = MIN (a, b);
}

static guint
hash_digest (gconstpointer digest)
{
  guint value;

  memcpy (&value, digest, sizeof value);
  return value;
}

static gboolean
equal_digests (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof ((Fingerprint *) NULL)->digest) == 0;
}

void
twins_identical (const Fingerprint *prints, guint n, guint *group)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (hash_digest, equal_digests);

  for (guint i = 0; i < n; i++) {
    gpointer first;

    group[i] = i;
    if (g_hash_table_lookup_extended (seen, prints[i].digest, NULL, &first))
      group[i] = GPOINTER_TO_UINT (first);
    else
      g_hash_table_insert (
          seen, (gpointer) prints[i].digest, GUINT_TO_POINTER (i));
  }
}

/* ---- near twins ---------------------------------------------------------- */

typedef struct
{
  const Fingerprint *prints;
  guint *group;
  int max_bits;

  guint n;         /* different faces */
  guint *faces;    /* [n]: which they are */
  guint *sorted;   /* [n]: the same, by a part of their hash */
  guint64 *hashes; /* [n]: theirs, side by side to be compared fast */
  guint *begin;    /* [2^16 + 1]: where a value of that part begins in there */
} Search;

static gboolean
correlate (const Fingerprint *a, const Fingerprint *b, gboolean mirrored)
{
  gint64 sum = 0;

  for (guint y = 0; y < SMALL_SIZE; y++)
    for (guint x = 0; x < SMALL_SIZE; x++) {
      const guint other = mirrored ? SMALL_SIZE - 1 - x : x;

      sum += a->small[y * SMALL_SIZE + x] * b->small[y * SMALL_SIZE + other];
    }
  return (double) sum >=
         MIN_CORRELATION * sqrt ((double) a->energy * (double) b->energy);
}

/* Compares a face with those from @begin to @end, all by where they lie in
 * `sorted`. */
static void
compare (Search *search, guint face, guint begin, guint end, gboolean mirrored)
{
  const guint64 hash =
      mirrored ? search->hashes[face] ^ MIRROR_MASK : search->hashes[face];
  const guint i = search->sorted[face];

  for (guint at = begin; at < end; at++) {
    guint j;

    if (__builtin_popcountll (hash ^ search->hashes[at]) > search->max_bits)
      continue;
    j = search->sorted[at];
    if (find_root (search->group, i) != find_root (search->group, j) &&
        correlate (&search->prints[i], &search->prints[j], mirrored))
      join (search->group, i, j);
  }
}

/* Sorts by bits [low, high) of the hash. */
static guint
sort_by_part (Search *search, guint low, guint high)
{
  const guint n_values = 1u << (high - low);
  guint *begin = search->begin;

#define PART(i)                                                                \
  ((guint) (search->prints[search->faces[i]].hash >> low) & (n_values - 1))
  memset (begin, 0, (n_values + 1) * sizeof *begin);
  for (guint i = 0; i < search->n; i++)
    begin[PART (i) + 1]++;
  for (guint v = 0; v < n_values; v++)
    begin[v + 1] += begin[v];
  for (guint i = 0; i < search->n; i++)
    search->sorted[begin[PART (i)]++] = search->faces[i];
  memmove (begin + 1, begin, n_values * sizeof *begin);
  begin[0] = 0;
  for (guint i = 0; i < search->n; i++)
    search->hashes[i] = search->prints[search->sorted[i]].hash;
#undef PART
  return n_values;
}

static void
search_part (Search *search, guint low, guint high)
{
  const guint n_values = sort_by_part (search, low, high);
  const guint mirror = (guint) (MIRROR_MASK >> low) & (n_values - 1);
  const guint *starts = search->begin;

  for (guint v = 0; v < n_values; v++) {
    const guint w = v ^ mirror;

    for (guint i = starts[v]; i < starts[v + 1]; i++) {
      compare (search, i, i + 1, starts[v + 1], FALSE);
      if (w >= v) /* each pair of values once */
        compare (search, i, starts[w], starts[w + 1], TRUE);
    }
  }
}

void
twins_near (const Fingerprint *prints, guint n, guint max_bits, guint *group)
{
  const guint n_parts = MAX (max_bits + 1, MIN_PARTS);
  g_autofree guint *faces = g_new (guint, MAX (n, 1));
  g_autofree guint *sorted = g_new (guint, MAX (n, 1));
  g_autofree guint64 *hashes = g_new (guint64, MAX (n, 1));
  g_autofree guint *begin = g_new (guint, (1 << 16) + 1);
  Search search = { .prints = prints,
    .group = group,
    .max_bits = (int) max_bits,
    .faces = faces,
    .sorted = sorted,
    .hashes = hashes,
    .begin = begin };

  /* plain grey faces correlate with nothing */
  for (guint i = 0; i < n; i++)
    if (group[i] == i && prints[i].energy > 0)
      faces[search.n++] = i;
  console_progress_begin (n_parts, "passes");
  for (guint part = 0; part < n_parts; part++) {
    search_part (&search, 64 * part / n_parts, 64 * (part + 1) / n_parts);
    console_progress (part + 1);
  }
  console_progress_end ();
  for (guint i = 0; i < n; i++)
    group[i] = find_root (group, i);
}
