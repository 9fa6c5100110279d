/* The arithmetic of a product without its memory, again and again: what the
 * processor can do at most. Included last by the templates of products, whose
 * macros it takes back, with
 *   SATURATE_R, SATURATE_V  rows and vectors of a tile, their sums in registers.
 *                           With one row, all have the same weights, too, which
 *                           is for ADD_PRODUCTS of one instruction: of several,
 *                           compilers would share what is the same.
 * SPDX-License-Identifier: MIT */

/* The numbers are the caller's, so that compilers cannot know what comes out.
 * Returns the multiply-adds of a round. */
static G_GNUC_UNUSED gsize
G_PASTE (PRODUCT, _saturate) (
    gsize n_rounds, guint8 numbers[REN_SATURATE_BYTES])
{
  enum
  {
    N_WEIGHTS = SATURATE_R > 1 ? SATURATE_V : 1
  };
  const volatile ELEMENT *source = (const ELEMENT *) numbers;
  const WEIGHT *w = (const WEIGHT *) numbers;
  __typeof__ (LOAD_WEIGHTS (w)) b[N_WEIGHTS];
  SUMS sum[SATURATE_R][SATURATE_V];

  G_STATIC_ASSERT (sizeof sum <= REN_SATURATE_BYTES);
  memcpy (sum, numbers, sizeof sum);
  for (guint j = 0; j < N_WEIGHTS; j++)
    b[j] = LOAD_WEIGHTS (w + j * LANES);
  for (gsize round = 0; round < n_rounds; round++)
    for (guint i = 0; i < SATURATE_R; i++) {
      const ELEMENT x = source[i];

      for (guint j = 0; j < SATURATE_V; j++)
        sum[i][j] = ADD_PRODUCTS (sum[i][j], x, b[j % N_WEIGHTS]);
    }
  memcpy (numbers, sum, sizeof sum);
  return SATURATE_R * SATURATE_V * LANES * PRODUCTS_OF_ELEMENT;
}

/* that was one product */
#undef SATURATE_R
#undef SATURATE_V
#undef PRODUCT
#undef PRODUCTS_OF_ELEMENT
#undef ELEMENT
#undef WEIGHT
#undef SUM
#undef SUMS
#undef LOAD_WEIGHTS
#undef ADD_PRODUCTS
