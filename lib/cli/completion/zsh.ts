import type { CommandNode, CompletedOption } from './command-tree.js';

/** A script for zsh that completes commands, options and their values. */
export function zshScript(tree: readonly CommandNode[]): string {
  const commands = tree.filter(({ path }) => path !== '').map(({ path }) => path);
  return `#compdef kernel-l2tp
# zsh completion of kernel-l2tp
_kernel_l2tp() {
  local place= previous=\${words[CURRENT - 1]} i
  local -a following flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$place/\${words[i]}" in
      ${commands.join(' | ')}) place+="/\${words[i]}" ;;
    esac
  done
  case "$place:$previous" in
${tree.map(values).join('')}  esac
  case "$place" in
${tree.map(words).join('')}  esac
  (( \${#following} )) && _describe command following
  [[ $PREFIX == -* ]] && _describe option flags
  return 0
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then
  _kernel_l2tp "$@"
else
  compdef _kernel_l2tp kernel-l2tp
fi
`;
}

function values({ path, options }: CommandNode): string {
  return options
    .filter(({ value }) => value !== 'none')
    .map(({ flags, value }) => {
      const pattern = flags.map((flag) => `${path}:${flag}`).join(' | ');
      return `    ${pattern}) ${reply(value)} return ;;\n`;
    })
    .join('');
}

function reply(value: CompletedOption['value']): string {
  if (value === 'file') return '_files;';
  return typeof value === 'string' ? '' : `compadd -- ${value.join(' ')};`;
}

function words({ path, words, options, takesFile }: CommandNode): string {
  const following = words.map(({ word, description }) => described(word, description));
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option.description)));
  const files = takesFile ? ' [[ $PREFIX == -* ]] || _files;' : '';
  return `    '${path}') following=(${following.join(' ')}); flags=(${flags.join(' ')});${files} ;;\n`;
}

const described = (word: string, description: string): string =>
  `'${word}:${description.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'`;
