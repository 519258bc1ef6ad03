import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** Why a policy names `*`: each of these has no narrower resource in IAM. */
const WITHOUT_NARROWER_FORM = [
  'xray:PutTraceSegments and PutTelemetryRecords take no resource;',
  'ec2:DescribeVpnConnections, GetActiveVpnTunnelStatus and GetVpnTunnelReplacementStatus, cloudwatch:DescribeAlarms and ListAlarmMuteRules, and ssm:GetCommandInvocation only read and are asked for by id;',
  "Step Functions' log delivery actions (logs:CreateLogDelivery and its kin) take no resource.",
].join(' ');

/** Every finding of cdk-nag that stays, each with the reason why it may. */
export function acknowledgeFindings(scope: IConstruct, invoked: readonly IFunction[]): void {
  const acknowledge = (id: string, reason: string): void => {
    Validations.of(scope).acknowledge({ id: `AwsSolutions::${id}`, reason });
  };
  acknowledge('AwsSolutions-IAM5[Resource::*]', WITHOUT_NARROWER_FORM);
  acknowledge('AwsSolutions-SQS3', 'This queue is the dead-letter queue of events and of react.');
  for (const { node } of invoked) {
    const { defaultChild } = node;
    if (!CfnResource.isCfnResource(defaultChild)) continue;
    const logicalId = Stack.of(scope).getLogicalId(defaultChild);
    acknowledge(
      `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>:*]`,
      'The workflow may invoke this one function; the wildcard stands for its versions.',
    );
  }
}
