import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Holdback, type HoldbackProps } from '../../lib/holdback.ts';
import { parseSettings } from '../../lambda/core/settings.ts';
import { exampleWith } from './example-settings.ts';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** A CloudFormation template, intrinsics and all. */
export interface Template {
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** Bundling takes seconds and says nothing about the template. */
export const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

/** The example, with changes such as `['pairs.0.holdSeconds', 35]`, as props of the construct. */
export const exampleProps = (...edits: Parameters<typeof exampleWith>): HoldbackProps =>
  parseSettings(exampleWith(...edits));

/** The example with as many pairs; nothing but their names is the same in two of them. */
export function propsWithPairs(count: number): HoldbackProps {
  const text = JSON.stringify(exampleProps().pairs[0]);
  const pairs = Array.from({ length: count }, (_, index) => {
    const digits = String(index).padStart(2, '0');
    // The longest name there may be.
    const name = `p${digits}`.padEnd(31, 'x');
    const one = text
      .replace('"hq"', `"${name}"`)
      .replaceAll('0a1b2c3d', `${digits}1b2c3d`)
      .replaceAll('203.0.113.', `203.0.${index}.`);
    return JSON.parse(one) as HoldbackProps['pairs'][number];
  });
  return { pairs };
}

/** Synthesizes what `build` puts into an app, in this process, and gives each stack's template. */
export function synthesize(build: (app: App) => void): Readonly<Record<string, Template>> {
  const outdir = mkdtempSync(join(tmpdir(), 'holdback-synth-'));
  try {
    const app = new App({ analyticsReporting: false, outdir, context: WITHOUT_BUNDLES });
    build(app);
    const { stacks } = app.synth();
    return Object.fromEntries(
      stacks.map((stack) => [stack.stackName, stack.template as Template] as const),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The template of a stack that holds nothing but Holdback. */
export function templateOf(props: HoldbackProps = exampleProps()): Template {
  const { Holdback: template } = synthesize((app) => {
    new Holdback(new Stack(app, 'Holdback'), 'Holdback', props);
  });
  if (!template) throw new Error('The app has no stack.');
  return template;
}

/** The properties of every resource of a type, by logical id. */
export const ofType = (template: Template, type: string): Map<string, TemplateResource> =>
  new Map(Object.entries(template.Resources).filter(([, { Type }]) => Type === type));

/** The one resource of a type. */
export function onlyOne(template: Template, type: string): TemplateResource {
  const [first, ...others] = ofType(template, type).values();
  if (!first || others.length > 0) throw new Error(`The template has not exactly one ${type}.`);
  return first;
}
