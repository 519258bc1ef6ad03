import { describe, expect, it } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { SettingsError } from '../../lambda/core/settings.ts';
import type { HoldbackProps } from '../../lib/holdback.ts';
import { exampleProps } from '../support/example-settings.ts';
import { foreign, inApp } from '../support/stacks.ts';
import { ofType, type Template } from '../support/template.ts';
import { templateOf, templatesOf } from '../support/synthesized.ts';

/** A template in which resources are called by type and number, and nothing by where it stands. */
function withoutNames({ Resources, Outputs }: Template): unknown {
  const counts = new Map<string, number>();
  let text = JSON.stringify({
    Resources: Object.entries(Resources),
    Outputs: Object.values(Outputs),
  });
  for (const [id, { Type }] of Object.entries(Resources)) {
    const count = (counts.get(Type) ?? 0) + 1;
    counts.set(Type, count);
    text = text.replaceAll(new RegExp(`\\b${id}\\b`, 'g'), `${Type}#${count}`);
  }
  return JSON.parse(
    text
      .replaceAll(/Holdback-([a-z-]+)-[0-9a-f]{12}/g, 'Holdback-$1')
      .replaceAll(/states\/Holdback-[0-9a-f]{12}/g, 'states/Holdback')
      .replaceAll(/[0-9a-f]{64}\.zip/g, 'bundle.zip')
      .replaceAll(/"Sid":"AllowEventRule\w+"/g, '"Sid":"AllowEventRule"'),
  );
}

const names = (template: Template): string[] => [
  ...[...ofType(template, 'AWS::Logs::LogGroup').values()].flatMap(
    ({ Properties }) => (Properties['LogGroupName'] as string | undefined) ?? [],
  ),
  ...[...ofType(template, 'AWS::CloudWatch::Alarm').values()].flatMap(
    ({ Properties }) => (Properties['AlarmName'] as string | undefined) ?? [],
  ),
  ...[...ofType(template, 'AWS::SSM::Document').values()].map((one) =>
    String(one.Properties['Name']),
  ),
];

describe("Holdback in somebody else's app", () => {
  it('is what holdback.yaml makes of the same settings, apart from names', () => {
    const fromFile = templateOf('read from holdback.yaml');
    const fromProps = templateOf("somebody else's");
    expect(Object.keys(fromProps.Resources)).not.toEqual(Object.keys(fromFile.Resources));
    expect(withoutNames(fromProps)).toEqual(withoutNames(fromFile));
  });

  it('fills in what the props leave out', () => {
    expect(withoutNames(templateOf("somebody else's, as terse as can be"))).toEqual(
      withoutNames(templateOf("somebody else's, no mail")),
    );
  });

  it('lets the app read what it may want to go on with', () => {
    const holdback = inApp(foreign(exampleProps()));
    const refs = [
      holdback.topic.topicArn,
      holdback.workflow.stateMachine.stateMachineArn,
      holdback.ledger.table.tableName,
      holdback.documents.install.documentName,
    ];
    for (const ref of refs) {
      expect(Stack.of(holdback).resolve(ref)).toEqual({ Ref: expect.any(String) });
    }
    expect.assertions(4);
  });

  it('throws a SettingsError for wrong props, with every problem at once', () => {
    const [pair] = exampleProps().pairs;
    const wrong = {
      pairs: [{ ...pair, stableSeconds: -1, soakSecond: 5 }],
    } as unknown as HoldbackProps;
    try {
      inApp(foreign(wrong));
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      expect((error as SettingsError).problems.map(({ path }) => path.join('.'))).toEqual([
        'pairs.0.stableSeconds',
        'pairs.0.soakSecond',
      ]);
      return;
    }
    throw new Error('The props were accepted.');
  });

  it.each<[string, unknown]>([
    ['no props', undefined],
    ['no pairs', { pairs: [] }],
    ['a file name', 'holdback.yaml'],
  ])('throws a SettingsError for %s', (_, props) => {
    expect(() => inApp(foreign(props as HoldbackProps))).toThrow(SettingsError);
  });
});

describe('two Holdbacks in one account and Region', () => {
  it.each(['branch', 'hq'] as const)(
    'have no name in common, even if a pair of the other is called %s',
    (name) => {
      const templates = templatesOf(`beside one for a pair called ${name}`);
      const all = Object.values(templates).flatMap(names);
      expect(all).toHaveLength(2 * (1 + 6 + 8));
      expect(new Set(all).size).toBe(all.length);
    },
  );

  it('name nothing else, so that CloudFormation does', () => {
    const named = Object.values(templateOf().Resources).filter(({ Type, Properties }) =>
      Object.keys(Properties).some((key) => {
        const noun = Type.split('::')[2] ?? '';
        return key === 'Name' || key === `${noun}Name`;
      }),
    );
    // A policy's name is within its role.
    expect(new Set(named.map(({ Type }) => Type))).toEqual(
      new Set([
        'AWS::CloudWatch::Alarm',
        'AWS::SSM::Document',
        'AWS::IAM::Policy',
        'AWS::Logs::LogGroup',
      ]),
    );
  });
});
