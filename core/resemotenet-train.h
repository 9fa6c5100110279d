/* resemotenet: training. Included by resemotenet.h.
 * SPDX-License-Identifier: MIT
 *
 *   faces, targets --ren_trainer_backward()-> loss, gradient
 *                  --ren_trainer_update()---> weights
 *                  --ren_trainer_model()----> RenModel, to evaluate or save
 *                  --ren_trainer_save()-----> checkpoint, to go on from
 *
 * Everything a step does is a function of the weights, the data, the seed and
 * the number of steps done: a trainer that is saved and loaded goes on with the
 * same numbers, bit for bit, on the same number of threads.
 */
#pragma once

#ifndef REN_API
#error "include resemotenet.h instead"
#endif

G_BEGIN_DECLS

/**
 * ren_random:
 * @key: which sequence, such as a seed mixed with what the numbers are for
 * @counter: which number of it
 *
 * The counter-th number of a sequence, without the ones before: SplitMix64
 * (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
 * generators") started at the scrambled key.
 *
 * Returns: 64 random bits
 *
 * Since: 1.0
 */
REN_API guint64 ren_random (guint64 key, guint64 counter);

/**
 * ren_random_key:
 * @key: a key or a seed
 * @purpose: a number that tells uses apart, such as an epoch
 *
 * Makes a key of a seed and a number, for a sequence of its own.
 *
 * Returns: the key of another sequence
 *
 * Since: 1.0
 */
REN_API guint64 ren_random_key (guint64 key, guint64 purpose);

/**
 * ren_random_float:
 * @key: see ren_random()
 * @counter: see ren_random()
 *
 * Draws the number at a place of a sequence, as ren_random() does.
 *
 * Returns: a number from 0 inclusive to 1 exclusive, of 24 random bits
 *
 * Since: 1.0
 */
REN_API float ren_random_float (guint64 key, guint64 counter);

/**
 * RenAugment:
 * @flip: how likely a face is mirrored, 0 to 1; 0.5 is usual
 * @shift: how far it moves at most, across and down, as a share of its width,
 *   0 to 1
 * @scale: how much larger or smaller it gets at most: from / (1 + scale) to
 *   × (1 + scale), 0 to 1
 * @rotate: how far it turns at most, either way, in degrees, 0 to 180
 * @brightness: how much lighter or darker it gets at most, as a share of the
 *   way from black to white, 0 to 1
 * @contrast: how much its grey levels move from or to their mean at most, 0 to
 *   1
 * @erase: how likely a rectangle in it is replaced by noise, 0 to 1
 * @erase_area: the largest such rectangle, as a share of the face, 0 to 1
 *
 * How far a face may be changed and still show the same emotion. All 0: not at
 * all.
 *
 * Since: 1.0
 */
typedef struct
{
  float flip;
  float shift, scale, rotate;
  float brightness, contrast;
  float erase, erase_area;
} RenAugment;

/**
 * ren_augment_face: (skip)
 * @augment: how far to go
 * @face: 64 × 64 grey levels
 * @key: which of the possible changes, see ren_random_key()
 * @out: (out): 64 × 64 grey levels, 0 to 255, not rounded
 *
 * Changes a face at random: mirrored, moved, scaled and turned in one step
 * (bilinear; beyond its border a face goes on as it ends), then its light,
 * then erased in part. With everything at 0 the grey levels stay exactly as
 * they are. Cannot fail, allocates nothing.
 *
 * Since: 1.0
 */
REN_API void ren_augment_face (
    const RenAugment *augment, const guint8 *face, guint64 key, float *out);

/**
 * RenTrainer:
 *
 * A network being trained: weights, gradient, momentum, and memory for the
 * activations of one batch. For one thread at a time.
 *
 * Since: 1.0
 */
typedef struct _RenTrainer RenTrainer;

/**
 * RenTrainerOptions:
 * @max_batch: most faces of a step in this process, 2 to 1024
 * @n_threads: threads to run on, the caller's included, 1 to 64; 0 = one for
 *   each processor that this process may use
 * @seed: of the initial weights and of dropout
 * @momentum: of SGD, 0 up to but not including 1
 * @nesterov: whether momentum is Nesterov's
 * @weight_decay: added to the gradient, times the weight, of every parameter,
 *   as torch.optim.SGD does; 0 or more
 * @dropout: after the first two poolings, 0 up to but not including 1
 * @dropout_fc: after fc1, fc2 and fc3, likewise
 * @label_smoothing: share of every target that is spread evenly over the
 *   classes, 0 up to but not including 1
 * @class_weights: weight of each class in the loss, all > 0; see
 *   ren_trainer_backward(). Only the model's first n_classes are read
 * @average_decay: decay of the exponential moving average of the weights, a
 *   step, 0 up to but not including 1; 0 = no average is kept. It warms up: at
 *   step t the decay is at most (1 + t) / (10 + t)
 * @rank: this process's number among those that train together, from 0
 * @n_ranks: how many they are; 1 = alone
 * @sync_norm: whether batch norm uses the statistics of all ranks' faces,
 *   rather than of this rank's
 * @sum: (nullable): for n_ranks > 1: replaces n values by their sum over all
 *   ranks; called by all ranks in the same order
 * @sum_data: passed to @sum
 *
 * How to train. ren_trainer_options_init() sets what the network's authors
 * used: momentum .9, weight decay 1e-4, dropout .2 and .5.
 *
 * Since: 1.0
 */
typedef struct
{
  guint max_batch;
  guint n_threads;
  guint64 seed;
  float momentum;
  gboolean nesterov;
  float weight_decay;
  float dropout, dropout_fc;
  float label_smoothing;
  float class_weights[REN_MAX_CLASSES];
  float average_decay;

  guint rank, n_ranks;
  gboolean sync_norm;
  void (*sum) (float *values, gsize n, gpointer user_data);
  gpointer sum_data;
} RenTrainerOptions;

/**
 * ren_trainer_options_init: (skip)
 * @options: (out): filled with the defaults
 *
 * Sets what the network's authors did.
 *
 * Since: 1.0
 */
REN_API void ren_trainer_options_init (RenTrainerOptions *options);

/**
 * ren_trainer_new: (skip)
 * @labels: (array zero-terminated=1): names of 2 to %REN_MAX_CLASSES classes, in output
 *   order
 * @options: how to train; copied
 * @error: return location for a #GError
 *
 * Makes a network with random weights, distributed as PyTorch initialises
 * Conv2d, Linear and BatchNorm2d.
 *
 * Returns: (transfer full) (nullable): the trainer; %NULL with
 *   %REN_ERROR_ARGUMENT or %REN_ERROR_NO_MEMORY
 *
 * Since: 1.0
 */
REN_API RenTrainer *ren_trainer_new (const char *const *labels,
    const RenTrainerOptions *options, GError **error);

/**
 * ren_trainer_new_from_model: (skip)
 * @model: where labels, input normalisation and weights come from
 * @options: how to train; copied
 * @error: return location for a #GError
 *
 * Makes a network that starts from a model, with no momentum.
 *
 * Returns: (transfer full) (nullable): the trainer; %NULL with @error set
 *
 * Since: 1.0
 */
REN_API RenTrainer *ren_trainer_new_from_model (
    RenModel *model, const RenTrainerOptions *options, GError **error);

/**
 * ren_trainer_free: (skip)
 * @trainer: (nullable) (transfer full): a trainer
 *
 * Frees a trainer.
 *
 * Since: 1.0
 */
REN_API void ren_trainer_free (RenTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RenTrainer, ren_trainer_free)

/**
 * ren_trainer_backward: (skip)
 * @trainer: a trainer
 * @faces: n_faces × 64 × 64 grey levels, 0 to 255
 * @targets: n_faces × n_classes probabilities; each row adds up to 1
 * @n_faces: 2 to max_batch; the same on all ranks
 * @logits: (out) (nullable): room for n_faces × n_classes floats
 *
 * Runs the network in training mode (batch statistics, dropout), updates the
 * running statistics and computes the gradient of the mean loss
 *   −Σ_c weight_c × target_c × log softmax (logits)_c
 * over the faces of all ranks, as torch.nn.CrossEntropyLoss does for targets
 * that are probabilities. Cannot fail, allocates nothing.
 *
 * Returns: the mean loss over this rank's faces
 *
 * Since: 1.0
 */
REN_API double ren_trainer_backward (RenTrainer *trainer, const float *faces,
    const float *targets, guint n_faces, float *logits);

/**
 * ren_trainer_update: (skip)
 * @trainer: a trainer whose gradient is computed
 * @learning_rate: of this step, 0 or more
 *
 * Moves the weights, as torch.optim.SGD does, and their average. Cannot fail.
 *
 * Since: 1.0
 */
REN_API void ren_trainer_update (RenTrainer *trainer, double learning_rate);

/**
 * ren_trainer_n_steps: (skip)
 * @trainer: a trainer
 *
 * Counts the steps of the whole training.
 *
 * Returns: how often ren_trainer_update() was called, those before the checkpoint
 *   included
 *
 * Since: 1.0
 */
REN_API guint64 ren_trainer_n_steps (const RenTrainer *trainer);

/**
 * RenTrainerValues:
 * @REN_TRAINER_WEIGHTS: parameters and running statistics
 * @REN_TRAINER_AVERAGE: moving average of the parameters, with the running
 *   statistics
 * @REN_TRAINER_GRADIENT: what ren_trainer_backward() computed
 * @REN_TRAINER_MOMENTUM: SGD's momentum buffer
 *
 * One of the numbers that belong to each parameter.
 *
 * Since: 1.0
 */
typedef enum
{
  REN_TRAINER_WEIGHTS,
  REN_TRAINER_AVERAGE,
  REN_TRAINER_GRADIENT,
  REN_TRAINER_MOMENTUM,
} RenTrainerValues;

/**
 * ren_trainer_read: (skip)
 * @trainer: a trainer
 * @values: which numbers
 * @name: of a tensor, as in PyTorch's state dict
 * @out: (out): room for @n floats, in PyTorch's order
 * @n: elements of the tensor
 * @error: return location for a #GError
 *
 * Copies one tensor out, for tests and for looking on.
 *
 * Returns: %FALSE with %REN_ERROR_ARGUMENT where there is no such tensor, it
 *   has another size, or no average is kept
 *
 * Since: 1.0
 */
REN_API gboolean ren_trainer_read (RenTrainer *trainer, RenTrainerValues values,
    const char *name, float *out, gsize n, GError **error);

/**
 * ren_trainer_read_dropout: (skip)
 * @trainer: a trainer after ren_trainer_backward()
 * @layer: 0 and 1: after the first and second pooling; 2, 3, 4: after fc1, fc2,
 *   fc3
 * @out: (out): the factors of the last batch, 0 or 1 / (1 − p), in PyTorch's
 *   order: n_faces × channels × rows × columns, that is × 64 × 32 × 32,
 *   × 128 × 16 × 16, × 1024, × 512, × 256
 *
 * Copies what dropout did to the last batch, to do the same elsewhere.
 *
 * Since: 1.0
 */
REN_API void ren_trainer_read_dropout (
    RenTrainer *trainer, guint layer, float *out);

/**
 * ren_trainer_model: (skip)
 * @trainer: a trainer
 * @values: %REN_TRAINER_WEIGHTS or %REN_TRAINER_AVERAGE
 * @error: return location for a #GError
 *
 * Copies the weights, as they are now, into a model. It holds only the taps
 * that matter, see %REN_SAVE_TRIMMED.
 *
 * Returns: (transfer full) (nullable): the model; %NULL with @error set
 *
 * Since: 1.0
 */
REN_API RenModel *ren_trainer_model (
    RenTrainer *trainer, RenTrainerValues values, GError **error);

/**
 * ren_trainer_save: (skip)
 * @trainer: a trainer
 * @path: file to write, in safetensors format
 * @notes: (element-type utf8 utf8) (nullable): what the caller wants to find
 *   again, such as the position in the data
 * @error: return location for a #GError
 *
 * Writes a checkpoint: all that ren_trainer_load() needs to go on as if there
 * had been no break, and a model that ren_model_load() reads. The file appears
 * whole or not at all.
 *
 * Returns: %FALSE with %REN_ERROR_WRITE, or %REN_ERROR_CORRUPT where a weight
 *   is not finite any more; an earlier file is then untouched
 *
 * Since: 1.0
 */
REN_API gboolean ren_trainer_save (
    RenTrainer *trainer, const char *path, GHashTable *notes, GError **error);

/**
 * ren_trainer_load: (skip)
 * @path: a checkpoint
 * @options: as they were, or changed; seed and steps done are the
 *   checkpoint's
 * @notes: (out) (optional) (transfer full) (element-type utf8 utf8): what the
 *   caller of ren_trainer_save() gave
 * @error: return location for a #GError
 *
 * Makes a trainer that goes on where a checkpoint was written.
 *
 * Returns: (transfer full) (nullable): the trainer; %NULL with @error set
 *
 * Since: 1.0
 */
REN_API RenTrainer *ren_trainer_load (const char *path,
    const RenTrainerOptions *options, GHashTable **notes, GError **error);

/**
 * ren_trainer_labels: (skip)
 * @trainer: a trainer
 *
 * Lists the classes, in output order.
 *
 * Returns: (transfer none) (array zero-terminated=1): the classes, in output order
 *
 * Since: 1.0
 */
REN_API const char *const *ren_trainer_labels (const RenTrainer *trainer);

/**
 * RenTrainerCost:
 * @multiply_adds: multiplications, each with an addition, of the products of
 *   ren_trainer_backward(), as it makes them: none with padding, but for
 *   conv1's. What is not a product is not counted
 * @weights_forward: bytes of weights read by the forward pass
 * @weights_backward: bytes of weights read again for the activations' gradient
 * @gradient: bytes of gradient written, partial sums over images included
 * @update_read: bytes that ren_trainer_update() reads: weights, momentum,
 *   gradient and, if one is kept, average
 * @update_written: bytes that it writes: weights, momentum, average
 * @activations: bytes of activations and of their gradients, read and written
 *
 * What a step costs. Bytes are those that have to come from or go to memory if
 * caches hold one image's values of one layer, and nothing from one layer to
 * the next.
 *
 * Since: 1.0
 */
typedef struct
{
  guint64 multiply_adds;
  guint64 weights_forward, weights_backward;
  guint64 gradient;
  guint64 update_read, update_written;
  guint64 activations;
} RenTrainerCost;

/**
 * ren_trainer_cost: (skip)
 * @trainer: a trainer
 * @n_faces: of the step, up to max_batch
 * @cost: (out): what ren_trainer_backward() and ren_trainer_update() do
 *
 * Counts, from the network's shapes, what a step does.
 *
 * Since: 1.0
 */
REN_API void ren_trainer_cost (
    const RenTrainer *trainer, guint n_faces, RenTrainerCost *cost);

/**
 * REN_CAM_SIZE:
 *
 * Rows and columns of a class activation map: those of conv3's output.
 *
 * Since: 1.0
 */
#define REN_CAM_SIZE 16

/**
 * ren_gradcam: (skip)
 * @model: a model
 * @face: 64 × 64 grey levels
 * @maps: (out): n_classes × 16 × 16 floats, each map from 0 to 1, or all 0
 * @logits: (out): n_classes floats
 * @error: return location for a #GError
 *
 * Where the network looks for each class: Grad-CAM (Selvaraju et al. 2017) on
 * the output of conv3: max (0, Σ_k mean (∂logit / ∂A_k) × A_k), divided by its
 * largest value.
 *
 * Returns: %FALSE with %REN_ERROR_NO_MEMORY
 *
 * Since: 1.0
 */
REN_API gboolean ren_gradcam (RenModel *model, const guint8 *face, float *maps,
    float *logits, GError **error);

G_END_DECLS
