import type { CommandNode, CompletedOption } from './command-tree.js';
import { placeCases, valueCases } from './shell-cases.js';

/** A script for zsh that completes commands, options and their values. */
export function zshScript(tree: readonly CommandNode[]): string {
  return `#compdef kernel-l2tp
# zsh completion of kernel-l2tp
_kernel_l2tp() {
  local place= previous=\${words[CURRENT - 1]} i
  local -a following flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$place/\${words[i]}" in
      ${placeCases(tree)}) place+="/\${words[i]}" ;;
    esac
  done
  case "$place:$previous" in
${valueCases(tree, reply)}  esac
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
