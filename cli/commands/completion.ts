import { type Command, InvalidArgumentError } from "commander";
import type { Terminal } from "../terminal.ts";

export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command("completion <shell>")
    .summary("print a completion script")
    .description("Print a completion script for bash, zsh or fish.")
    .addHelpText(
      "after",
      '\nExamples:\n  eval "$(twinrail completion bash)"\n  twinrail completion fish > ~/.config/fish/completions/twinrail.fish',
    )
    .action((shell: string) => {
      const script = SCRIPTS[shell];
      if (script === undefined) throw new InvalidArgumentError("a shell is bash, zsh or fish");
      terminal.out(script(program));
    });
}

const SCRIPTS: Readonly<Record<string, (program: Command) => string>> = { bash, zsh, fish };

/** Without what is not for people. */
function shown(program: Command): readonly Command[] {
  return program.createHelp().visibleCommands(program);
}

function words(command: Command): string {
  return command.options.flatMap((option) => (option.long === undefined ? [] : [option.long])).join(" ");
}

function bash(program: Command): string {
  const cases = shown(program)
    .map((command) => `    ${command.name()}) words="${words(command)} --help" ;;`)
    .join("\n");
  return `_twinrail() {
  local words cur=\${COMP_WORDS[COMP_CWORD]}
  case \${COMP_CWORD:-0} in 1) words="${shown(program)
    .map((command) => command.name())
    .join(" ")} --help --version" ;; *) case \${COMP_WORDS[1]} in
${cases}
  esac ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ $cur == -* || \${COMP_CWORD:-0} == 1 ]] || COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -o filenames -F _twinrail twinrail
`;
}

function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`;
}

function fish(program: Command): string {
  const lines = shown(program).flatMap((command) => [
    `complete -c twinrail -n __fish_use_subcommand -a ${command.name()} -d '${command.summary()}'`,
    ...command.options.flatMap((option) =>
      option.long === undefined
        ? []
        : [`complete -c twinrail -n '__fish_seen_subcommand_from ${command.name()}' -l ${option.long.slice(2)}`],
    ),
  ]);
  return `${lines.join("\n")}\n`;
}
