import type { Command } from 'commander';

/** An option as a shell completes it. */
export interface CompletedOption {
  /** `-c` and `--config`. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly value: 'none' | 'file' | 'free' | readonly string[];
}

/** A word after a command. */
export interface CompletedWord {
  readonly word: string;
  readonly description: string;
}

/** One command: where it is, and what may follow it. */
export interface CommandNode {
  /** `/show/sessions`; that of the program itself is empty. */
  readonly path: string;
  readonly words: readonly CompletedWord[];
  readonly options: readonly CompletedOption[];
  /** Whether it takes a file as its argument. */
  readonly takesFile: boolean;
}

/** Every command of the program, the program itself first. */
export function commandTree(command: Command, path = ''): CommandNode[] {
  const subcommands = command.commands.map((one) => ({
    word: one.name(),
    description: firstLine(one.description()),
  }));
  const choices = command.registeredArguments.flatMap(({ argChoices, description }) =>
    (argChoices ?? []).map((word) => ({ word, description })),
  );
  const options = command.options.map((option): CompletedOption => {
    const flags = [option.short, option.long].filter((flag) => flag !== undefined);
    return { flags, description: firstLine(option.description), value: valueOf(option) };
  });
  const help = { flags: ['-h', '--help'], description: 'explain the command', value: 'none' } as const;
  return [
    {
      path,
      words: [...subcommands, ...choices],
      options: [...options, help],
      takesFile: command.registeredArguments.some((argument) => argument.name() === 'file'),
    },
    ...command.commands.flatMap((one) => commandTree(one, `${path}/${one.name()}`)),
  ];
}

function valueOf(option: Command['options'][number]): CompletedOption['value'] {
  if (option.isBoolean() || option.negate) return 'none';
  if (option.argChoices !== undefined) return option.argChoices;
  return /<(file|path)>/.test(option.flags) ? 'file' : 'free';
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
