import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import fc from 'fast-check';
import { ScriptDocument } from '../../lib/documents.ts';
import type { StackName } from '../support/stacks.ts';
import { dashed, documentsOf, stepOf } from '../support/template.ts';
import { templateOf, templatesOf } from '../support/synthesized.ts';

const documents = documentsOf(templateOf());

describe('the documents', () => {
  it('are these eight, four for each transport', () => {
    expect([...documents.keys()]).toEqual([
      'Inspect',
      'Maintenance',
      'RestartIpsec',
      'Install',
      'RelayInspect',
      'RelayMaintenance',
      'RelayRestartIpsec',
      'RelaySetup',
    ]);
  });

  it.each([...documents])(
    '%s is a command for managed nodes, in one step of sh',
    (purpose, one) => {
      const { content, name, ...more } = one;
      expect(more).toEqual({
        documentType: 'Command',
        documentFormat: 'JSON',
        targetType: '/AWS::SSM::ManagedInstance',
      });
      expect(content.schemaVersion).toBe('2.2');
      expect(content.mainSteps).toEqual([
        {
          action: 'aws:runShellScript',
          name: dashed(purpose),
          precondition: { StringEquals: ['platformType', 'Linux'] },
          inputs: {
            timeoutSeconds: expect.stringMatching(/^\d+$/),
            runCommand: expect.any(Array),
          },
        },
      ]);
      // SSM API reference, CreateDocument: the name; "aws", "amazon" and "amzn" may not begin it.
      expect(name).toMatch(/^[a-zA-Z0-9_.-]{3,128}$/);
      expect(name).toMatch(/^Holdback-/);
    },
  );

  // Systems Manager quotas: 64 KB. Text beyond ASCII or `{{` would not arrive as it was written.
  it.each([...documents])('%s is small, and arrives as it was written', (_, { content }) => {
    const text = JSON.stringify(content);
    expect(Buffer.byteLength(text)).toBeLessThan(64 * 1024);
    expect(text).toMatch(/^[ -~]+$/);
    expect(text).not.toContain('{{');
  });

  it.each([...documents])('%s is a script that a shell can read', (_, document) => {
    const { script } = stepOf(document);
    expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it('have time for what they do: a configctl call may take 120 s', () => {
    const timeouts = [...documents].map(([purpose, document]) => [
      purpose,
      stepOf(document).timeoutSeconds,
    ]);
    expect(Object.fromEntries(timeouts)).toEqual({
      Inspect: 20,
      Maintenance: 180,
      RestartIpsec: 180,
      Install: 60,
      RelayInspect: 24,
      RelayMaintenance: 180,
      RelayRestartIpsec: 180,
      RelaySetup: 120,
    });
    for (const order of ['Maintenance', 'RestartIpsec', 'RelayMaintenance', 'RelayRestartIpsec']) {
      expect(stepOf(documents.get(order)).timeoutSeconds).toBeGreaterThan(120);
    }
  });
});

describe('the name of a document', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'holdback-documents-'));
  afterAll(() => {
    rmSync(outdir, { recursive: true });
  });

  const script = 'begin holdback-test-1\nls -l "$SSM_Observation"\n';
  const base = {
    purpose: 'test',
    description: 'A test.',
    script,
    timeoutSeconds: 20,
    parameters: { Observation: { description: 'A word.', allowedPattern: '^[a-z]{1,9}$' } },
  };
  const nameOf = (
    change: Partial<typeof base> = {},
    stackName = 'Holdback',
    id = 'One',
  ): string => {
    const stack = new Stack(new App({ outdir }), stackName);
    const { node } = new ScriptDocument(stack, id, { ...base, ...change });
    const document = node.findChild('Document');
    return CfnDocument.isCfnDocument(document) ? (document.name ?? '') : '';
  };

  it('is the same for the same content', () => {
    expect(nameOf()).toBe(nameOf());
    expect(nameOf()).toMatch(/^Holdback-test-[0-9a-f]{12}$/);
  });

  it('changes with each byte of the script', () => {
    const byte = fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.nat(script.length - 1), byte, (at, other) => {
        const changed = script.slice(0, at) + other + script.slice(at + 1);
        expect(nameOf({ script: changed }) === nameOf()).toBe(changed === script);
        expect(nameOf({ script: script.slice(0, at) + script.slice(at + 1) })).not.toBe(nameOf());
      }),
      { numRuns: 30 },
    );
  });

  it.each<[string, Partial<typeof base>]>([
    ['a time limit', { timeoutSeconds: 21 }],
    [
      'the pattern of a parameter',
      { parameters: { Observation: { description: 'A word.', allowedPattern: '^[a-z]{1,8}$' } } },
    ],
    ['a description', { description: 'Another test.' }],
  ])('changes with %s', (_, change) => {
    expect(nameOf(change)).not.toBe(nameOf());
  });

  it('is another in another stack, and for another construct in the same stack', () => {
    expect(new Set([nameOf(), nameOf({}, 'Other'), nameOf({}, 'Holdback', 'Two')]).size).toBe(3);
  });

  it('is one that SSM takes, whatever the stack is called', () => {
    for (const stackName of ['aws-network', 'Amazon', 'x'.repeat(128)]) {
      expect(nameOf({}, stackName)).toMatch(/^Holdback-test-[0-9a-f]{12}$/);
    }
  });

  it('does not depend on the settings', () => {
    const names = (stack: StackName) =>
      [...documentsOf(templateOf(stack)).values()].map(({ name }) => name);
    expect(names('another pair name and hold time')).toEqual(names('example'));
  });

  it('is not shared by two Holdbacks in one account, in one stack or in two', () => {
    const templates = templatesOf('two in one stack, a third in another');
    const names = Object.values(templates).flatMap(({ Resources }) =>
      Object.values(Resources)
        .filter(({ Type }) => Type === 'AWS::SSM::Document')
        .map(({ Properties }) => Properties['Name']),
    );
    expect(names).toHaveLength(3 * 8);
    expect(new Set(names).size).toBe(3 * 8);
  });
});
