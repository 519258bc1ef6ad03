import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PAIRS_PER_RULE } from '../lambda/core/settings-rules.ts';
import type { Settings } from '../lambda/core/settings.ts';

export interface TriggersProps {
  readonly react: IFunction;
  readonly settings: Settings;
  /** Where an event goes that could not be delivered: to be read by a person, never replayed. */
  readonly deadLetters: IQueue;
}

/**
 * What makes Holdback observe: alarms that change, AWS Health about VPN, and a schedule of one observation a
 * minute for each pair, which finds what an event missed.
 *
 * EventBridge would retry for 24 hours by default. A trigger of that age is worthless, so it is dropped
 * after five minutes; an observation of the schedule is dropped when the next one is due.
 */
export class Triggers extends Construct {
  constructor(scope: Construct, id: string, { react, settings, deadLetters }: TriggersProps) {
    super(scope, id);
    const target = new LambdaFunction(react, {
      deadLetterQueue: deadLetters,
      maxEventAge: Duration.minutes(5),
      retryAttempts: 2,
    });
    new Rule(this, 'Alarms', {
      description: "Holdback: one of a pair's alarms has changed.",
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        // Not by pair: the names of 50 pairs are more than the 2,048 characters of a pattern
        // (EventBridge quotas), and react knows its own.
        detail: { alarmName: [{ prefix: 'Holdback/' }] },
      },
      targets: [target],
    });
    new Rule(this, 'Health', {
      description: 'Holdback: AWS Health says something about VPN (endpoint replacements).',
      eventPattern: { source: ['aws.health'], detail: { service: ['VPN'] } },
      targets: [target],
    });
    for (let first = 0; first < settings.pairs.length; first += PAIRS_PER_RULE) {
      const pairs = settings.pairs.slice(first, first + PAIRS_PER_RULE).map(({ name }) => name);
      new Rule(this, `Reconcile${first / PAIRS_PER_RULE}`, {
        description: `Holdback: look at ${pairs.join(', ')} once a minute.`,
        schedule: Schedule.rate(Duration.minutes(1)),
        targets: pairs.map(
          (pair) =>
            new LambdaFunction(react, {
              event: RuleTargetInput.fromObject({ source: 'holdback.reconcile', pair }),
              maxEventAge: Duration.minutes(1),
              retryAttempts: 0,
            }),
        ),
      });
    }
  }
}
