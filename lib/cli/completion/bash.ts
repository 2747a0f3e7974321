import type { CommandNode, CompletedOption } from './command-tree.js';
import { placeCases, valueCases } from './shell-cases.js';

/** A script for bash that completes commands, options and their values. */
export function bashScript(tree: readonly CommandNode[]): string {
  return `# bash completion of kernel-l2tp
_kernel_l2tp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} place= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place/\${COMP_WORDS[i]}" in
      ${placeCases(tree)}) place+=/\${COMP_WORDS[i]} ;;
    esac
  done
  case "$place:$prev" in
${valueCases(tree, reply)}  esac
  case "$place" in
${tree.map(words).join('')}  esac
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _kernel_l2tp kernel-l2tp
`;
}

function reply(value: CompletedOption['value']): string {
  if (value === 'file') return 'mapfile -t COMPREPLY < <(compgen -f -- "$cur");';
  if (typeof value === 'string') return '';
  return `mapfile -t COMPREPLY < <(compgen -W "${value.join(' ')}" -- "$cur");`;
}

function words({ path, words, options, takesFile }: CommandNode): string {
  const all = [...words.map(({ word }) => word), ...options.flatMap(({ flags }) => flags)];
  const files = takesFile ? `; [[ $cur == -* ]] || { ${reply('file')} return; } ;;` : ' ;;';
  return `    '${path}') words="${all.join(' ')}"${files}\n`;
}
