/* The numbers of a checkpoint beside its arrays. SPDX-License-Identifier: MIT */
#include <math.h>

#include "fuzz-input.h"
#include "fuzzer.h"
#include "trainer-private.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = fuzz_text ((FuzzInput){ data, size });
  g_autofree RenTrainer *trainer = g_new0 (RenTrainer, 1);
  g_autofree RenTrainer *again = g_new0 (RenTrainer, 1);
  guint64 version;

  /* what was read, is written so that the same is read again */
  if (ren_trainer_state_from_text (trainer, text, &version) && version == 1) {
    g_autofree char *written = ren_trainer_state_to_text (trainer);

    g_assert_true (isfinite (trainer->decay.weight));
    g_assert_true (ren_trainer_state_from_text (again, written, &version));
    g_assert_cmpuint (again->n_steps, ==, trainer->n_steps);
    g_assert_cmpuint (again->options.seed, ==, trainer->options.seed);
    g_assert (again->decay.average == trainer->decay.average);
  }
  return 0;
}
