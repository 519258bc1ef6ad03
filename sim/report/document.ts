import { markup, Markup } from './markup.ts';
import { pageCss } from './page-style.ts';
import { patterns, pictureCss } from './style.ts';
import { themeCss } from './theme.ts';

/** The policy holds the page to its word: nothing is loaded and nothing runs. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * One HTML page that needs nothing but itself: no script, no font, no request.
 *
 * @param body its header, main and footer
 * @param css beyond that of every page
 */
export function htmlDocument(title: string, body: Markup, css = ''): string {
  const style = new Markup(`${themeCss(':root', 'auto')}${pictureCss}${pageCss}${css}`);
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="color-scheme" content="light dark">
<title>${title}</title><link rel="icon" href="data:,">
<style>${style}</style></head><body>
<svg width="0" height="0" aria-hidden="true" style="position:absolute">${patterns}</svg>
${body}
</body></html>
`.source;
}
