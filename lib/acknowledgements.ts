import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** Why a policy names `*`. */
const WITHOUT_NARROWER_FORM = [
  'xray:PutTraceSegments, PutTelemetryRecords and the sampling rules take no resource;',
  'ec2:DescribeVpnConnections, cloudwatch:ListAlarmMuteRules and ssm:GetCommandInvocation take no resource, and cloudwatch:DescribeAlarms shows composite alarms for * only;',
  "ec2:GetActiveVpnTunnelStatus and GetVpnTunnelReplacementStatus would take VPN connections, but only read, and a large fleet's would not fit into a policy;",
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
