import type { ErrorCode } from 'yaml';

/**
 * What is wrong and what would be right, for each of the YAML library's errors. Its own texts are not used: they may
 * quote the file, and so a password.
 */
const MESSAGES: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias can have neither a tag nor an anchor',
  BAD_ALIAS: 'this alias has no right name; a plain "*" needs quotes',
  BAD_COLLECTION_TYPE: 'this tag does not fit its value; leave tags out',
  BAD_DIRECTIVE: 'this directive is not known; leave lines that begin with "%" out',
  BAD_DQ_ESCAPE: String.raw`in "double quotes" a backslash begins an escape; write \\ or use 'single quotes'`,
  BAD_INDENT: 'wrong indentation or a missing bracket; align keys of one map, and close every [ and {',
  BAD_PROP_ORDER: 'tags and anchors must stand right before their value',
  BAD_SCALAR_START: 'a value cannot begin with this character; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second ": " in one line, or a line indented too far; put a value that holds ": " in quotes',
  BLOCK_IN_FLOW: 'a value inside [ ] or { } that holds ": " or begins with "- " must be in quotes',
  DUPLICATE_KEY: 'this key is here twice; keep one of them',
  IMPOSSIBLE: 'this is not YAML',
  KEY_OVER_1024_CHARS: 'a key is too long; is a ":" missing?',
  MISSING_CHAR: 'something is missing here: a closing quote, a comma, or a ":" with a space after it',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is the line before indented too far?',
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_DOCS: 'a second document begins here; keep one, and remove the "---"',
  MULTIPLE_TAGS: 'a value can have one tag only',
  NON_STRING_KEY: 'a key must be plain text',
  RESOURCE_EXHAUSTION: 'lists and maps are nested too deeply',
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'this tag ("!...") does not fit its value; put text that begins with "!" in quotes',
  UNEXPECTED_TOKEN: 'this does not belong here; put the whole value in quotes, or begin a new line',
};

/** @internal */
export const syntaxMessage = (code: ErrorCode): string => MESSAGES[code];
