/* resemotenet: facial emotion recognition with the ResEmoteNet network.
 * SPDX-License-Identifier: MIT
 *
 * The one header of the core library to include, which brings resemotenet-train.h.
 * It needs GLib and nothing else:
 *
 *   model file --ren_model_load()--> RenModel   immutable, shared
 *              --ren_plan_new()----> RenPlan    folded, packed, memory laid out
 *   picture, boxes --ren_plan_classify()--> scores, or, step by step,
 *   picture    --ren_cropper_crop()-> 64x64 grey face
 *              --ren_plan_run()-----> logits --ren_softmax()--> scores
 *   of a video         --ren_smooth(), ren_steady_label()--> steady ones
 *
 * What can fail takes a GError and fails before any face is classified; once a
 * plan exists, running it cannot fail and allocates nothing. NULL that a function
 * does not ask for is a mistake of the caller: what loads, changes and saves models,
 * makes plans or classifies pixels says so in a warning, as GLib does, and sets no
 * error; the rest does not look.
 *
 * Any thread may call any function at any time, also on what threads share: a
 * RenModel, each with a reference that outlives its call; a RenPlan, whose runs
 * take turns; what is only read, such as a RenPicture. Plans of one model may be
 * made and freed while others run. A RenCropper, a RenTrainer and what a function
 * writes to are one thread's at a time; nothing may be freed while it is used.
 *
 * Other languages call it through its typelib (GObject introspection, namespace
 * Resemotenet). What takes memory without its size is left out there, marked
 * `(skip)`: such languages classify with ren_plan_classify_pixels().
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#ifndef REN_API
#define REN_API __attribute__ ((visibility ("default"))) extern
#endif

/**
 * REN_FACE_SIZE:
 *
 * Width and height, in pixels, of the grey face that the network reads.
 *
 * Since: 1.0
 */
#define REN_FACE_SIZE 64

/**
 * REN_FACE_BYTES:
 *
 * Bytes of one face: REN_FACE_SIZE rows of REN_FACE_SIZE 8-bit grey levels.
 *
 * Since: 1.0
 */
#define REN_FACE_BYTES (REN_FACE_SIZE * REN_FACE_SIZE)

/**
 * REN_MAX_CLASSES:
 *
 * The most classes a model may have. Buffers for the scores of one face may be
 * declared with this length.
 *
 * Since: 1.0
 */
#define REN_MAX_CLASSES 32

/**
 * REN_ERROR:
 *
 * Error domain of the core library; codes are #RenError.
 *
 * Since: 1.0
 */
#define REN_ERROR (ren_error_quark ())
/**
 * ren_error_quark:
 *
 * The domain's number; use %REN_ERROR.
 *
 * Returns: the quark of the domain
 *
 * Since: 1.0
 */
REN_API GQuark ren_error_quark (void);

/**
 * RenError:
 * @REN_ERROR_OPEN: a file is missing or cannot be read
 * @REN_ERROR_CORRUPT: a file is truncated, or contradicts its own format
 * @REN_ERROR_REFUSED: a PyTorch file asks for something that is not plain
 *   tensor data; nothing of it was run
 * @REN_ERROR_NETWORK: the file is well-formed, but its tensors are not those of
 *   ResEmoteNet
 * @REN_ERROR_UNSUPPORTED: valid, but of a kind this version cannot use
 * @REN_ERROR_WRITE: a file could not be written; an earlier one of that name is
 *   untouched
 * @REN_ERROR_ARGUMENT: an argument is out of range
 * @REN_ERROR_NO_MEMORY: memory could not be had
 *
 * Codes of the domain #REN_ERROR.
 *
 * Since: 1.0
 */
typedef enum
{
  REN_ERROR_OPEN,
  REN_ERROR_CORRUPT,
  REN_ERROR_REFUSED,
  REN_ERROR_NETWORK,
  REN_ERROR_UNSUPPORTED,
  REN_ERROR_WRITE,
  REN_ERROR_ARGUMENT,
  REN_ERROR_NO_MEMORY,
} RenError;

/* ---- model ------------------------------------------------------------- */

/**
 * RenModel:
 *
 * The weights and labels of one trained network. Immutable and reference
 * counted: any thread may use a model that it holds a reference to.
 *
 * Since: 1.0
 */
typedef struct _RenModel RenModel;

#define REN_TYPE_MODEL (ren_model_get_type ())
REN_API GType ren_model_get_type (void) G_GNUC_CONST;

/**
 * RenPrecision:
 * @REN_PRECISION_AUTO: what suits the model as it is stored; only to ask for,
 *   never an answer
 * @REN_PRECISION_FP32: 32-bit floating point
 * @REN_PRECISION_FP16: IEEE 754 half precision; weights only, arithmetic on
 *   them is fp32
 * @REN_PRECISION_BF16: bfloat16 (storage only)
 * @REN_PRECISION_INT8: 8-bit whole numbers, with a scale for each output
 *   channel; see ren_model_quantize()
 *
 * Number format of stored weights or of arithmetic.
 *
 * Since: 1.0
 */
typedef enum
{
  REN_PRECISION_AUTO = -1,
  REN_PRECISION_FP32,
  REN_PRECISION_FP16,
  REN_PRECISION_BF16,
  REN_PRECISION_INT8,
} RenPrecision;

/**
 * ren_precision_name:
 * @precision: a number format
 *
 * Names a number format, for people and for files.
 *
 * Returns: (transfer none): "auto", "fp32", "fp16", "bf16" or "int8": as options
 *   and a model's metadata have it
 *
 * Since: 1.0
 */
REN_API const char *ren_precision_name (RenPrecision precision);

/**
 * ren_precision_from_name:
 * @name: a name, as ren_precision_name() gives it
 * @precision: (out): the number format of that name
 *
 * Finds the number format of a name that people typed or a file holds.
 *
 * Returns: %FALSE if none has this name; @precision is then as it was
 *
 * Since: 1.0
 */
REN_API gboolean ren_precision_from_name (
    const char *name, RenPrecision *precision);

/**
 * ren_model_load:
 * @path: a safetensors file, or a zip archive written by PyTorch's `torch.save`
 * @error: return location for a #GError
 *
 * Loads a model; the kind of file is told from its content. While a model
 * loaded from the same, unchanged file is alive, that one is returned, so that
 * all users in a process share one copy in memory. Of threads that load one file
 * at the same time, one reads it and the others wait.
 *
 * Nothing that happens to the file afterwards changes what a model or a plan
 * gives. Large matrices of a safetensors file are read when they are needed, by
 * ren_plan_new() and by what saves or trains: if the file was written to meanwhile,
 * rather than replaced by another one as ren_model_save() does, these fail with
 * %REN_ERROR_CORRUPT. Plans that are made, and models of PyTorch, need it no more.
 *
 * Files that carry no labels (everything PyTorch writes) get those of the
 * published ResEmoteNet checkpoints if they have seven classes, see
 * ren_model_labels_assumed(), and class numbers otherwise.
 *
 * Returns: (transfer full) (nullable): the model; %NULL with @error set to a
 *   #RenError
 *
 * Since: 1.0
 */
REN_API RenModel *ren_model_load (const char *path, GError **error);

/**
 * ren_model_default_path:
 * @error: return location for a #GError
 *
 * Where to load a model from when the user has named none: the environment
 * variable `RESEMOTENET_MODEL`, whether there is such a file or not; else the
 * default model that was installed with this library, or lies beside it in a
 * build that is not installed.
 *
 * Returns: (transfer full) (nullable): the path; %NULL with %REN_ERROR_OPEN
 *   and a message that names the places looked at, to be put in brackets behind
 *   how to name one, where there is none
 *
 * Since: 1.0
 */
REN_API char *ren_model_default_path (GError **error);

/**
 * ren_model_relabel:
 * @model: a model
 * @labels: (array zero-terminated=1): one label for each class, in output order
 * @error: return location for a #GError
 *
 * Makes a model with the same weights (shared, not copied) and other labels,
 * for checkpoints whose label order is known but not stored.
 *
 * Returns: (transfer full) (nullable): the new model; %NULL with
 *   %REN_ERROR_ARGUMENT when the number of labels is wrong or one is empty,
 *   repeated or not UTF-8
 *
 * Since: 1.0
 */
REN_API RenModel *ren_model_relabel (
    RenModel *model, const char *const *labels, GError **error);

/**
 * ren_model_annotate:
 * @model: a model
 * @key: a key of the metadata: `temperature`, `accuracy`, `trained_on`,
 *   `license` or any other; not one whose value follows from the model, such as
 *   `labels` or `precision`
 * @value: (nullable): its value, UTF-8; %NULL takes the key away
 * @error: return location for a #GError
 *
 * Makes a model with the same weights (shared, not copied) that says something
 * else about itself. `temperature`, a decimal number from 0.01 to 100, is also
 * the new model's ren_model_temperature(); without the key it is 1.
 *
 * Returns: (transfer full) (nullable): the new model; %NULL with
 *   %REN_ERROR_ARGUMENT when the key cannot be set or the value makes no sense
 *
 * Since: 1.0
 */
REN_API RenModel *ren_model_annotate (
    RenModel *model, const char *key, const char *value, GError **error);

/**
 * ren_model_ref:
 * @model: a model
 *
 * Takes a reference more, such as for another thread.
 *
 * Returns: (transfer full): the model
 *
 * Since: 1.0
 */
REN_API RenModel *ren_model_ref (RenModel *model);
/**
 * ren_model_unref:
 * @model: (transfer full): a model
 *
 * Gives a reference up; the last to go, in whichever thread, frees the model.
 * Plans of it need none: they keep what they need.
 *
 * Since: 1.0
 */
REN_API void ren_model_unref (RenModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RenModel, ren_model_unref)

/**
 * RenSaveFlags:
 * @REN_SAVE_DEFAULT: every tensor whole, as PyTorch's `load_state_dict` wants
 * @REN_SAVE_TRIMMED: leave out the taps of `res_block3` that only ever meet
 *   padding at 64×64: less than half the size, same results; PyTorch cannot
 *   load such a safetensors file until it is converted back
 *
 * How to write a model.
 *
 * Since: 1.0
 */
typedef enum
{
  REN_SAVE_DEFAULT = 0,
  REN_SAVE_TRIMMED = 1 << 0,
} RenSaveFlags;

/**
 * ren_model_save:
 * @model: a model
 * @path: file to write, in safetensors format
 * @precision: number format to store the weights in;
 *   %REN_PRECISION_AUTO: that of @model
 * @flags: how to write it
 * @error: return location for a #GError
 *
 * Writes the model with its metadata. The file appears under @path whole or
 * not at all: it is written under a temporary name beside it, synced, renamed.
 * Values beyond the range of half precision are an error, not an infinity.
 *
 * Returns: %TRUE on success; %FALSE with %REN_ERROR_WRITE, %REN_ERROR_CORRUPT
 *   where a weight is not a finite number, %REN_ERROR_UNSUPPORTED where one is
 *   beyond the range of @precision, or %REN_ERROR_ARGUMENT, also for
 *   %REN_PRECISION_INT8 of a model that is not int8
 *
 * Since: 1.0
 */
REN_API gboolean ren_model_save (RenModel *model, const char *path,
    RenPrecision precision, RenSaveFlags flags, GError **error);

/**
 * ren_model_verify:
 * @model: a model
 * @error: return location for a #GError
 *
 * Compares the weights with the SHA-256 in the file's metadata. That reads all
 * of them, about a second, so that loading leaves it out. Files without a
 * checksum pass; those of PyTorch have a CRC that loading has checked.
 *
 * Returns: %TRUE if they agree; %FALSE with %REN_ERROR_CORRUPT, also where the file
 *   was written to since it was loaded
 *
 * Since: 1.0
 */
REN_API gboolean ren_model_verify (RenModel *model, GError **error);

/**
 * ren_model_n_classes:
 * @model: a model
 *
 * Counts the classes: the length of logits and scores of one face.
 *
 * Returns: the number of classes, 2 to %REN_MAX_CLASSES
 *
 * Since: 1.0
 */
REN_API guint ren_model_n_classes (const RenModel *model);

/**
 * ren_model_label:
 * @model: a model
 * @class_id: 0 to n_classes - 1
 *
 * Names a class.
 *
 * Returns: (transfer none): the label of an output, valid as long as the model
 *
 * Since: 1.0
 */
REN_API const char *ren_model_label (const RenModel *model, guint class_id);

/**
 * ren_model_labels_assumed:
 * @model: a model
 *
 * Tells whether the order of the labels is a guess, so that users can be warned.
 *
 * Returns: %TRUE if the file carried no labels, so that those of the published
 *   checkpoints were assumed
 *
 * Since: 1.0
 */
REN_API gboolean ren_model_labels_assumed (const RenModel *model);

/**
 * ren_model_name:
 * @model: a model
 *
 * Names the model, for people.
 *
 * Returns: (transfer none): a short name for people: the file's base name
 *   without its extension
 *
 * Since: 1.0
 */
REN_API const char *ren_model_name (const RenModel *model);

/**
 * ren_model_path:
 * @model: a model
 *
 * Tells where the model is from.
 *
 * Returns: (transfer none): the path the model was loaded from
 *
 * Since: 1.0
 */
REN_API const char *ren_model_path (const RenModel *model);

/**
 * ren_model_temperature:
 * @model: a model
 *
 * Tells what ren_softmax() is to divide logits by.
 *
 * Returns: softmax temperature from calibration, > 0; 1 where none is stored
 *
 * Since: 1.0
 */
REN_API float ren_model_temperature (const RenModel *model);

/**
 * ren_model_precision:
 * @model: a model
 *
 * Tells how the weights are stored. What a plan calculates in is ren_plan_precision().
 *
 * Returns: number format of the stored weights
 *
 * Since: 1.0
 */
REN_API RenPrecision ren_model_precision (const RenModel *model);

/**
 * ren_model_n_parameters:
 * @model: a model
 *
 * Counts the weights of the network, whichever of them the file stores.
 *
 * Returns: trainable parameters, as PyTorch counts them
 *
 * Since: 1.0
 */
REN_API guint64 ren_model_n_parameters (const RenModel *model);

/**
 * ren_model_metadata:
 * @model: a model
 * @key: a key of the file's `__metadata__`, such as `trained_on`, `accuracy`,
 *   `license`, `created_by`
 *
 * Reads what the file says about itself.
 *
 * Returns: (transfer none) (nullable): the value, %NULL where the file has none
 *
 * Since: 1.0
 */
REN_API const char *ren_model_metadata (const RenModel *model, const char *key);

/**
 * ren_model_metadata_keys:
 * @model: a model
 *
 * Lists what the file says about itself; ren_model_metadata() reads it.
 *
 * Returns: (transfer container) (array zero-terminated=1): the sorted keys of
 *   the metadata; free with g_free()
 *
 * Since: 1.0
 */
REN_API const char **ren_model_metadata_keys (const RenModel *model);

/* ---- plan -------------------------------------------------------------- */

/**
 * RenPlan:
 *
 * A model made ready to run: batch norm folded into the convolutions, weights
 * that cannot matter at this input size dropped, all memory laid out. Reference
 * counted; threads share one, in turns, or have one each.
 *
 * Since: 1.0
 */
typedef struct _RenPlan RenPlan;

#define REN_TYPE_PLAN (ren_plan_get_type ())
REN_API GType ren_plan_get_type (void) G_GNUC_CONST;

/**
 * ren_plan_new:
 * @model: a model; the plan keeps what it needs of it
 * @precision: of the arithmetic. %REN_PRECISION_AUTO is what the model is stored
 *   in: int8 for int8, fp16 for fp16, fp32 for fp32 and bf16. A model of 8 bits
 *   also runs in fp32 and fp16, on the floats that its weights stand for
 * @max_batch: faces that share one pass over the weights, 1 to 256
 * @n_threads: threads to run on, the caller's included, 1 to 64; 0 = one for
 *   each processor that this process may use
 * @error: return location for a #GError
 *
 * Plans of one model and precision share its prepared weights. Of threads that
 * make the first ones at the same time, one prepares them and the others wait.
 *
 * Returns: (transfer full) (nullable): the plan; %NULL with @error set to
 *   %REN_ERROR_ARGUMENT, also for %REN_PRECISION_BF16, in which nothing is
 *   calculated; %REN_ERROR_UNSUPPORTED where the model cannot run in this
 *   precision: int8 without the ranges that ren_model_quantize() measures, fp16
 *   with weights beyond its range; %REN_ERROR_CORRUPT where a weight is not a
 *   finite number or the file was written to since it was loaded;
 *   %REN_ERROR_OPEN where it can no longer be read; or %REN_ERROR_NO_MEMORY
 *
 * Since: 1.0
 */
REN_API RenPlan *ren_plan_new (RenModel *model, RenPrecision precision,
    guint max_batch, guint n_threads, GError **error);

/**
 * ren_model_save_onnx:
 * @model: a model
 * @path: the file to write
 * @flags: how to write it
 * @error: return location for a #GError
 *
 * Writes the network for other runtimes, as ONNX (opset 17): from "faces", floats
 * [n, 3, 64, 64], normalised, to "logits", [n, classes]. The graph is the one that
 * PyTorch exports, batch norm folded in; with %REN_SAVE_TRIMMED, smaller and faster
 * with the same results. An int8 model becomes QuantizeLinear and DequantizeLinear
 * pairs around what runs in 8 bits, taps that it does not store being 0; all others
 * are written in fp32. The file appears whole or not at all.
 *
 * Returns: %FALSE with %REN_ERROR_WRITE
 *
 * Since: 1.0
 */
REN_API gboolean ren_model_save_onnx (
    RenModel *model, const char *path, RenSaveFlags flags, GError **error);

/**
 * ren_model_quantize: (skip)
 * @model: a model of floats
 * @faces: n_faces × 64 × 64 grey levels, of people as the model will meet them;
 *   some hundred are enough
 * @n_faces: how many faces, 1 or more
 * @n_threads: threads to run on, as for ren_plan_new()
 * @error: return location for a #GError
 *
 * Makes a model whose weights and activations have 8 bits: half the size of
 * fp16, and several times as fast where the processor multiplies bytes. Its
 * results are the same bits on every processor. What 8 bits cover of a layer's
 * activations is measured on @faces. The first and the last layer, and the
 * squeeze-excitation, keep their weights.
 *
 * Returns: (transfer full) (nullable): the model, to be saved in
 *   %REN_PRECISION_INT8; %NULL with @error set to %REN_ERROR_ARGUMENT,
 *   %REN_ERROR_CORRUPT where weights are not numbers or a layer is dead, or
 *   %REN_ERROR_NO_MEMORY
 *
 * Since: 1.0
 */
REN_API RenModel *ren_model_quantize (RenModel *model, const guint8 *faces,
    guint n_faces, guint n_threads, GError **error);

/**
 * RenLimit:
 * @REN_LIMIT_FP32: multiply-adds of floats a second
 * @REN_LIMIT_INT8: multiply-adds of bytes a second
 * @REN_LIMIT_READ: bytes read from memory a second
 *
 * What a machine can do at most.
 *
 * Since: 1.0
 */
typedef enum
{
  REN_LIMIT_FP32,
  REN_LIMIT_INT8,
  REN_LIMIT_READ,
} RenLimit;

/**
 * ren_limit_measure:
 * @limit: what to measure
 * @n_threads: 1 to 64
 * @seconds: how long to measure; three rounds at least are made
 * @error: return location for a #GError
 *
 * Measures what this machine can do at most, as a yardstick for what it does:
 * the fastest of all rounds, with the instructions that plans and training use,
 * their numbers in registers; or reading memory that is larger than caches.
 *
 * Returns: that many a second; 0 with %REN_ERROR_ARGUMENT or
 *   %REN_ERROR_NO_MEMORY
 *
 * Since: 1.0
 */
REN_API double ren_limit_measure (
    RenLimit limit, guint n_threads, double seconds, GError **error);

/**
 * ren_plan_ref:
 * @plan: a plan
 *
 * Takes a reference more, such as for another thread.
 *
 * Returns: (transfer full): the plan
 *
 * Since: 1.0
 */
REN_API RenPlan *ren_plan_ref (RenPlan *plan);
/**
 * ren_plan_unref:
 * @plan: (transfer full) (nullable): a plan
 *
 * Gives a reference up; the last to go, in whichever thread, frees the plan.
 *
 * Since: 1.0
 */
REN_API void ren_plan_unref (RenPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RenPlan, ren_plan_unref)

/**
 * ren_plan_max_batch:
 * @plan: a plan
 *
 * Tells what the plan was made for.
 *
 * Returns: faces that share one pass over the weights
 *
 * Since: 1.0
 */
REN_API guint ren_plan_max_batch (const RenPlan *plan);

/**
 * ren_plan_n_threads:
 * @plan: a plan
 *
 * Tells what the plan was made for, with 0 resolved.
 *
 * Returns: threads the plan runs on
 *
 * Since: 1.0
 */
REN_API guint ren_plan_n_threads (const RenPlan *plan);

/**
 * ren_plan_precision:
 * @plan: a plan
 *
 * Tells what the plan calculates in, with %REN_PRECISION_AUTO resolved.
 *
 * Returns: %REN_PRECISION_FP32, or %REN_PRECISION_FP16 if weights are read in
 *   half precision, or %REN_PRECISION_INT8
 *
 * Since: 1.0
 */
REN_API RenPrecision ren_plan_precision (const RenPlan *plan);

/**
 * RenPlanCost:
 * @multiply_adds: multiplications, each with an addition, as they are made: taps
 *   that meet padding are left out from res_block1 on; of floats, conv2 and conv3
 *   are Winograd's products
 * @weight_bytes: weights that are read, once for each pass over a batch
 *
 * What running some faces costs.
 *
 * Since: 1.0
 */
typedef struct
{
  guint64 multiply_adds;
  guint64 weight_bytes;
} RenPlanCost;

/**
 * ren_plan_cost:
 * @plan: a plan
 * @n_faces: any number
 * @cost: (out caller-allocates): what ren_plan_run() does for so many faces
 *
 * Counts, from the network's shapes, what a run does.
 *
 * Since: 1.0
 */
REN_API void ren_plan_cost (
    const RenPlan *plan, guint n_faces, RenPlanCost *cost);

/**
 * ren_plan_run: (skip)
 * @plan: a plan
 * @faces: n_faces × 64 × 64 8-bit grey levels, as ren_cropper_crop() makes them
 * @n_faces: any number; more than the plan's batch are run in several passes
 * @logits: (out): room for n_faces × n_classes floats
 *
 * Runs the network. Cannot fail and allocates nothing. Calls on one plan from
 * several threads take turns; use one plan a thread to run at the same time.
 * In int8 a face's logits are the same bits in whatever company it is run; of
 * floats they are rounded otherwise in passes of less than three faces.
 *
 * Since: 1.0
 */
REN_API void ren_plan_run (
    RenPlan *plan, const guint8 *faces, guint n_faces, float *logits);

/**
 * REN_PLAN_MAX_STEPS:
 *
 * The most steps a plan has.
 *
 * Since: 1.0
 */
#define REN_PLAN_MAX_STEPS 16

/**
 * RenPlanStep:
 * @name: (transfer none): name of the step's layer, such as `res_block1.conv1`;
 *   that of a block's second convolution stands for the shortcut, too
 * @cost: what the step cost; 0 of what is next to nothing
 * @seconds: how long it took
 *
 * A step of a run.
 *
 * Since: 1.0
 */
typedef struct
{
  const char *name;
  RenPlanCost cost;
  double seconds;
} RenPlanStep;

/**
 * ren_plan_profile: (skip)
 * @plan: a plan
 * @faces: as for ren_plan_run()
 * @n_faces: as for ren_plan_run()
 * @logits: (out): as for ren_plan_run()
 * @steps: (out): the steps of the run, in their order
 *
 * Does what ren_plan_run() does, and tells what each step took.
 *
 * Returns: the number of steps, which is the same for every plan
 *
 * Since: 1.0
 */
REN_API guint ren_plan_profile (RenPlan *plan, const guint8 *faces,
    guint n_faces, float *logits, RenPlanStep steps[REN_PLAN_MAX_STEPS]);

/* ---- picture ----------------------------------------------------------- */

/**
 * RenPlane:
 * @data: the top-left sample
 * @stride_bytes: bytes from one row to the next; may be negative
 * @pixel_stride: bytes from one sample to the next in a row; may be
 *   negative, and larger than those between rows
 * @w_sub: log2 of horizontal subsampling: 0 for full width, 1 for half
 * @h_sub: log2 of vertical subsampling
 * @weight: what a step of one in this sample adds to the grey level, in
 *   1/65536
 *
 * One 8-bit component of a picture.
 *
 * Since: 1.0
 */
typedef struct
{
  const guint8 *data;
  gssize stride_bytes;
  gint pixel_stride;
  guint w_sub, h_sub;
  gint32 weight;
} RenPlane;

/**
 * RenPicture:
 * @width: in pixels, 1 to 32767
 * @height: in pixels, 1 to 32767
 * @n_planes: components that the grey level depends on, 1 to 3
 * @planes: the components
 * @offset: constant part of the grey level, in 1/65536
 *
 * Borrowed pixels of any 8-bit layout, and how grey is made of them:
 * grey = clamp ((offset + sum of weight × sample) / 65536, 0, 255), rounded.
 * That one formula covers RGB (Pillow's `convert('L')`), grey, and YUV of any
 * range and matrix.
 *
 * Since: 1.0
 */
typedef struct
{
  gint width, height;
  guint n_planes;
  RenPlane planes[3];
  gint32 offset;
} RenPicture;

/**
 * RenRect:
 * @x: left edge, may lie outside of the picture
 * @y: top edge
 * @w: width
 * @h: height
 *
 * A rectangle in pixels.
 *
 * Since: 1.0
 */
typedef struct
{
  gint64 x, y, w, h;
} RenRect;

/**
 * ren_picture_init_gray: (skip)
 * @picture: (out): the picture
 * @data: width × height grey levels
 * @stride_bytes: bytes from row to row
 * @width: in pixels
 * @height: in pixels
 *
 * Describes an 8-bit grey picture, full range.
 *
 * Since: 1.0
 */
REN_API void ren_picture_init_gray (RenPicture *picture, const guint8 *data,
    gssize stride_bytes, gint width, gint height);

/**
 * ren_picture_init_rgb: (skip)
 * @picture: (out): the picture
 * @r: red sample of the top-left pixel
 * @g: green sample of it
 * @b: blue sample of it
 * @pixel_stride: bytes from pixel to pixel, such as 3 or 4
 * @stride_bytes: bytes from row to row
 * @width: in pixels
 * @height: in pixels
 *
 * Describes an 8-bit RGB picture in any byte order. Grey is made as Pillow
 * does it: (19595 R + 38470 G + 7471 B + 32768) >> 16.
 *
 * Since: 1.0
 */
REN_API void ren_picture_init_rgb (RenPicture *picture, const guint8 *r,
    const guint8 *g, const guint8 *b, gint pixel_stride, gssize stride_bytes,
    gint width, gint height);

/**
 * ren_picture_set_yuv: (skip)
 * @picture: a picture whose size and three planes Y, Cb, Cr are described, or
 *   only Y with n_planes = 1 for grey video
 * @limited_range: %TRUE for Y 16–235 and C 16–240, %FALSE for 0–255
 * @kr: red share of luma, such as .299 (BT.601), .2126 (BT.709), .2627
 *   (BT.2020)
 * @kb: blue share of luma, such as .114, .0722, .0593
 *
 * Sets the weights and the offset so that grey is what Pillow would make of
 * the RGB picture. With BT.601 chroma cancels out and n_planes becomes 1.
 *
 * Since: 1.0
 */
REN_API void ren_picture_set_yuv (
    RenPicture *picture, gboolean limited_range, double kr, double kb);

/**
 * RenCropper:
 *
 * Cuts faces out of pictures. Holds the resampling weights of the last
 * geometry and scratch rows; allocates only when a face is larger than any
 * before, or a plan has more threads or a larger batch. One per thread that
 * calls.
 *
 * Since: 1.0
 */
typedef struct _RenCropper RenCropper;

/**
 * ren_cropper_new: (skip)
 *
 * Makes a cropper. What it needs for a face it allocates when it sees one.
 *
 * Returns: (transfer full): a cropper
 *
 * Since: 1.0
 */
REN_API RenCropper *ren_cropper_new (void);
/**
 * ren_cropper_free: (skip)
 * @cropper: (nullable) (transfer full): a cropper
 *
 * Frees a cropper.
 *
 * Since: 1.0
 */
REN_API void ren_cropper_free (RenCropper *cropper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RenCropper, ren_cropper_free)

/**
 * ren_cropper_crop: (skip)
 * @cropper: a cropper
 * @picture: pixels to read
 * @rect: the face; what lies outside of the picture is cut off
 * @face: (out): 64 × 64 grey levels
 *
 * Crops, resamples (bilinear with antialiasing, 8-bit between the passes, as
 * Pillow's `resize(BILINEAR)`) and turns grey.
 *
 * Returns: %FALSE when nothing of @rect lies inside of the picture, or the
 *   picture's own size is out of range; @face is then untouched
 *
 * Since: 1.0
 */
REN_API gboolean ren_cropper_crop (RenCropper *cropper,
    const RenPicture *picture, const RenRect *rect,
    guint8 face[REN_FACE_BYTES]);

/**
 * ren_cropper_crop_faces: (skip)
 * @cropper: a cropper
 * @plan: (nullable): whose threads to use, in turns with those who run it; else
 *   only the caller's
 * @picture: pixels to read
 * @rects: n_faces rectangles
 * @n_faces: any number
 * @faces: (out): n_faces × 64 × 64 grey levels
 * @inside: (out): what ren_cropper_crop() returns for each of the faces
 *
 * ren_cropper_crop() for several faces of a picture, side by side.
 *
 * Since: 1.0
 */
REN_API void ren_cropper_crop_faces (RenCropper *cropper, RenPlan *plan,
    const RenPicture *picture, const RenRect *rects, guint n_faces,
    guint8 *faces, gboolean *inside);

/* ---- result ------------------------------------------------------------ */

/**
 * ren_plan_classify: (skip)
 * @plan: a plan
 * @cropper: a cropper
 * @picture: pixels to read
 * @rects: n_faces rectangles; of each, what lies outside of the picture is cut
 *   off
 * @n_faces: any number; more than the plan's batch are run in several passes
 * @scores: (out): room for n_faces × n_classes floats: probabilities that add up
 *   to 1, or all 0 of a face of which nothing lies inside of the picture
 * @class_ids: (out): room for n_faces: of each face, the class of the highest
 *   score, or %G_MAXUINT of a face of which nothing lies inside
 *
 * Tells the emotion of each face of a picture: ren_cropper_crop_faces(),
 * ren_plan_run() on those that are inside, and ren_softmax() with the model's
 * temperature, with the same results. Cannot fail; allocates nothing, but as a
 * #RenCropper does. Threads that share a plan, each with a cropper of its own,
 * take turns; with a plan each they run at the same time.
 *
 * Since: 1.0
 */
REN_API void ren_plan_classify (RenPlan *plan, RenCropper *cropper,
    const RenPicture *picture, const RenRect *rects, guint n_faces,
    float *scores, guint *class_ids);

/**
 * RenPixelFormat:
 * @REN_PIXEL_FORMAT_GRAY8: grey levels, a byte each
 * @REN_PIXEL_FORMAT_RGB: red, green, blue, a byte each
 * @REN_PIXEL_FORMAT_BGR: blue, green, red
 * @REN_PIXEL_FORMAT_RGBA: red, green, blue, and a byte that is not read
 * @REN_PIXEL_FORMAT_BGRA: blue, green, red, and a byte that is not read
 *
 * How a pixel lies in memory. Names are those of GStreamer's video formats.
 *
 * Since: 1.0
 */
typedef enum
{
  REN_PIXEL_FORMAT_GRAY8,
  REN_PIXEL_FORMAT_RGB,
  REN_PIXEL_FORMAT_BGR,
  REN_PIXEL_FORMAT_RGBA,
  REN_PIXEL_FORMAT_BGRA,
} RenPixelFormat;

/**
 * ren_plan_classify_pixels:
 * @plan: a plan
 * @format: how a pixel lies in memory
 * @pixels: (array length=n_bytes): rows of pixels, the top one first
 * @n_bytes: bytes of @pixels
 * @stride: bytes from one row to the next
 * @width: pixels of a row, 1 to 32767
 * @height: rows, 1 to 32767
 * @rects: (array length=n_faces): the faces
 * @n_faces: how many faces
 * @n_scores: (out): number of scores: n_faces × n_classes
 * @error: return location for a #GError
 *
 * ren_plan_classify() in one call that checks and allocates what it needs, for
 * languages that read the typelib.
 *
 * Returns: (transfer full) (array length=n_scores) (nullable): scores, those of
 *   the first face first, all 0 of one outside of the picture; free with
 *   g_free(). %NULL with %REN_ERROR_ARGUMENT where @pixels are too few for a
 *   picture of this size, or %REN_ERROR_NO_MEMORY
 *
 * Since: 1.0
 */
REN_API float *ren_plan_classify_pixels (RenPlan *plan, RenPixelFormat format,
    const guint8 *pixels, gsize n_bytes, gsize stride, gint width, gint height,
    const RenRect *rects, guint n_faces, gsize *n_scores, GError **error);

/**
 * ren_softmax: (skip)
 * @logits: n values
 * @n: 1 to %REN_MAX_CLASSES
 * @temperature: > 0; the model's ren_model_temperature()
 * @scores: (out): n probabilities that add up to 1; may be @logits
 *
 * Turns logits into scores: exp (x / T) normalised (Guo et al. 2017, "On
 * Calibration of Modern Neural Networks").
 *
 * Returns: index of the highest score
 *
 * Since: 1.0
 */
REN_API guint ren_softmax (
    const float *logits, guint n, float temperature, float *scores);

/**
 * ren_smooth: (skip)
 * @scores: (inout): n scores, smoothed so far; those of the first time as they
 *   are
 * @latest: n scores of now
 * @n: 1 to %REN_MAX_CLASSES
 * @elapsed_ns: nanoseconds since @scores were given values
 * @tau_ns: time constant in nanoseconds; 0: @latest takes the place of @scores,
 *   whatever is in there
 *
 * Exponential smoothing over time: @scores move towards @latest by 1 - exp
 * (-elapsed / tau) of the way, by two thirds within @tau_ns, however many steps
 * that takes. What adds up to 1 goes on to. After a long gap nothing is left of
 * what was before it.
 *
 * Since: 1.0
 */
REN_API void ren_smooth (float *scores, const float *latest, guint n,
    guint64 elapsed_ns, guint64 tau_ns);

/**
 * ren_steady_label:
 * @scores: (array length=n): n scores
 * @n: 1 to %REN_MAX_CLASSES
 * @label: index that was shown before; %G_MAXUINT the first time
 * @lead: 0 to 1
 *
 * Hysteresis: keeps a label from changing to and fro between two scores that are
 * near each other.
 *
 * Returns: index of the highest score where that is @lead or more above that of
 *   @label, else @label
 *
 * Since: 1.0
 */
REN_API guint ren_steady_label (
    const float *scores, guint n, guint label, float lead);

/**
 * ren_version_string:
 *
 * Tells the version of the library that runs, which need not be the one of the header.
 *
 * Returns: (transfer none): version of the library, such as "1.0.0"
 *
 * Since: 1.0
 */
REN_API const char *ren_version_string (void);

G_END_DECLS

#include "resemotenet-train.h"
