import { known, unknown, type Reading } from '../core/reading.ts';

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
    const exit = /^exit (\d+)$/.exec(word);
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

/** Enough of a text to recognise it, short enough for a record. */
export function excerpt(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}…` : line || 'no output';
}
