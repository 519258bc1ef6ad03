import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SynthError, synthesize } from '../../sim/story/synthesis.ts';
import { exampleText } from '../support/example-settings.ts';
import type { Template } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdback-app-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it left behind. */
  readonly output: string;
}

let runs = 0;
/** Runs bin/app.ts as `cdk deploy -c config=<file>` does, and without bundles. */
function runApp(
  config: string,
  {
    prepare,
    context,
    environment,
  }: {
    readonly prepare?: (output: string) => void;
    readonly context?: Readonly<Record<string, string>>;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<Ended> {
  const output = join(folder, `out-${runs++}`);
  prepare?.(output);
  const env = {
    ...process.env,
    CDK_OUTDIR: output,
    CDK_CONTEXT_JSON: JSON.stringify({ config, 'aws:cdk:bundling-stacks': [], ...context }),
    ...environment,
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'bin/app.ts'],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr, output });
      },
    );
  });
}

/** A file with some text of the example exchanged. */
function fileWith(name: string, from: string, to: string): string {
  expect(exampleText).toContain(from);
  return fileOf(name, exampleText.replace(from, to));
}

function fileOf(name: string, text: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

/** A second pair, which has everything of its own but one firewall. */
function sharedFirewall(): string {
  const [, pair = ''] = exampleText.split('\npairs:\n');
  const second = pair
    .replace('name: hq', 'name: branch')
    .replaceAll('0a1b2c3d', '0c1b2c3d')
    .replaceAll('203.0.113.', '198.51.100.')
    .replace('mi-0c1b2c3d4e5f6000a', 'mi-0a1b2c3d4e5f6000b');
  return fileOf('shared', exampleText + second);
}

mkdirSync(join(folder, 'a-directory.yaml'));

const lineOf = (part: string): number =>
  exampleText.split('\n').findIndex((line) => line.includes(part)) + 1;

const WRONG: readonly [string, string, string][] = [
  [
    'a typo',
    fileWith('typo', 'soakSeconds:', 'soakSecond:'),
    `line ${lineOf('soakSeconds: 120')}: pairs[0].soakSecond: unknown key; did you mean soakSeconds?`,
  ],
  [
    'a malformed VPN id',
    fileWith('vpn', 'vpn-0a1b2c3d4e5f6000b', 'vpn-0a1b2c3d4e5f'),
    `line ${lineOf('vpn-0a1b2c3d4e5f6000b')}: pairs[0].standby.vpnConnections[0].id: "vpn-0a1b2c3d4e5f" is not a VPN connection id`,
  ],
  [
    'two pairs that share a firewall',
    sharedFirewall(),
    'pairs[1].preferred.ssmTarget: "mi-0a1b2c3d4e5f6000b" is also pairs[0].standby.ssmTarget',
  ],
  [
    'a negative time',
    fileWith('negative', 'stableSeconds: 60', 'stableSeconds: -1'),
    `line ${lineOf('stableSeconds: 60')}: pairs[0].stableSeconds: -1 is out of range: 10 to 3600 seconds`,
  ],
  ['nothing in it', fileOf('empty', ''), 'the file is empty; write at least one pair'],
  ['no file', join(folder, 'missing.yaml'), 'no such file'],
  ['a directory for a file', join(folder, 'a-directory.yaml'), 'cannot be read (EISDIR)'],
];

describe('the simulation, which synthesizes the stack for itself,', () => {
  it.each(WRONG.slice(-2))('leaves the last good output as it was when there is %s', (_, file) => {
    const output = join(folder, 'cdk.out');
    mkdirSync(output, { recursive: true });
    writeFileSync(join(output, 'Holdback.template.json'), '{}');
    expect(() => {
      synthesize(output, file);
    }).toThrow(SynthError);
    expect(readdirSync(output)).toEqual(['Holdback.template.json']);
    expect(readdirSync(folder).filter((name) => name.startsWith('cdk.out'))).toEqual(['cdk.out']);
  });
});

describe('the app', () => {
  it.concurrent.each(WRONG)(
    'refuses a configuration with %s, says where, and writes nothing',
    async (_, file, message) => {
      const { code, stdout, stderr, output } = await runApp(file);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain(message);
      expect(stderr.startsWith(file)).toBe(true);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stderr).not.toContain('Error:');
      expect(existsSync(output) ? readdirSync(output) : []).toEqual([]);
    },
  );

  it.concurrent.each(WRONG.slice(0, 1))(
    'leaves the last good output as it was when a configuration has %s',
    async (_, file) => {
      const { output } = await runApp(file, {
        prepare: (fresh) => {
          mkdirSync(fresh);
          writeFileSync(join(fresh, 'Holdback.template.json'), '{}');
        },
      });
      expect(readdirSync(output)).toEqual(['Holdback.template.json']);
    },
  );

  it.concurrent('makes a stack of another name beside the first', async () => {
    const { output } = await runApp('holdback.yaml', {
      context: { stack: 'HoldbackSecond' },
      // What CDK has to say about the template is asked below.
      environment: { CDK_VALIDATION: 'false' },
    });
    expect(readdirSync(output)).toContain('HoldbackSecond.template.json');
  });

  it.concurrent(
    'synthesizes the example, with the checks, into one stack: the same as from props',
    async () => {
      const { code, stderr, output } = await runApp('holdback.yaml');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const read = (file: string): unknown => JSON.parse(readFileSync(join(output, file), 'utf8'));
      const { Description, ...template } = read('Holdback.template.json') as Template;
      expect(Description).toBe('Holdback: failover of OPNsense pairs on AWS Site-to-Site VPN');
      // What is hashed into an asset's name is its folder, as long as nothing is bundled.
      const withoutHashes = (one: unknown): unknown =>
        JSON.parse(JSON.stringify(one).replaceAll(/[0-9a-f]{64}\.zip/g, 'bundle.zip'));
      expect(withoutHashes(template)).toEqual(withoutHashes(templateOf()));
      const { pluginReports } = read('validation-report.json') as {
        pluginReports: { pluginName: string; conclusion: string; violations: unknown[] }[];
      };
      expect(pluginReports).toEqual([
        expect.objectContaining({
          pluginName: 'AwsSolutions',
          conclusion: 'success',
          violations: [],
        }),
      ]);
    },
  );
});
