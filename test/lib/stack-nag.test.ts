import { describe, expect, it } from '@jest/globals';
import { Stack, Validations, type App } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Holdback } from '../../lib/holdback.ts';
import { exampleProps, propsWithPairs } from '../support/example-settings.ts';
import { synthesize } from '../support/stacks.ts';
import { templatesOf } from '../support/synthesized.ts';

// These stacks are no others than those of stacks.ts, to CDK's own check; here it would take seconds more.
process.env['CDK_VALIDATION'] = 'false';

/** The app with the checks that bin/app.ts has, and with something more in its stack. */
const checked =
  (props = exampleProps(), add: (stack: Stack, holdback: Holdback) => void = () => undefined) =>
  (app: App): void => {
    const stack = new Stack(app, 'Holdback');
    add(stack, new Holdback(stack, 'Holdback', props));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  };

describe('the AwsSolutions checks', () => {
  it('pass', () => {
    expect(Object.keys(synthesize(checked()))).toEqual(['Holdback']);
  });

  it('pass with as many pairs as there may be', () => {
    expect(Object.keys(synthesize(checked(propsWithPairs(50))))).toEqual(['Holdback']);
  });

  it.each<[string, string, (stack: Stack, holdback: Holdback) => void]>([
    ['a topic beside Holdback without TLS', 'SNS3', (stack) => new Topic(stack, 'T')],
    ['such a topic within it', 'SNS3', (_, holdback) => new Topic(holdback, 'T')],
    [
      'a role within it that may do everything in a service',
      'IAM5[Action::ssm:*]',
      (_, { workflow }) => {
        workflow.stateMachine.addToRolePolicy(
          new PolicyStatement({ actions: ['ssm:*'], resources: ['arn:aws:ssm:::document/a'] }),
        );
      },
    ],
    [
      'a role within it with a wildcard that nobody has argued for',
      'IAM5[Resource::arn:aws:ssm:::*]',
      (_, { workflow }) => {
        workflow.stateMachine.addToRolePolicy(
          new PolicyStatement({ actions: ['ssm:SendCommand'], resources: ['arn:aws:ssm:::*'] }),
        );
      },
    ],
  ])('refuse %s: %s', (_, rule, add) => {
    expect(() => synthesize(checked(exampleProps(), add))).toThrow(
      `'AwsSolutions::AwsSolutions-${rule}'`,
    );
  });
});

describe("CDK's own check of what CloudFormation takes", () => {
  it('refuses a stack that guards the same tunnels twice: their alarms have the same names', () => {
    expect(() => templatesOf('the same tunnels twice')).toThrow("'CloudFormation-Validate::E3019'");
  });
});
