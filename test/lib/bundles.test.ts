import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseSettings } from '../../lambda/core/settings.ts';
import { loadAssembly } from 'local-aws';
import { synthesize } from '../../sim/story/synthesis.ts';
import { artifactWith } from '../support/artifact.ts';
import { exampleWith } from '../support/example-settings.ts';

const scratch = mkdtempSync(join(tmpdir(), 'holdback-bundles-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const { folder } = artifactWith();
const assembly = loadAssembly(folder);
const functions = assembly.ofType('AWS::Lambda::Function').map((one) => assembly.bundleFolder(one));
const assetsOf = (output: string): string[] =>
  readdirSync(output).filter((name) => name.startsWith('asset.'));

describe('the bundles of the functions', () => {
  it('hold the code, its source map and the checked settings, and nothing else', () => {
    expect(functions).toHaveLength(6);
    for (const bundle of functions) {
      expect(readdirSync(bundle)).toEqual(['index.mjs', 'index.mjs.map', 'settings.json']);
      const settings = JSON.parse(readFileSync(join(bundle, 'settings.json'), 'utf8')) as unknown;
      expect(settings).toEqual(parseSettings(exampleWith()));
    }
  });

  it('are six different ones', () => {
    expect(new Set(functions).size).toBe(6);
    expect(assetsOf(folder)).toHaveLength(6);
  });

  it('name lines of the project in their source maps, bring no sources along, and nothing of this machine', () => {
    for (const bundle of functions) {
      const map = JSON.parse(readFileSync(join(bundle, 'index.mjs.map'), 'utf8')) as {
        readonly sources: readonly string[];
        readonly sourcesContent?: unknown;
      };
      expect(map.sourcesContent).toBeUndefined();
      expect(map.sources.some((name) => name.startsWith('../lambda/'))).toBe(true);
      expect(map.sources.filter((name) => !/^\.\.\/(lambda|node_modules)\//.test(name))).toEqual(
        [],
      );
    }
  });

  it('are the same assets wherever the output of the app goes', () => {
    const elsewhere = join(scratch, 'some', 'folders', 'deeper');
    synthesize(elsewhere, 'holdback.yaml');
    // Settings are compared as what was checked, so the example's comments make no difference.
    expect(assetsOf(elsewhere)).toEqual(assetsOf(folder));
  });

  it('are not mixed up when one app has two of them with other settings', () => {
    const output = join(scratch, 'two');
    // In a process of its own: esbuild's service would outlive this one's environment.
    const script = `
      import { App, Stack } from 'aws-cdk-lib';
      import { Function } from 'aws-cdk-lib/aws-lambda';
      import { Bundles, RUNTIME } from './lib/bundles.ts';
      const app = new App({ analyticsReporting: false, outdir: ${JSON.stringify(output)} });
      for (const stableSeconds of [35, 70]) {
        const code = new Bundles(['lease'], { stableSeconds }).codeOf('lease');
        const stack = new Stack(app, 'Holding' + stableSeconds);
        new Function(stack, 'Lease', { code, handler: 'index.handler', runtime: RUNTIME });
      }
      app.synth();`;
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      env: { ...process.env, CDK_VALIDATION: 'false' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const settings = assetsOf(output).map((name) =>
      readFileSync(join(output, name, 'settings.json'), 'utf8'),
    );
    expect(settings.sort()).toEqual(['{"stableSeconds":35}', '{"stableSeconds":70}']);
  });
});
