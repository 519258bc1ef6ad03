import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, hashOf, keptFolder } from '../../sim/story/kept.ts';
import { keyOf } from '../../sim/story/synthesis.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { StackName } from './stacks.ts';
import type { Template } from './template.ts';

/** What write-templates.ts writes of a stack. */
export type Outcome =
  { readonly templates: Readonly<Record<string, Template>> } | { readonly refused: string };

/** What the apps are made of, besides the sources of the stack and the example. */
const FROM = ['test/support/example-settings.ts', 'test/support/stacks.ts'];
const KEPT = join('out', 'test');

/** Nothing that they are made of changes while tests run. */
let folder: string | undefined;

/** All apps are synthesized together: to load CDK and its check of templates takes longer than that. */
const synthesizeAll = (): string =>
  oneAtATime(join(KEPT, 'templates.lock'), () => {
    const key = hashOf(keyOf('.', 'holdback.yaml') + digestOf('.', FROM));
    return keptFolder(join(KEPT, 'templates'), key, (fresh) => {
      execFileSync(process.execPath, ['--import', 'tsx', 'test/support/write-templates.ts', fresh]);
    });
  });

/**
 * The templates of an app in stacks.ts, by stack. They are kept while nothing they are made of changes.
 *
 * @throws Error that lists what CloudFormation would refuse, and what checks of the app find.
 */
export function templatesOf(app: StackName): Readonly<Record<string, Template>> {
  folder ??= synthesizeAll();
  const outcome = JSON.parse(readFileSync(join(folder, `${app}.json`), 'utf8')) as Outcome;
  if ('refused' in outcome) throw new Error(outcome.refused);
  return outcome.templates;
}

/** The template of a stack that holds nothing but Holdback. */
export function templateOf(app: StackName = 'example'): Template {
  const [template, ...others] = Object.values(templatesOf(app));
  if (!template || others.length > 0) throw new Error(`${app} is not one stack.`);
  return template;
}
