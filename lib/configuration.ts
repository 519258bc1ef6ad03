import { readFileSync } from 'node:fs';
import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type YAMLError,
} from 'yaml';
import { inWords, type SettingsPath } from '../lambda/core/settings-error.ts';
import { parseSettings, SettingsError, type Settings } from '../lambda/core/settings.ts';

/** A configuration file that cannot be used. The message is complete: file, lines, what to write. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** One line each, in the order of the file. */
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super(
      problems.length === 1
        ? `${file}: ${String(problems[0])}`
        : `${file} has ${problems.length} errors:\n${problems.map((one) => `  ${one}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads a configuration file such as holdback.yaml.
 *
 * @throws ConfigurationError if it is missing or wrong, with every error at once.
 */
export function loadConfiguration(file: string): Settings {
  return readConfiguration(textOf(file), file);
}

/** Reads the YAML text of a configuration; `file` is its name in messages. */
export function readConfiguration(text: string, file: string): Settings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = faultsOf(document, lines);
  // After any other fault of the text its keys may stand in the wrong place: more would be noise.
  if (document.errors.every(({ code }) => code === 'DUPLICATE_KEY')) {
    if (document.contents === null) {
      throw new ConfigurationError(file, [
        `the file is empty; write at least one pair. ${EXAMPLE}`,
      ]);
    }
    try {
      const settings = parseSettings(valueOf(document, file, lines));
      if (faults.length === 0) return settings;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      const at = (path: SettingsPath) => lineOf(document, path, lines);
      faults.push(...error.problems.map((one) => ({ line: at(one.path), message: inWords(one) })));
    }
  }
  faults.sort((a, b) => a.line - b.line);
  throw new ConfigurationError(
    file,
    faults.map(({ line, message }) => `line ${line}: ${message}`),
  );
}

const EXAMPLE = "Holdback's own holdback.yaml is a commented example.";

/** Faults whose text in the YAML library does not tell a network engineer what to do. */
const ADVICE: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands twice in one map; keep one of them',
  TAB_AS_INDENT: 'a tab in the indentation; YAML takes spaces only',
  MULTIPLE_DOCS: 'a second document starts here (---); all settings belong in one',
};

const DEPTH_ADVICE =
  'lists or maps stand in each other deeper than any settings do; look for brackets or dashes that are too many';
const ALIAS_ADVICE =
  'the aliases (*name) from here on lead round in a circle or multiply without end; write the values out';

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`;
    throw new ConfigurationError(file, [`${what}. ${EXAMPLE}`]);
  }
}

interface Fault {
  readonly line: number;
  readonly message: string;
}

/** What the YAML library found, without what only follows from it. */
function faultsOf({ errors, warnings }: Document.Parsed, lines: LineCounter): Fault[] {
  const found: readonly YAMLError[] = [...errors, ...warnings];
  // One tab moves every line after it out of its column, as the library sees it.
  const tabs = found.filter(({ code }) => code === 'TAB_AS_INDENT');
  const deep = found.filter(({ message }) => message.includes('call stack'));
  const [causes = found] = [deep, tabs].filter((some) => some.length > 0);
  const faults = causes.map((fault) => ({
    line: lines.linePos(fault.pos[0]).line,
    message: ADVICE[fault.code] ?? (deep.includes(fault) ? DEPTH_ADVICE : fault.message),
    own: fault.code in ADVICE,
  }));
  return faults.filter(
    ({ own, message }, index) =>
      own || faults.findIndex((other) => other.message === message) === index,
  );
}

/** Undefined or endless aliases (`*name`) show only now. */
function valueOf(document: Document.Parsed, file: string, lines: LineCounter): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    const isOfAliases = error instanceof ReferenceError;
    if (!isOfAliases && !(error instanceof RangeError)) throw error;
    const aliases: Alias[] = [];
    visit(document, { Alias: (_, alias) => void aliases.push(alias) });
    const unknown = aliases.filter((alias) => alias.resolve(document) === undefined);
    const problems = unknown.map((alias) => ({
      alias,
      message: `the alias *${alias.source} stands for nothing: no anchor &${alias.source} comes before it`,
    }));
    const [first] = aliases;
    if (problems.length === 0 && first) problems.push({ alias: first, message: ALIAS_ADVICE });
    if (problems.length === 0) throw new ConfigurationError(file, [DEPTH_ADVICE]);
    throw new ConfigurationError(
      file,
      problems.map(({ alias, message }) => {
        const { line } = lines.linePos(startOf(alias) ?? 0);
        return `line ${line}: ${message}`;
      }),
    );
  }
}

/** The line of a key or list entry; for one that is missing, the line of what should hold it. */
function lineOf(document: Document.Parsed, path: SettingsPath, lines: LineCounter): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: { readonly at: unknown; readonly value: unknown } | undefined;
    if (isSeq(node)) next = { at: node.items[Number(step)], value: node.items[Number(step)] };
    if (isMap(node)) {
      const found = node.items.find(({ key }) => isScalar(key) && key.value === step);
      next = found && { at: found.key, value: found.value };
    }
    offset = startOf(next?.at) ?? offset;
    node = next?.value;
  }
  return lines.linePos(offset).line;
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  return Array.isArray(node.range) ? Number(node.range[0]) : undefined;
}
