"""Copies of the core library in folders of their own: the default model of the build, or the lack of it, has no part in
a test."""
import os
import shutil

LIBDIR = os.environ['REN_LIBDIR']
# where it is looked for last, beside no library
INSTALLED = os.environ['REN_INSTALLED_MODEL']
# what an earlier installation left would be found after all
IS_INSTALLED = os.path.exists(INSTALLED)


def put(folder):
    """Environment in which programs load a copy of the library from there, and name no model."""
    os.makedirs(folder, exist_ok=True)
    # under the name that programs ask for
    shutil.copy(os.environ['REN_LIBRARY'], os.path.join(folder, 'libresemotenet-1.0.so.1'))
    # the variable goes before the search path that is built into the programs
    return {'LD_LIBRARY_PATH': folder, 'RESEMOTENET_MODEL': ''}


def put_built(root, model=None):
    """The same, laid out as a build whose default model is `model`, or none. Returns the model's place, too."""
    place = os.path.join(os.path.realpath(root), 'models', 'resemotenet.safetensors')
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if model:
        os.symlink(os.path.abspath(model), place)
    return put(os.path.join(root, 'core')), place
