import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DELIBERATE_FAULTS, type DeliberateFault } from './deliberate-faults.ts';
import type { Finding } from './judges.ts';
import type { Result } from './worker.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** All that a campaign is made of. */
const PARTS = [
  ...['bin', 'lib', 'lambda', 'opnsense', 'packages', 'sim', 'holdback.yaml'],
  ...['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'],
];
const PAGE = join(root, 'docs/judged.md');

/** What a judge has found. */
interface Found {
  readonly incidents: number;
  /** The seconds or moves that it names, added up; one each where it names none. */
  readonly amount: number;
}

interface Judged {
  readonly fault: DeliberateFault;
  readonly before: Found;
  readonly after: Found;
}

const isCaught = ({ before, after }: Judged): boolean =>
  after.incidents > before.incidents || after.amount > before.amount;
const shown = ({ incidents, amount }: Found): string => `${incidents} (${amount})`;

/**
 * Puts each deliberate fault into a copy of Holdback, plays the same incidents with all of them, and writes
 * docs/judged.md.
 *
 * @returns the faults that their judge did not find
 * @throws when a fault does not fit the code any more
 */
export function judgeTheJudges(incidents: number, seed: number, out: string): DeliberateFault[] {
  const campaignIn = (folder: string): readonly Result[] => {
    const args = ['--incidents', `${incidents}`, '--seed', `${seed}`, '--out', 'out'];
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'sim/campaign/main.ts', ...args],
      {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    if (status !== 0 && !stderr.includes('not among the open ones')) throw new Error(stderr);
    return JSON.parse(readFileSync(join(folder, 'out/campaign.json'), 'utf8')) as Result[];
  };
  const product = copyTo(join(out, 'judged', 'product'));
  const before = campaignIn(product);
  const judged = DELIBERATE_FAULTS.map((fault): Judged => {
    const copy = copyTo(join(out, 'judged', fault.judge));
    plant(copy, fault);
    const one = {
      fault,
      before: foundBy(fault.judge, before),
      after: foundBy(fault.judge, campaignIn(copy)),
    };
    const change = `${shown(one.before)} to ${shown(one.after)}`;
    console.log(`${fault.judge.padEnd(28)} ${change.padEnd(28)} ${fault.says}`);
    return one;
  });
  writeFileSync(PAGE, page(judged, incidents, seed));
  return judged.filter((one) => !isCaught(one)).map(({ fault }) => fault);
}

function copyTo(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) {
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules'),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function plant(folder: string, { judge, file, from, to }: DeliberateFault): void {
  const path = join(folder, file);
  const [before, after, ...more] = readFileSync(path, 'utf8').split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(
      `The deliberate fault for ${judge} must find its text once in ${file}: ${from}`,
    );
  }
  writeFileSync(path, `${before}${to}${after}`);
}

/** An invariant is named by what the judge of invariants says. */
function foundBy(judge: string, results: readonly Result[]): Found {
  const isIts = (one: Finding): boolean =>
    one.judge === judge || (one.judge === 'invariants' && one.what.split(', ').includes(judge));
  const whats = results.flatMap(({ findings }) => findings.filter(isIts).map(({ what }) => what));
  const amounts = whats.map((what) => Number(/\d+/.exec(what)?.[0] ?? 1));
  return { incidents: whats.length, amount: amounts.reduce((sum, one) => sum + one, 0) };
}

const page = (judged: readonly Judged[], incidents: number, seed: number): string =>
  `# Judges judged

A judge that finds nothing proves something only if it would have found it. Each fault below was put into a copy of
Holdback, and the same ${incidents} incidents from seed ${seed} were played with the copy and with Holdback as it is:

    npm run campaign -- --judged --incidents ${incidents} --seed ${seed}

It finds it if there are more such incidents, or if they are worse: in brackets are the seconds or moves that it names, added up.

| judge or invariant | deliberate fault | incidents found as it is | with the fault |
| --- | --- | ---: | ---: |
${judged
  .map(
    ({ fault, before, after }) =>
      `| \`${fault.judge}\` | ${fault.says} | ${shown(before)} | ${shown(after)} |`,
  )
  .join('\n')}

Two invariants have no fault here, since nothing in the cloud can break them: \`no-hidden-fault\` is about the scripts of the
firewall, and \`never-worse-than-carp\` about CARP itself, which serves alone however it is held.
\`test/sim/story/invariants.test.ts\` tries both with histories that break them.
`;
