#!/usr/bin/env python3
"""Makes a program's completion script from its manual pages: generate.py bash|zsh|fish OUT PAGE…"""
import os
import re
import sys

import manual


def quote(text):
    """For bash and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


class Program:
    """A program's pages: its own, and those of its commands, if it has any."""

    def __init__(self, paths):
        pages = [manual.read(path) for path in paths]
        self.main, self.pages = pages[0], pages[1:] or pages
        self.name = self.main.words[0]
        self.function = self.name.replace('-', '_')
        self.has_commands = len(pages) > 1

    def key(self, page):
        """The word that tells a command, or nothing."""
        return page.words[1] if self.has_commands else ''

    def expand(self, template, **parts):
        """Fills in @PART@s."""
        parts = {'NAME': self.name, 'FUNCTION': self.function, **parts}
        return re.sub('@([A-Z]+)@', lambda m: parts[m.group(1)], template)


# ---- bash ----------------------------------------------------------------------

BASH = r'''# Completion of @NAME@ for bash; made from its manual pages

_@FUNCTION@_options() {
  case $1 in
@OPTIONS@
  esac
}

# What the option of a command takes: `values A B …`, `files ENDING …`, or `free`; nothing where it takes nothing
_@FUNCTION@_argument() {
  case "$1 $2" in
@ARGUMENTS@
  esac
}

_@FUNCTION@_operands() {
  case $1 in
@OPERANDS@
  esac
}

# Files of these endings, and folders; nothing where there are no endings
_@FUNCTION@_files() {
  local ending
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(
    for ending in "$@"; do
      compgen -d -- "$cur"
      case $ending in
        /) ;;
        '*') compgen -f -- "$cur" ;;
        *) compgen -f -X "!*.$ending" -- "$cur"; compgen -f -X "!*.${ending^^}" -- "$cur" ;;
      esac
    done | sort -u)
}

_@FUNCTION@() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' argument
  COMPREPLY=()
  # --option=value comes as three words
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
@COMMANDS@
  read -ra argument <<<"$(_@FUNCTION@_argument "$command" "$prev")"
  # a word after an option that may do without one is no value of it
  [[ ${argument[0]} != optional || ${COMP_WORDS[COMP_CWORD]} == '=' || ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]] ||
    argument=()
  case ${argument[0]} in
    values | optional) COMPREPLY=($(compgen -W "${argument[*]:1}" -- "$cur")) ;;
    files) _@FUNCTION@_files "${argument[@]:1}" ;;
    free) ;;
    *)
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(_@FUNCTION@_options "$command")" -- "$cur"))
        [[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace 2>/dev/null
      else
        read -ra argument <<<"$(_@FUNCTION@_operands "$command")"
        _@FUNCTION@_files "${argument[@]}"
      fi
      ;;
  esac
}
complete -F _@FUNCTION@ @NAME@
'''

BASH_COMMANDS = r'''
  command=${COMP_WORDS[1]}
  if [[ $COMP_CWORD == 1 || $command == help && $COMP_CWORD == 2 ]]; then
    COMPREPLY=($(compgen -W '@WORDS@' -- "$cur"))
    return
  fi
'''


def bash_argument(option):
    if option.values:
        return ' '.join(['optional' if option.is_optional else 'values', *option.values])
    return ' '.join(['files', *option.files]) if option.files else 'free'


def bash(program):
    options, arguments, operands, commands = [], [], [], ''
    for page in program.pages:
        key = program.key(page)
        words = ' '.join('--' + o.name + ('=' if o.argument and not o.is_optional else '') for o in page.options)
        options.append(f"    {quote(key)}) echo '{words}' ;;")
        for o in page.options:
            if o.argument:
                forms = ' | '.join(quote(f'{key} {form}') for form in o.forms)
                arguments.append(f'    {forms}) echo {quote(bash_argument(o))} ;;')
        operands.append(f"    {quote(key)}) echo {quote(' '.join(page.files))} ;;")
    if program.has_commands:
        words = [name for name, _ in program.main.commands] + ['--' + o.name for o in program.main.options]
        commands = program.expand(BASH_COMMANDS.strip('\n'), WORDS=' '.join(words))
        for page in program.pages:
            if len(page.words) > 2:
                commands += (f'\n  if [[ $command == {page.words[1]} && $COMP_CWORD == 2 ]]; then\n'
                             f'    COMPREPLY=($(compgen -W {page.words[2]} -- "$cur"))\n    return\n  fi')
    return program.expand(BASH, OPTIONS='\n'.join(options), ARGUMENTS='\n'.join(arguments),
                          OPERANDS='\n'.join(operands), COMMANDS=commands)


# ---- zsh -----------------------------------------------------------------------

ZSH = '''#compdef @NAME@
# Completion of @NAME@ for zsh; made from its manual pages

@BODY@
'''

ZSH_COMMANDS = '''local curcontext=$curcontext state line
typeset -A opt_args
_arguments -C @OPTIONS@ '1:command:->command' '*::argument:->rest' && return

case $state in
  command)
    local -a commands
    commands=(
@COMMANDS@
    )
    _describe command commands
    ;;
  rest)
    case $words[1] in
      help) _arguments '1:command:(@WORDS@)' ;;
@CASES@
    esac
    ;;
esac'''


def zsh_text(text):
    return re.sub(r'([\[\]:\\])', r'\\\1', text)


def zsh_files(endings):
    if endings == manual.FOLDERS:
        return '_files -/'
    return '_files' if endings in ((), manual.ANY_FILE) else f'_files -g "*.({"|".join(endings)})(-.)"'


def zsh_option(option):
    text = f'[{zsh_text(option.text)}]'
    argument = ''
    if option.argument:
        what = f'({" ".join(option.values)})' if option.values else zsh_files(option.files) if option.files else ' '
        argument = f'{"::" if option.is_optional else ":"}{zsh_text(option.argument)}:{what}'
    name = f'--{option.name}' + ('' if not option.argument else '=-' if option.is_optional else '=')
    if not option.letter:
        return quote(('*' if option.argument == 'KEY=VALUE' else '') + name + text + argument)
    letter = f'-{option.letter}' + ('+' if option.argument else '')
    return quote(f'({" ".join(option.forms)})') + '{' + f'{letter},{name}' + '}' + quote(text + argument)


def zsh_arguments(page, indent):
    specs = [zsh_option(o) for o in page.options]
    if len(page.words) > 2:
        specs.append(quote(f'1:command:({page.words[2]})'))
    if page.files:
        specs.append(quote(f'*:argument:{zsh_files(page.files)}'))
    return ' \\\n'.join(['_arguments -s -S', *(' ' * (indent + 2) + spec for spec in specs)])


def zsh(program):
    if not program.has_commands:
        return program.expand(ZSH, BODY=zsh_arguments(program.main, 0))
    commands = [f'      {quote(name + ":" + zsh_text(text))}' for name, text in program.main.commands]
    cases = [f'      {program.key(page)})\n        {zsh_arguments(page, 8)}\n        ;;' for page in program.pages]
    body = program.expand(ZSH_COMMANDS, COMMANDS='\n'.join(commands), CASES='\n'.join(cases),
                          OPTIONS=' '.join(zsh_option(o) for o in program.main.options),
                          WORDS=' '.join(program.key(page) for page in program.pages))
    return program.expand(ZSH, BODY=body)


# ---- fish ----------------------------------------------------------------------

FISH = '''# Completion of @NAME@ for fish; made from its manual pages

# Files of these endings, and folders
function __resemotenet_files
    # of --option=file, the file is what is completed
    set -l word (string replace -r -- '^--[a-z-]*=' '' (commandline -ct))
    set -l files (complete -C "__fish_command_without_completions $word")
    string match -- '*/' $files
    for ending in $argv
        string match -i -- "*.$ending" $files
    end
end

@BODY@
'''


def fish_quote(text):
    return "'" + re.sub(r"(['\\])", r'\\\1', text) + "'"


def fish_files(endings):
    if endings == manual.FOLDERS:
        return ['-x', '-a', fish_quote('(__fish_complete_directories)')]
    if endings == manual.ANY_FILE:
        return ['-r', '-F']
    return ['-x', '-a', fish_quote(f'(__resemotenet_files {" ".join(endings)})')] if endings else ['-x']


def fish_option(option):
    words = (['-s', option.letter] if option.letter else []) + ['-l', option.name, '-d', fish_quote(option.text)]
    if option.argument and not option.is_optional:
        words += ['-x', '-a', fish_quote(' '.join(option.values))] if option.values else fish_files(option.files)
    return words


def fish(program):
    lines = []

    def add(condition, *words):
        where = ['-n', fish_quote(condition)] if condition else []
        lines.append(' '.join(['complete', '-c', program.name, *where, *words]))

    add('', '-f')
    if program.has_commands:
        for name, text in program.main.commands:
            add('__fish_use_subcommand', '-a', name, '-d', fish_quote(text))
        for o in program.main.options:
            add('__fish_use_subcommand', *fish_option(o))
        add('__fish_seen_subcommand_from help', '-a', fish_quote(' '.join(program.key(p) for p in program.pages)))
    for page in program.pages:
        condition = f'__fish_seen_subcommand_from {program.key(page)}' if program.has_commands else ''
        lines.append('')
        if len(page.words) > 2:
            add(f'{condition}; and not __fish_seen_subcommand_from {page.words[2]}', '-a', page.words[2])
        for o in page.options:
            add(condition, *fish_option(o))
            if o.is_optional:
                add(condition, '-a', fish_quote(' '.join(f'--{o.name}={value}' for value in o.values)))
        if page.files == manual.ANY_FILE:
            add(condition, '-F')
        elif page.files:
            add(condition, *[word for word in fish_files(page.files) if word != '-x'])
    return program.expand(FISH, BODY='\n'.join(lines))


def main():
    shell, out, *paths = sys.argv[1:]
    text = {'bash': bash, 'zsh': zsh, 'fish': fish}[shell](Program(paths))
    with open(out, 'w', encoding='utf-8') as f:
        f.write(text)


main()
