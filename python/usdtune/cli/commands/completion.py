# SPDX-License-Identifier: Apache-2.0
"""`usdtune completion SHELL`: a script for bash, zsh or fish that knows every command, option and operation."""

from __future__ import annotations

import argparse

from usdtune.cli.arguments import Parser

SHELLS = ("bash", "zsh", "fish")

EPILOG = """\
examples:
  source <(usdtune completion bash)
  usdtune completion zsh > ~/.zfunc/_usdtune
  usdtune completion fish > ~/.config/fish/completions/usdtune.fish
"""


def configure(parser: Parser) -> None:
    parser.description = "Prints a completion script."
    parser.epilog = EPILOG
    parser.add_argument("shell", choices=SHELLS, help="bash, zsh or fish")


def run(arguments: argparse.Namespace) -> int:
    print({"bash": bash, "zsh": zsh, "fish": fish}[arguments.shell](), end="")
    return 0


def options() -> dict[str, list[str]]:
    """Every command with its options; for `op` every operation with its own."""
    from usdtune.cli.commands.op import parser_for
    from usdtune.cli.from_descriptor import descriptors
    from usdtune.cli.main import commands, parser_of

    known = {name: _flags(parser_of(command)) for name, command in commands().items()}
    known.update({f"op {key}": _flags(parser_for(key)) for key in descriptors()})
    return known


def _flags(parser: Parser) -> list[str]:
    return sorted(flag for flag in parser._option_string_actions if flag.startswith("--"))


def _words() -> tuple[str, str, str]:
    from usdtune.cli.from_descriptor import descriptors
    from usdtune.cli.main import commands

    cases = "\n".join(f'    "{name}") words="{" ".join(flags)}" ;;' for name, flags in options().items())
    return " ".join(commands()), " ".join(descriptors()), cases


def bash() -> str:
    commands, operations, cases = _words()
    return f"""\
_usdtune() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{commands} --help --version" -- "$current")); return
  fi
  if [ "$COMP_CWORD" -eq 2 ] && {{ [ "$command" = op ] || [ "$command" = ops ]; }}; then
    COMPREPLY=($(compgen -W "{operations}" -- "$current")); return
  fi
  [ "$command" = op ] && command="op ${{COMP_WORDS[2]}}"
  case "$command" in
{cases}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}}
complete -o filenames -F _usdtune usdtune
"""


def zsh() -> str:
    return f"#compdef usdtune\nautoload -Uz bashcompinit && bashcompinit\n{bash()}"


def fish() -> str:
    from usdtune.cli.from_descriptor import descriptors
    from usdtune.cli.main import commands

    lines = [
        f"complete -c usdtune -n __fish_use_subcommand -f -a {name} -d {_quoted(command.summary)}"
        for name, command in commands().items()
    ]
    lines += [
        f"complete -c usdtune -n '__fish_seen_subcommand_from op ops' -f -a {key} -d {_quoted(entry['title'])}"
        for key, entry in descriptors().items()
    ]
    for name, flags in options().items():
        command = name.split()[-1]
        lines += [f"complete -c usdtune -n '__fish_seen_subcommand_from {command}' -l {flag[2:]}" for flag in flags]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
