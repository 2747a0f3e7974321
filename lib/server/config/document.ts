import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
} from 'yaml';
import { ConfigError, type ConfigPath, type ConfigProblem, quote } from './problem.js';
import { syntaxMessage } from './syntax.js';

/** Deeper than any configuration; the YAML library recurses, so that depth has to be bounded before it does. */
const MAX_DEPTH = 100;
/** Values that aliases may repeat. */
const MAX_REPEATED = 100_000;

/** A YAML file as plain values, which knows where each of them stands. */
export class ConfigDocument {
  /** Objects without a prototype, arrays, strings, numbers, booleans and null. */
  readonly value: unknown;
  readonly file: string;
  readonly #lines: LineCounter;
  readonly #root: Node | null;
  readonly #aliases: ReadonlyMap<Node, Node>;

  /** @throws ConfigError naming every error of syntax */
  constructor(file: string, text: string) {
    this.file = file;
    this.#lines = new LineCounter();
    const document = this.#parse(text);
    const reader = new ValueReader((node, path, message) => this.#at(offsetOf(node), path, message));
    this.value = reader.read(document.contents, []);
    this.#root = document.contents;
    this.#aliases = reader.aliases;
    if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  }

  /**
   * A problem at the value of `path`, or at its key. What is missing is reported where its nearest existing parent
   * is.
   */
  problem(path: ConfigPath, message: string, where: 'key' | 'value' = 'value'): ConfigProblem {
    return this.#at(offsetOf(this.#find(path, where)), path, message);
  }

  #at(offset: number | undefined, path: ConfigPath, message: string): ConfigProblem {
    if (offset === undefined) return { file: this.file, path, message };
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), path, message };
  }

  #parse(text: string): Document.Parsed {
    this.#lines.addNewLine(0);
    const tokens = [];
    const parser = new Parser(this.#lines.addNewLine);
    for (const lexeme of new Lexer().lex(text)) {
      tokens.push(...parser.next(lexeme));
      if (parser.stack.length > MAX_DEPTH) {
        throw new ConfigError([this.#at(parser.offset, [], 'lists and maps are nested too deeply')]);
      }
    }
    tokens.push(...parser.end());
    const composer = new Composer({
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
      lineCounter: this.#lines,
    });
    const [document, second] = [...composer.compose(tokens, true, text.length)];
    if (document === undefined) throw new ConfigError([this.#at(0, [], 'the file is empty')]);
    const problems = [...document.errors, ...document.warnings]
      .toSorted((a, b) => a.pos[0] - b.pos[0])
      .map((error) => this.#at(error.pos[0], [], syntaxMessage(error.code)));
    if (document.directives.yaml.version !== '1.2') {
      problems.push(this.#at(0, [], 'a %YAML directive changes how words are read; leave it out'));
    }
    if (second !== undefined) {
      const start = second.contents === null ? second.range[0] : offsetOf(second.contents);
      problems.push(this.#at(start, [], 'a second document begins here; keep one, and remove the "---"'));
    }
    if (problems.length > 0) throw new ConfigError(problems);
    return document;
  }

  #find(path: ConfigPath, where: 'key' | 'value'): Node | null {
    let node = this.#root;
    for (const [depth, part] of path.entries()) {
      const parent: Node | null = node === null ? null : (this.#aliases.get(node) ?? node);
      if (isSeq(parent)) {
        const item = typeof part === 'number' ? (parent.items[part] as Node | undefined) : undefined;
        if (item === undefined) return node;
        node = item;
      } else if (isMap(parent)) {
        const pair = parent.items.find(({ key }) => this.#keyText(key as Node | null) === part);
        if (pair === undefined) return node;
        const last = depth === path.length - 1;
        node = ((last && where === 'key') || pair.value === null ? pair.key : pair.value) as Node | null;
      } else return node;
    }
    return node;
  }

  #keyText(key: Node | null): string | undefined {
    return keyText(key === null ? null : (this.#aliases.get(key) ?? key));
  }
}

type Report = (node: Node | null, path: ConfigPath, message: string) => ConfigProblem;

/** Turns nodes into plain values, and remembers what aliases stand for. */
class ValueReader {
  readonly problems: ConfigProblem[] = [];
  readonly aliases = new Map<Node, Node>();
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  readonly #report: Report;
  #repeating = 0;
  #repeated = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  read(node: Node | null, path: ConfigPath): unknown {
    if (node === null) return null;
    if (this.#repeating > 0 && ++this.#repeated > MAX_REPEATED) {
      if (this.#repeated === MAX_REPEATED + 1) this.#problem(node, path, 'aliases repeat too many values');
      return null;
    }
    if (isAlias(node)) return this.#readAlias(node, path);
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined && this.#repeating === 0) this.#anchors.set(anchor, node);
    if (isScalar(node)) return node.value;
    if (path.length > MAX_DEPTH) {
      this.#problem(node, path.slice(0, 3), 'lists and maps are nested too deeply');
      return null;
    }
    this.#open.add(node);
    const value = isSeq(node) ? this.#readList(node.items, path) : this.#readMap(node, path);
    this.#open.delete(node);
    return value;
  }

  #readAlias(alias: Node & { source: string }, path: ConfigPath): unknown {
    const target = this.aliases.get(alias) ?? this.#anchors.get(alias.source);
    if (target === undefined) {
      this.#problem(
        alias,
        path,
        `no value before this is named &${alias.source}; a "*" in a name needs quotes`,
      );
      return null;
    }
    if (this.#open.has(target)) {
      this.#problem(alias, path, 'this alias stands for a value that holds the alias itself');
      return null;
    }
    this.aliases.set(alias, target);
    this.#repeating += 1;
    const value = this.read(target, path);
    this.#repeating -= 1;
    return value;
  }

  #readList(items: readonly unknown[], path: ConfigPath): unknown[] {
    return items.map((item, index) => this.read(item as Node | null, [...path, index]));
  }

  #readMap(node: Node, path: ConfigPath): unknown {
    if (!isMap(node)) return null;
    const value = Object.create(null) as Record<string, unknown>;
    const first = new Map<string, Node | null>();
    for (const pair of node.items) {
      const written = pair.key as Node | null;
      const key = isAlias(written) ? (this.#anchors.get(written.source) ?? null) : written;
      if (isAlias(written) && key !== null) this.aliases.set(written, key);
      const { anchor } = (written ?? {}) as { anchor?: string };
      if (anchor !== undefined && written !== null) this.#anchors.set(anchor, written);
      const name = keyText(key);
      if (name === undefined) {
        this.#problem(
          written ?? node,
          path,
          'a key must be plain text; write "*" and other special names in quotes',
        );
      } else if (name === '__proto__' || (name === '<<' && !isQuoted(key))) {
        this.#problem(written, path, `${quote(name)} cannot be a key here; write the options out`);
      } else if (first.has(name)) {
        const before = this.#report(first.get(name) ?? null, path, '');
        const again = `${quote(name)} is here twice, first in line ${before.line ?? '?'}; keep one of them`;
        this.#problem(written, [...path, name], again);
      } else {
        first.set(name, written);
        value[name] = this.read(pair.value as Node | null, [...path, name]);
      }
    }
    return value;
  }

  #problem(node: Node | null, path: ConfigPath, message: string): void {
    this.problems.push(this.#report(node, path, message));
  }
}

const isQuoted = (node: Node | null): boolean => isScalar(node) && node.type !== 'PLAIN';

/** The key as it is written, so that a user named `007` or `on` keeps that name. */
function keyText(key: Node | null): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'string') return key.value;
  return key.source === undefined || key.source === '' ? undefined : key.source;
}

const offsetOf = (node: Node | null): number | undefined => node?.range?.[0];
