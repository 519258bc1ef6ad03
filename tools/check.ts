import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { runChecks, type Checked } from './side-by-side.ts';

// `npm run check`: every script check:… of package.json, side by side.

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
process.env['PATH'] = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const checks = Object.entries(scripts)
  .filter(([name]) => name.startsWith('check:'))
  .map(([name, command]) => ({ name, command }));

function tell({ name, passed, seconds, output }: Checked): void {
  const took = pc.dim(`${seconds.toFixed(0)} s`);
  console.log(`${passed ? pc.green('✔') : pc.red('✖')} ${name} ${took}`);
  if (!passed) console.log(output);
}

const failed = await runChecks(checks, availableParallelism(), tell);
if (failed.length > 0) {
  console.error(pc.red(`${failed.length} of ${checks.length} failed: ${failed.join(', ')}`));
  process.exitCode = 1;
}
