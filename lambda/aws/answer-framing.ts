import { known, unknown, type Reading } from '../core/reading.ts';

/** Run Command keeps 24,000 characters. What is longer did not come from there. */
const MOST_CHARACTERS = 30_000;

/** One framed section of what a firewall script printed. */
export interface Section {
  readonly body: string;
  readonly exitCode: number;
}

export type Sections = ReadonlyMap<string, Section>;

/**
 * Takes apart what opnsense/common.sh framed. The marker holds an id that only this call knows, so
 * that no output of a command can pass for a frame. A frame without its end was cut off or killed; no
 * section has a name that begins with `end`, which a cut could make of it.
 */
export function readFrames(text: string, marker: string, title: string): Reading<Sections> {
  if (text.length > MOST_CHARACTERS) return unknown('the output is longer than Run Command keeps');
  const mark = `==${marker} `;
  const lines = text.split('\n');
  const start = lines.indexOf(`${mark}${title}`);
  if (start < 0) return unknown(`the script did not start: ${excerpt(text)}`);
  if (!lines.includes(`${mark}end`)) return unknown('the output of the script was cut off');

  const sections = new Map<string, Section>();
  let name: string | null = null;
  let body: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith(mark)) {
      body.push(line);
      continue;
    }
    const word = line.slice(mark.length);
    const exit = /^exit (\d{1,3})$/.exec(word);
    if (exit && name !== null) {
      sections.set(name, { body: body.join('\n'), exitCode: Number(exit[1]) });
      name = null;
    } else {
      name = word;
      body = [];
    }
  }
  return known(sections);
}

/** The body of a section whose command succeeded. */
export function bodyOf(sections: Sections, name: string): Reading<string> {
  const section = sections.get(name);
  if (!section) return unknown(`${name} is missing in the output of the script`);
  if (section.exitCode !== 0) {
    return unknown(`${name} failed (${section.exitCode}): ${excerpt(section.body)}`);
  }
  return known(section.body);
}

/** A shell names its script, which an SSM agent keeps at the end of a path of some 150 characters. */
const EXCERPT_LENGTH = 300;

/**
 * Enough of a text to recognise it, short enough for a record: one line, without what controls a
 * terminal or cannot be seen.
 */
export function excerpt(text: string): string {
  const line = text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  if (line.length <= EXCERPT_LENGTH) return line || 'no output';
  return `${line.slice(0, EXCERPT_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A whole number that can be counted with; more digits than it can hold say nothing. */
export function whole(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
