import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArtifact, type Artifact } from './artifact.ts';
import { digestOf, hashOf, keptFolder } from './kept.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const KEPT = join(root, 'out', 'stacks');

/** What a stack is made of, besides its settings; the last one is what npm has really installed. */
const SOURCES = [
  'bin',
  'lib',
  'lambda',
  'opnsense',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
];

export class SynthError extends Error {
  constructor(output: string) {
    super(`The stack cannot be synthesized, so there is nothing to simulate.\n${output}`);
    this.name = 'SynthError';
  }
}

/**
 * The stack that `cdk deploy` would deploy with these settings. It is synthesized if that was not done
 * before, or if anything that it is made of has changed since.
 *
 * @param config a file such as holdback.yaml
 * @throws SynthError with what the app printed, such as the errors of the settings.
 */
export function stackOf(config = 'holdback.yaml'): Artifact {
  const folder = keptFolder(KEPT, keyOf(root, resolve(root, config)), (own) => {
    synthesize(own, config);
  });
  return readArtifact(folder);
}

/** By what a stack is known: the content of everything that it is made of, wherever its settings stand. */
export function keyOf(project: string, settingsFile: string): string {
  return hashOf(digestOf(project, SOURCES) + contentOf(settingsFile));
}

/** Empty if there is no such file: the app says what is wrong with that. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Synthesizes the stack as `cdk deploy` does, into `folder`. A stack that stands there is replaced by
 * a good one only.
 *
 * @throws SynthError with what the app printed, such as the errors of the settings.
 */
export function synthesize(folder: string, config: string): void {
  const fresh = `${folder}.new-${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  const result = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'bin/app.ts')], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_OUTDIR: fresh,
      CDK_CONTEXT_JSON: JSON.stringify({ config }),
      // CDK's own rules look at the template for as long as everything else takes, and change nothing.
      // `cdk synth` asks them, and so do the tests of the template.
      CDK_VALIDATION: 'false',
    },
  });
  if (result.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new SynthError(`${result.stdout}${result.stderr}`);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}
