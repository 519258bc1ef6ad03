import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import { loadAssembly } from '../stack/assembly.ts';
import type { Assembly } from '../stack/assembly.ts';

type Resources = Readonly<Record<string, unknown>>;

const PROBE_HASH = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
const PROBE_FOLDER = fileURLToPath(new URL('./probe', import.meta.url));

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes a folder as `cdk synth` does, with one stack of these resources and the probe's bundle. */
export function writeAssembly(resources: Resources, template: Resources = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'assembly-'));
  folders.push(folder);
  const write = (name: string, content: unknown): void => {
    writeFileSync(path.join(folder, name), JSON.stringify(content));
  };
  write('Sample.template.json', { ...template, Resources: resources });
  write('Sample.assets.json', {
    version: '48.0.0',
    files: { [PROBE_HASH]: { source: { path: PROBE_FOLDER, packaging: 'zip' } } },
  });
  return folder;
}

export function assemblyOf(resources: Resources): Assembly {
  return loadAssembly(writeAssembly(resources));
}

/** A function with the probe as its code, as CDK writes it. */
export function probe(properties: Resources = {}): Resources {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: {
        S3Bucket: { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' },
        S3Key: `${PROBE_HASH}.zip`,
      },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: 30,
      ...properties,
    },
  };
}
