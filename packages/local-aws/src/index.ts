/** The public door: a local AWS, and the parts of it that a test may want alone. */

export { startCloud } from './cloud.ts';
export type { Cloud, CloudOptions } from './cloud.ts';
export { createDynamoDb } from './dynamodb/dynamodb.ts';
export type { DynamoDb } from './dynamodb/dynamodb.ts';
export { createEc2 } from './ec2/ec2.ts';
export { createEvents } from './events/events.ts';
export { AwsError } from './service.ts';
export type { Caller, Operation, Service, ServiceName } from './service.ts';
export { LambdaTape } from './lambda/tape.ts';
export { createSns } from './sns.ts';
export type { Notice } from './sns.ts';
export { createSsm } from './ssm/ssm.ts';
export type { SsmFaults } from './ssm/ssm.ts';
export { readDocument } from './ssm/document.ts';
export { loadAssembly } from './stack/assembly.ts';
export { readDefinition } from './states/definition.ts';
export type { ChoiceState, Json, JsonObject, State, TaskState } from './states/definition.ts';
export type { InterruptPoint, LambdaReply } from './states/engine.ts';
export { evaluate } from './states/jsonata.ts';
export { lintDefinition } from './states/lint.ts';
export { createStates } from './states/service.ts';
export type { ExecutionFigures } from './states/service.ts';
export { Course, TapeError } from './tape.ts';
export type { ServerOptions } from './wire/server.ts';
export type { ManagedNode, ShellResult, TunnelTruth, VpnTruth, VpnWorld } from './world.ts';
