#!/usr/bin/env python3
"""Writes the seeds of all fuzzers, small and always the same: seeds.py FOLDER

Each is a file FOLDER/NAME/LABEL, NAME being the fuzzer's. They are of the modules
seeds_*.py beside this one, whose SEEDS tells of each fuzzer by name the function
that yields them: label and bytes.
"""
import importlib
import os
import shutil
import sys

def main():
    folder = sys.argv[1]
    sys.dont_write_bytecode = True
    modules = sorted(name[:-3] for name in os.listdir(os.path.dirname(os.path.abspath(__file__)))
                     if name.startswith('seeds_') and name.endswith('.py'))
    for module in modules:
        for name, seeds in importlib.import_module(module).SEEDS.items():
            path = os.path.join(folder, name)
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)
            for label, data in seeds():
                with open(os.path.join(path, label), 'xb') as file:
                    file.write(data)
    os.utime(folder)  # what a build goes by


if __name__ == '__main__':
    main()
