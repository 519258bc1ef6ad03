/**
 * Markup that cannot forget to escape: whatever is put into a `markup` template is escaped unless
 * it is itself `Markup`. It serves HTML and SVG alike, so it also drops what XML forbids.
 */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = string | number | Markup | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters (tab and line breaks aside), lone surrogates and non-characters: not XML. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

function escapeText(text: string): string {
  return text.replace(notXml, '\ufffd').replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

function sourceOf(part: Part): string {
  if (part instanceof Markup) return part.source;
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  return part.map(sourceOf).join('');
}

export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const filled = strings.map((text, index) => {
    const part = parts[index];
    return part === undefined ? text : text + sourceOf(part);
  });
  return new Markup(filled.join(''));
}

export const nothing = new Markup('');
