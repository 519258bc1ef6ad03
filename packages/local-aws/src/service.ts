/** The shape every emulated AWS service has; the wire server finds operations by these names. */

export type ServiceName =
  'EC2' | 'SSM' | 'CloudWatch' | 'DynamoDB' | 'EventBridge' | 'SNS' | 'SFN' | 'Lambda';

/** Who signed a request: the logical id of the Lambda function or state machine, or `operator`. */
export interface Caller {
  readonly principal: string;
}

/** Input and output are those of the real client's command of the same name. */
export type Operation = (input: never, caller: Caller) => unknown;

export interface Service {
  readonly name: ServiceName;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** An error as AWS reports it: `code` is what the real client gets as `error.name`. */
export class AwsError extends Error {
  readonly code: string;
  readonly httpStatus: number;
  /** Further members of a modelled error, for example `Item` of ConditionalCheckFailedException. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { httpStatus?: number; members?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.httpStatus = options.httpStatus ?? 400;
    this.members = options.members ?? {};
  }
}
