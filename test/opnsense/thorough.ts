/**
 * `npm run test:firewall` tries every kill point and thousands of schedules; `npm test` a sample of
 * them, so that it stays fast.
 */
export const THOROUGH = process.env['HOLDBACK_THOROUGH'] === '1';

/** Every one of `count` numbers from 1, or a sample of them that is always the same. */
export function points(count: number, sample: number): number[] {
  const step = THOROUGH ? 1 : Math.max(1, Math.ceil(count / sample));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => 1 + index * step);
}
