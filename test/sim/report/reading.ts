/** Reads a rendered page or picture back, as far as the tests need it. */

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** What a reader sees of a piece of markup. */
export function textOf(source: string): string {
  return source
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&[a-z0-9#]+;/g, (entity) => entities[entity] ?? entity);
}

export function all(source: string, pattern: RegExp): readonly string[] {
  return Array.from(source.matchAll(pattern), (match) => match[1] ?? match[0]);
}

/** Tags that do not match, and any `<` that no tag explains: what unescaped text would leave behind. */
export function unbalancedTags(source: string): readonly string[] {
  const open: string[] = [];
  const faults: string[] = [];
  const body = source.replace(/<!doctype html>/, '').replace(/<style>.*?<\/style>/gs, '');
  for (const [tag, closing, name = '', selfClosing] of body.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)(?:\s+[\w:-]+(?:="[^"<>]*")?)*\s*(\/?)>|</g,
  )) {
    if (name === '') faults.push(`a bare < in ${tag}`);
    else if (closing === '/') {
      const expected = open.pop();
      if (expected !== name) faults.push(`</${name}> closes <${expected ?? 'nothing'}>`);
    } else if (selfClosing !== '/' && name !== 'meta' && name !== 'link') open.push(name);
  }
  return [...faults, ...open.map((name) => `<${name}> stays open`)];
}

/** The pictures of a page, one entry for each run and layout. */
export function picturesOf(page: string, layout: 'wide' | 'narrow'): readonly string[] {
  return all(page, new RegExp(`<div class="plot ${layout}">(.*?)</svg></div>`, 'gs'));
}

export function numbers(texts: readonly string[]): readonly number[] {
  return texts.map((text) => Number(text));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The entry at `index`; a test that reads past the end has lost its subject. */
export function nth<T>(entries: readonly T[], index: number): T {
  const entry = entries[index];
  if (entry === undefined) throw new Error(`there is no entry ${index} among ${entries.length}`);
  return entry;
}
