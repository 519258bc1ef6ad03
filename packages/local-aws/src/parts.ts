/** The parts of a local AWS, each without the others: for tests, and for whoever needs no wire. */

export { readAlarm } from './cloudwatch/alarms.ts';
export { Metrics, sampleTunnels } from './cloudwatch/metrics.ts';
export { createDynamoDb } from './dynamodb/dynamodb.ts';
export { createEc2 } from './ec2/ec2.ts';
export { createEvents } from './events/events.ts';
export { AwsError } from './service.ts';
export type { Caller, Operation, Service, ServiceName } from './service.ts';
export { createSns } from './sns.ts';
export type { PublishedMessage } from './sns.ts';
export { createSsm } from './ssm/ssm.ts';
export type { SsmFaults } from './ssm/ssm.ts';
export { readDefinition } from './states/definition.ts';
export type { ChoiceState, Json, JsonObject, State, TaskState } from './states/definition.ts';
export type { InterruptPoint, LambdaReply } from './states/engine.ts';
export { evaluate } from './states/jsonata.ts';
export { createStates } from './states/service.ts';
export type { ExecutionFigures } from './states/service.ts';
export { Throttle } from './states/throttle.ts';
export { lintDefinition } from './testing/lint.ts';
export type { ServerOptions } from './wire/server.ts';
