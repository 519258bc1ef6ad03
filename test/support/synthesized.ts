import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { madeOnce } from './made-once.ts';
import type { StackName } from './stacks.ts';
import type { Template } from './template.ts';

/** What write-templates.ts writes of a stack. */
export type Outcome =
  { readonly templates: Readonly<Record<string, Template>> } | { readonly refused: string };

/** What the apps are made of, besides the sources of the stack. */
const FROM = ['holdback.yaml', 'test/support/example-settings.ts', 'test/support/stacks.ts'];

/**
 * The templates of an app in stacks.ts, by stack. All apps are synthesized together, in one process and
 * once for each state of the sources: loading CDK and its check of templates takes longer than that.
 *
 * @throws Error that lists what CloudFormation would refuse, and what checks of the app find.
 */
export function templatesOf(app: StackName): Readonly<Record<string, Template>> {
  const folder = madeOnce({ from: FROM }, (fresh) => {
    execFileSync(process.execPath, ['--import', 'tsx', 'test/support/write-templates.ts', fresh]);
  });
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
