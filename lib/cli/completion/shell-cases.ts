import type { CommandNode, CompletedOption } from './command-tree.js';

/** The pattern of a `case` of bash and zsh that holds every command's place. */
export const placeCases = (tree: readonly CommandNode[]): string =>
  tree
    .filter(({ path }) => path !== '')
    .map(({ path }) => path)
    .join(' | ');

/**
 * The branches of a `case` of bash and zsh over `PLACE:PREVIOUS-WORD`, for what follows an option that takes a value.
 * @param reply the shell's own words that offer such values
 */
export const valueCases = (
  tree: readonly CommandNode[],
  reply: (value: CompletedOption['value']) => string,
): string =>
  tree.flatMap(({ path, options }) => options.map((option) => valueCase(path, option, reply))).join('');

function valueCase(
  path: string,
  { flags, value }: CompletedOption,
  reply: (value: CompletedOption['value']) => string,
): string {
  if (value === 'none') return '';
  const pattern = flags.map((flag) => `${path}:${flag}`).join(' | ');
  return `    ${pattern}) ${reply(value)} return ;;\n`;
}
