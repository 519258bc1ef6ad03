import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lintKey } from './lint-key.ts';

// ESLint with its own cache, which knows a file by its own content; see lint-key.ts.

const root = fileURLToPath(new URL('..', import.meta.url));
const caches = join(root, 'node_modules', '.cache', 'eslint');
const cache = join(caches, lintKey(root));
if (!existsSync(cache)) rmSync(caches, { recursive: true, force: true });

const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'eslint', 'bin', 'eslint.js'),
    '.',
    '--cache',
    '--cache-strategy=content',
    `--cache-location=${cache}`,
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
