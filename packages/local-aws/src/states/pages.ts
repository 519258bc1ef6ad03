import { AwsError } from '../service.ts';

export interface PageRequest {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** One page of `items`: 100 unless asked for up to 1,000 (API reference, `maxResults`). */
export function page<T>(
  items: readonly T[],
  { maxResults = 100, nextToken }: PageRequest,
): { page: T[]; nextToken?: string } {
  if (nextToken !== undefined && !/^page-\d+$/.test(nextToken)) {
    throw new AwsError('InvalidToken', `Invalid Token: '${nextToken}'`);
  }
  const start = nextToken === undefined ? 0 : Number(nextToken.slice('page-'.length));
  const end = start + Math.min(maxResults || 100, 1000);
  const part = items.slice(start, end);
  return end < items.length ? { page: part, nextToken: `page-${end}` } : { page: part };
}
