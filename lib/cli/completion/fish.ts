import type { CommandNode, CompletedOption } from './command-tree.js';

/** A script for fish that completes commands, options and their values. */
export function fishScript(tree: readonly CommandNode[]): string {
  const commands = tree.filter(({ path }) => path !== '').map(({ path }) => path);
  return `# fish completion of kernel-l2tp
function __kernel_l2tp_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$place/$word" ${commands.join(' ')}
            set place "$place/$word"
        end
    end
    test "$place" = "$argv[1]"
end
complete -c kernel-l2tp -f
${tree.map(lines).join('')}`;
}

function lines({ path, words, options, takesFile }: CommandNode): string {
  const head = `complete -c kernel-l2tp -n '__kernel_l2tp_at "${path}"'`;
  return [
    ...words.map(({ word, description }) => `${head} -a ${word} -d ${quoted(description)}\n`),
    ...options.map(
      (option) => `${head}${flagsOf(option)}${valueOf(option)} -d ${quoted(option.description)}\n`,
    ),
    ...(takesFile ? [`${head} -F\n`] : []),
  ].join('');
}

const flagsOf = ({ flags }: CompletedOption): string =>
  flags.map((flag) => (flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`)).join('');

function valueOf({ value }: CompletedOption): string {
  if (value === 'none') return '';
  if (value === 'file') return ' -r -F';
  return typeof value === 'string' ? ' -x' : ` -x -a '${value.join(' ')}'`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
