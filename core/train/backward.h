/* What the two files of the backward pass share.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "net.h"

/* From this rank's Σ g and Σ g x̂ (sum_g, sum_gx) to the gradients of beta and
 * gamma, and to the means over all that the norm saw. */
void ren_backward_finish_norm (RenNet *net, RenLayerId id);

/* Panels of 32 input channels that a layer's weights are turned into. */
guint ren_backward_n_input_panels (const RenNet *net, RenLayerId id);

/* Columns of a layer's weights, for its input's gradient: panel p becomes
 * [tap][c_out][32 input channels]. */
void ren_backward_transpose_panel (
    const RenNet *net, RenLayerId id, guint panel, float *out);

/* The gradient of 32 input channels, from the turned panel. */
void ren_backward_input_gradient (const RenNet *net, RenLayerId id, guint panel,
    guint n_images, const float *transposed, const float *d_out, float *d_in,
    gboolean accumulate);

/* Adds the gradient of 32 output channels' weights. */
void ren_backward_weight_gradient (const RenNet *net, RenLayerId id,
    guint panel, guint n_images, const float *in, const float *d_out,
    float *gradient);

/* From a stage's d_out to its weights' gradient and the d_out before. */
void ren_backward_stage (RenNet *net, guint stage);

/* From the third stage's d_out to the gradient of conv3's output, in its z,
 * with running statistics. */
void ren_backward_conv3 (RenNet *net);
