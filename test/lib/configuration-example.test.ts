import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import {
  ConfigurationError,
  loadConfiguration,
  readConfiguration,
} from '../../lib/configuration.ts';
import { jsonSchema } from '../../tools/settings-schema.ts';
import { exampleText } from '../support/example-settings.ts';

const ID = /\b(?:mi|vpn)-[0-9a-f]+/g;
const WELL_FORMED =
  /^(?:mi-[0-9a-f]{17}|i-[0-9a-f]{8}(?:[0-9a-f]{9})?|vpn-[0-9a-f]{8}(?:[0-9a-f]{9})?)$/;

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Every key of the schema, with its path. */
function keysOf(node: SchemaNode, path = ''): readonly (readonly [string, SchemaNode])[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    [`${path}.${key}`, child] as const,
    ...keysOf(child, `${path}.${key}`),
  ]);
  return node.items ? [...own, ...keysOf(node.items, `${path}[]`)] : own;
}

const schema = JSON.parse(jsonSchema()) as SchemaNode;

describe('the example holdback.yaml', () => {
  it('is a valid configuration', () => {
    const { pairs } = loadConfiguration('holdback.yaml');
    expect(
      pairs.map(({ name, preferred, standby }) => [name, preferred.name, standby.name]),
    ).toEqual([['hq', 'fw-a', 'fw-b']]);
  });

  it('means the same after it was parsed and written out again', () => {
    const settings = readConfiguration(exampleText, 'holdback.yaml');
    expect(readConfiguration(stringify(settings), 'again.yaml')).toEqual(settings);
    expect(readConfiguration(JSON.stringify(settings), 'again.json')).toEqual(settings);
  });

  it('tells the truth where it calls a value the default', () => {
    const bare = exampleText.replace(/^.*(# default|deadlines:).*\n/gm, '');
    expect(bare).not.toContain('stableSeconds: 60');
    expect(readConfiguration(bare, 'bare.yaml')).toEqual(loadConfiguration('holdback.yaml'));
  });

  /** Keys without a default that a pair can do without: the example shows them in a comment. */
  const OPTIONAL = ['vpcPrefix'];

  it('shows every key there is', () => {
    for (const [path] of keysOf(schema)) {
      const key = path.split('.').at(-1) ?? '';
      const before = OPTIONAL.includes(key) ? '^ *# ' : '(?<!#.*)\\b';
      expect(exampleText).toMatch(new RegExp(`${before}${key}:`, 'm'));
    }
  });

  it.each(OPTIONAL)('is valid also with its comment %s taken for settings', (key) => {
    const text = exampleText.replace(`# ${key}:`, `${key}:`);
    expect(text).not.toBe(exampleText);
    expect(readConfiguration(text, 'site.yaml').pairs[0]).toHaveProperty(key);
  });

  it('with one character of an id changed is refused, or the new id is well formed', () => {
    const ids = [...exampleText.matchAll(ID)];
    expect(ids).toHaveLength(4);
    const where = fc
      .constantFrom(...ids)
      .chain((id) => fc.nat(id[0].length - 1).map((offset) => id.index + offset));
    const letter = fc.oneof(
      fc.constantFrom(...Array.from('0123456789abcdefgimnpv-_A ')),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(where, letter, (index, character) => {
        const text = exampleText.slice(0, index) + character + exampleText.slice(index + 1);
        try {
          const { pairs } = readConfiguration(text, 'changed.yaml');
          const found = pairs.flatMap(({ preferred, standby }) =>
            [preferred, standby].flatMap((firewall) => [
              firewall.ssmTarget,
              ...firewall.vpnConnections.map(({ id }) => id),
            ]),
          );
          for (const id of found) {
            expect(id).toMatch(WELL_FORMED);
            expect(text).toContain(id);
          }
          expect(new Set(found).size).toBe(4);
        } catch (error) {
          if (!(error instanceof ConfigurationError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('holdback.schema.json', () => {
  it('is what the code generates, so that editors know what the parser knows', () => {
    expect(readFileSync('holdback.schema.json', 'utf8')).toBe(jsonSchema());
    expect(jsonSchema()).toBe(jsonSchema());
  });

  it('is what the first line of the example refers to', () => {
    expect(exampleText.split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./holdback.schema.json',
    );
  });

  it('describes every key', () => {
    const silent = keysOf(schema).filter(([, { description }]) => !description?.endsWith('.'));
    expect(silent).toEqual([]);
  });

  it('has the bounds that the parser has', () => {
    const numbers = keysOf(schema).filter(([, { type }]) => type === 'integer');
    expect(numbers.length).toBeGreaterThan(10);
    for (const [path, { minimum = NaN, maximum = NaN }] of numbers) {
      const key = path.split('.').at(-1) ?? '';
      for (const beyond of [minimum - 1, maximum + 1]) {
        const text = exampleText.replace(new RegExp(`\\b${key}: \\d+`), `${key}: ${beyond}`);
        expect(() => readConfiguration(text, 'site.yaml')).toThrow(`${key}: ${beyond} is `);
      }
    }
  });
});
