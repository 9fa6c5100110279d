/* What ten people's votes on a face come to.
 * SPDX-License-Identifier: MIT
 */
#include "dataset-fer.h"

#define UNDECIDED "no emotion has enough of the votes"
#define UNUSABLE "voted unknown or not a face"

static guint
largest (const guint *votes, guint n)
{
  guint best = 0;

  for (guint i = 1; i < n; i++)
    if (votes[i] > votes[best])
      best = i;
  return best;
}

static guint
sum (const guint *votes, guint n)
{
  guint total = 0;

  for (guint i = 0; i < n; i++)
    total += votes[i];
  return total;
}

static void
set_shares (const guint votes[N_VOTES], float shares[N_VOTED_EMOTIONS])
{
  const guint total = sum (votes, N_VOTED_EMOTIONS);

  for (guint i = 0; i < N_VOTED_EMOTIONS; i++)
    shares[i] = (float) votes[i] / (float) total;
}

static void
set_one (guint emotion, float shares[N_VOTED_EMOTIONS])
{
  for (guint i = 0; i < N_VOTED_EMOTIONS; i++)
    shares[i] = i == emotion ? 1 : 0;
}

/* The paper's "majority voting": more than half of what is left without the
 * outliers. */
static const char *
take_majority (const guint votes[N_VOTES], float shares[N_VOTED_EMOTIONS])
{
  const guint best = largest (votes, N_VOTES);

  if (2 * votes[best] <= sum (votes, N_VOTES))
    return UNDECIDED;
  if (best >= N_VOTED_EMOTIONS)
    return UNUSABLE;
  set_one (best, shares);
  return NULL;
}

/* The paper's "cross-entropy loss": by falling votes, and all that have equally
 * many at once, emotions are taken until they have three quarters of the votes
 * or are three; "unknown" and "no face" end that. They must have more than half
 * of the votes then, and be at most three. */
static const char *
take_most (const guint votes[N_VOTES], float shares[N_VOTED_EMOTIONS])
{
  const guint total = sum (votes, N_VOTES);
  guint left[N_VOTES], taken[N_VOTES] = { 0 };
  guint n_taken = 0, n_votes = 0;

  for (guint i = 0; i < N_VOTES; i++)
    left[i] = votes[i];
  while (4 * n_votes < 3 * total && n_taken < 3) {
    const guint most = left[largest (left, N_VOTES)];

    for (guint i = 0; i < N_VOTED_EMOTIONS; i++)
      if (left[i] == most) {
        taken[i] = most;
        left[i] = 0;
        n_votes += most;
        n_taken++;
      }
    if (left[VOTE_UNKNOWN] == most || left[VOTE_NO_FACE] == most)
      break;
  }
  if (n_taken == 0)
    return UNUSABLE;
  if (2 * n_votes <= total || n_taken > 3)
    return UNDECIDED;
  set_shares (taken, shares);
  return NULL;
}

const char *
votes_decide (const guint votes[N_VOTES], DatasetVotes rule, DatasetSplit split,
    float shares[N_VOTED_EMOTIONS])
{
  const guint best = largest (votes, N_VOTED_EMOTIONS);
  guint kept[N_VOTES];

  if (rule == VOTES_PAPER) {
    for (guint i = 0; i < N_VOTES; i++)
      kept[i] = votes[i] > 1 ? votes[i] : 0;
    if (sum (kept, N_VOTES) == 0)
      return UNDECIDED;
    return split == SPLIT_VALIDATION || split == SPLIT_TEST
               ? take_majority (kept, shares)
               : take_most (kept, shares);
  }
  if (votes[best] == 0 || votes[VOTE_UNKNOWN] >= votes[best] ||
      votes[VOTE_NO_FACE] >= votes[best])
    return UNUSABLE;
  if (rule == VOTES_SOFT) {
    set_shares (votes, shares);
    return NULL;
  }
  for (guint i = best + 1; i < N_VOTED_EMOTIONS; i++)
    if (votes[i] == votes[best])
      return UNDECIDED;
  set_one (best, shares);
  return NULL;
}
