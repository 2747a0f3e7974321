import { Argument, type Command } from 'commander';
import type { CliIo } from '../io.js';
import { bashScript } from './bash.js';
import { commandTree } from './command-tree.js';
import { fishScript } from './fish.js';
import { zshScript } from './zsh.js';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof scripts;

/** `kernel-l2tp completion`: a script that has a shell complete the other commands. */
export function addCompletion(program: Command, io: CliIo): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .action((shell: Shell) => void io.stdout.write(scripts[shell](commandTree(program))));
}
