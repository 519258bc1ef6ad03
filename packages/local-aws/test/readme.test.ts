import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Chance } from '../src/chance.ts';
import { Clock } from '../src/clock.ts';
import { startCloud } from '../src/cloud.ts';
import type { Cloud } from '../src/cloud.ts';
import { writeAssembly } from '../src/testing/assembly.ts';
import { START } from '../src/testing/served.ts';
import { operationModel, SERVICE_MODELS } from '../src/wire/models.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

let cloud: Cloud | undefined;
afterEach(() => cloud?.close());

describe('the README', () => {
  it('names each operation that is emulated, and no other', async () => {
    const started = await startCloud({
      assemblyFolder: writeAssembly({}),
      clock: new Clock(START),
      chance: new Chance(1),
      vpn: { connections: () => [] },
      nodes: [],
    });
    cloud = started;
    const isEmulated = (service: Parameters<Cloud['call']>[0], operation: string): boolean => {
      try {
        started.call(service, operation, {});
        return true;
      } catch (error) {
        return !String(error).includes('does not emulate');
      }
    };
    const emulated = SERVICE_MODELS.map((model) => {
      const names = Object.keys(model.shapes)
        .filter((name) => name.endsWith('$'))
        .map((name) => name.slice(0, -1))
        .filter((name) => operationModel(model, name));
      expect(names.length).toBeGreaterThan(10);
      return [model.name, names.filter((name) => isEmulated(model.name, name)).sort()];
    });
    const rows = [...readme.matchAll(/^\| (\w+) +\| (\w+(?:, \w+)*) +\|$/gm)];
    const named = rows.map(([, service, operations = '']) => [service, operations.split(', ')]);
    const byService = ([a]: unknown[], [b]: unknown[]): number => (String(a) < String(b) ? -1 : 1);
    expect(named.slice(named.findIndex(([name]) => name === 'CloudWatch'))).toEqual(
      emulated.sort(byService),
    );
  });
});
