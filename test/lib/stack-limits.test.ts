import { describe, expect, it } from '@jest/globals';
import { resourcesOf } from '../../lambda/core/settings-rules.ts';
import { propsWithPairs } from '../support/example-settings.ts';
import { definitionOf, ofType, plain } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

/** As many pairs as the settings take, with names as long as they may be. */
const MOST_PAIRS = 50;
const template = templateOf(`${MOST_PAIRS} pairs`);

/** The size of a text once references have become ARNs; an ARN of ours is shorter than this. */
const ARN = 'x'.repeat(150);
const sizeOf = (value: unknown): number =>
  JSON.stringify(plain(value)).replaceAll(/<\w+(?:\.\w+)?>/g, ARN).length;

const all = (type: string) => [...ofType(template, type).values()].map((one) => one.Properties);

describe(`a stack of ${MOST_PAIRS} pairs`, () => {
  // CloudFormation quotas: 500 resources, 1 MB of template, 200 outputs.
  it('is one that CloudFormation takes', () => {
    expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(JSON.stringify(template))).toBeLessThan(1_000_000);
    expect(Object.keys(template.Outputs).length).toBeLessThanOrEqual(200);
  });

  it.each([1, 6, 21, 30, 50] as const)(
    'has with %i pairs as many resources as the settings count',
    (pairs) => {
      const props = { ...propsWithPairs(pairs), notices: { emails: ['noc@example.com'] } };
      const resources = Object.keys(templateOf(`${pairs} pairs with mail`).Resources).length;
      expect(resourcesOf(props)).toBeGreaterThanOrEqual(resources);
      expect(resourcesOf(props)).toBeLessThanOrEqual(resources + 8);
    },
  );

  // EventBridge quotas: 2,048 characters of pattern, 5 targets a rule; API reference: 512 of
  // description, 8,192 of input.
  it('has rules that EventBridge takes', () => {
    for (const { EventPattern, Targets, Description } of all('AWS::Events::Rule')) {
      expect(JSON.stringify(EventPattern ?? '').length).toBeLessThanOrEqual(2048);
      expect((Targets as unknown[]).length).toBeLessThanOrEqual(5);
      expect(String(Description).length).toBeLessThanOrEqual(512);
    }
  });

  // Lambda quotas: 20 KB of resource policy. A statement's id and the ARNs of function and rule are
  // in it besides this text.
  it('leaves room in the policy of react for the permission of every rule', () => {
    const statement = {
      Sid: ARN,
      Effect: 'Allow',
      Condition: { ArnLike: { 'AWS:SourceArn': ARN } },
    };
    const sizes = all('AWS::Lambda::Permission').map((one) => sizeOf([one, statement]));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(20_480);
  });

  // IAM quotas: 10,240 characters in a role's own policies, 6,144 in a managed one, 10 of those.
  it('has policies that IAM takes', () => {
    for (const { PolicyDocument } of all('AWS::IAM::Policy')) {
      expect(sizeOf(PolicyDocument)).toBeLessThan(10_240);
    }
    const managed = all('AWS::IAM::ManagedPolicy');
    for (const { PolicyDocument } of managed) expect(sizeOf(PolicyDocument)).toBeLessThan(6_144);
    const roles = managed.flatMap(({ Roles }) => plain(Roles) as string[]);
    for (const role of roles) {
      expect(roles.filter((one) => one === role).length).toBeLessThanOrEqual(10);
    }
  });

  it('still lets every firewall be commanded', () => {
    const text = JSON.stringify(plain(template.Resources));
    for (const { preferred, standby } of propsWithPairs(MOST_PAIRS).pairs) {
      for (const { ssmTarget } of [preferred, standby]) {
        // Observe, act, ask and react.
        expect(text.split(`managed-instance/${ssmTarget}"`).length - 1).toBe(4);
      }
    }
  });

  // Lambda quotas: 4 KB of environment; API reference: 256 of description.
  it('has functions that Lambda takes', () => {
    for (const { Environment, Description } of all('AWS::Lambda::Function')) {
      expect(sizeOf(Environment)).toBeLessThan(4096);
      expect(String(Description).length).toBeLessThanOrEqual(256);
    }
  });

  // IAM API reference, CreateRole; CloudWatch API reference, PutMetricAlarm.
  it('has descriptions and names that IAM and CloudWatch take', () => {
    for (const { Description = '' } of all('AWS::IAM::Role')) {
      expect(Description).toMatch(/^[\t\n\r -~¡-ÿ]{0,1000}$/);
    }
    for (const { AlarmDescription } of all('AWS::CloudWatch::Alarm')) {
      expect(String(AlarmDescription).length).toBeLessThanOrEqual(1024);
    }
    // CloudFormation makes up the others.
    const names = all('AWS::CloudWatch::Alarm').flatMap(({ AlarmName }) => AlarmName ?? []);
    for (const name of names) expect(name).toMatch(/^[ -~]{1,255}$/);
    expect(new Set(names).size).toBe(MOST_PAIRS * 6);
  });

  it('has the workflow of a stack with one pair, far below 1 MB', () => {
    const one = definitionOf(templateOf('1 pair'));
    expect(definitionOf(template)).toEqual(one);
    expect(JSON.stringify(one).length).toBeLessThan(100_000);
  });
});
